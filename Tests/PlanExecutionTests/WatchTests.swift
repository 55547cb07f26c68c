import EnsembleAccess
import EnsembleModel
import PlanLanguage
import Testing

@testable import PlanExecution

@Suite struct WatchTests {
    private let servers = (1...3).map { ServerName(host: "zk\($0)", installation: "v1") }

    private var state: WatchState {
        WatchState(
            ensemble: "e",
            places: servers.map {
                ServerPlace(
                    name: $0, address: $0.host, quorumAddress: $0.host, home: "/opt", configPath: "/opt/conf/zoo.cfg")
            })
    }

    private func pulse(_ mode: Mode, _ zxid: UInt64? = nil, pid: Int = 1) -> ServerPulse {
        let process = mode == .stopped ? nil : ProcessIdentity(pid: pid, startTime: 1, bootID: "b")
        return ServerPulse(process: process, mode: mode, zxid: zxid.map { Zxid($0) })
    }

    @Test func anElectionIsTold() {
        var state = state
        #expect(
            state.saw(pulse(.follower), of: servers[0], now: 1).map(\.kind) == [
                .mode(servers[0], from: nil, to: .follower, remark: nil)
            ])
        #expect(
            state.saw(pulse(.leader, 0x1_0000_0005), of: servers[2], now: 1).map(\.kind) == [
                .mode(servers[2], from: nil, to: .leader, remark: nil),
                .elected(servers[2], epoch: Epoch(1), leaderless: nil),
            ])
        // Transactions are no news.
        #expect(state.saw(pulse(.leader, 0x1_0000_0006), of: servers[2], now: 2).isEmpty)
        #expect(
            state.saw(pulse(.stopped), of: servers[2], now: 3).map(\.kind) == [
                .mode(servers[2], from: .leader, to: .stopped, remark: nil), .leaderless,
            ])
        let elected = state.saw(pulse(.leader, 0x2_0000_0000), of: servers[0], now: 4.5)
        #expect(
            elected.map(\.kind) == [
                .mode(servers[0], from: .follower, to: .leader, remark: nil),
                .elected(servers[0], epoch: Epoch(2), leaderless: 1.5),
            ])
        #expect(elected.allSatisfy { $0.at == 4.5 })
        #expect(state.status.leader == servers[0])
    }

    @Test func anElectionBetweenTwoLooksIsSeenByItsEpoch() {
        var state = state
        _ = state.saw(pulse(.leader, 0x1_0000_0005), of: servers[0], now: 1)
        // A leader that for once doesn't tell its zxid is in no other epoch.
        #expect(state.saw(pulse(.leader), of: servers[0], now: 2).isEmpty)
        #expect(
            state.saw(pulse(.leader, 0x2_0000_0000), of: servers[0], now: 3).map(\.kind) == [
                .elected(servers[0], epoch: Epoch(2), leaderless: nil)
            ])
    }

    @Test func aProcessInAnothersPlaceAndAHostThatIsLost() {
        var state = state
        _ = state.saw(pulse(.leader, 0x1_0000_0005), of: servers[0], now: 1)
        #expect(
            state.saw(pulse(.leader, 0x1_0000_0005, pid: 2), of: servers[0], now: 2).map(\.kind) == [
                .restarted(servers[0])
            ])
        let lost = AccessError(.hostUnreachable, host: "zk1", "it is gone")
        #expect(
            state.lost(servers[0], lost, now: 3).map(\.kind) == [
                .unreachable(servers[0], why: "it is gone"), .leaderless,
            ])
        #expect(state.lost(servers[0], lost, now: 4).isEmpty, "told once")
        #expect(state.status.servers[0].mode == nil)
        #expect(
            state.saw(pulse(.follower, 0x1_0000_0005, pid: 2), of: servers[0], now: 5).map(\.kind) == [
                .mode(servers[0], from: nil, to: .follower, remark: nil)
            ])
    }

    /// A server that is down comes back while it is waited for.
    @Test(.timeLimit(.minutes(2))) func aConditionEndsIt() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let inventory = try await world.plan("  - name: x\n    steps:\n      - restart: zk1@v1").inventory
        await world.ensemble.kill(servers[0])
        let conditions = try PlanLoader.conditions("synced_followers: 2", named: "--until", inventory: inventory)
        let seen = Locked<[WatchEvent.Kind]>([])
        let watch = EnsembleWatch(
            inventory, places: servers.compactMap { inventory.servers[$0] }, control: world.ensemble,
            world: world.clock.world(), interval: .seconds(1))
        let end = await watch.run(until: conditions, limit: nil) { events, _ in
            seen.update { $0 += events.map(\.kind) }
            for case .waiting in events.map(\.kind) {
                Task { [servers] in
                    await world.ensemble.boot(servers[0])
                    await world.ensemble.letElect()
                }
            }
        }
        #expect(end == .held)
        #expect(seen.value.contains { if case .waiting(let text) = $0 { text.contains("counts 1") } else { false } })
        #expect(seen.value.contains(.mode(servers[0], from: .stopped, to: .follower, remark: nil)))
    }

    @Test func conditionsThatAreNone() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let inventory = try await world.plan("  - name: x\n    steps:\n      - restart: zk1@v1").inventory
        func problem(_ text: String) -> String? {
            do {
                _ = try PlanLoader.conditions(text, named: "--until", inventory: inventory)
                return nil
            } catch {
                return error.diagnostics.first.map { "\($0.range?.line ?? 0):\($0.range?.column ?? 0) \($0.message)" }
            }
        }
        #expect(problem("synced_followers: 2") == nil)
        #expect(problem("[{leader: zk1@v1}, {zk2@v1: 3}]")?.contains("no condition is known") == true)
        #expect(problem("leader: zk9@v1")?.hasPrefix("1:9 ") == true)
        #expect(problem("sinced: 2")?.contains("`sinced`") == true)
        #expect(problem("{lost_writes: 0, from: zk1@v1, to: zk2@v1}")?.contains("there is no run") == true)
    }
}
