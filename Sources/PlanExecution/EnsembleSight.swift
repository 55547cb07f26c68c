import EnsembleAccess
import EnsembleModel
import PlanLanguage

/// Looks at servers for the executor: pulses go on the board and into the stream of events, and what a process runs with is
/// remembered for as long as it can't change.
final class EnsembleSight: Sendable {
    let control: any EnsembleControl
    let inventory: Inventory
    let board: PulseBoard
    let report: RunReporter
    private let memory: ProcessMemory

    init(
        control: any EnsembleControl, inventory: Inventory, board: PulseBoard, report: RunReporter,
        memory: ProcessMemory
    ) {
        self.control = control
        self.inventory = inventory
        self.board = board
        self.report = report
        self.memory = memory
    }

    @discardableResult
    func pulse(_ server: ServerName) async throws(AccessError) -> ServerPulse {
        do {
            let pulse = try await control.pulse(server)
            if board.record(pulse, of: server) { report.send(.pulse(server: server, pulse: pulse)) }
            return pulse
        } catch {
            // A look that was given up, as at the end of a run, says nothing of the server.
            if !Task.isCancelled { board.forget(server) }
            throw error
        }
    }

    func pulses(_ servers: [ServerName]) async -> [ServerName: Result<ServerPulse, AccessError>] {
        let results = await sideBySide(servers) { (server) async throws(AccessError) in try await self.pulse(server) }
        return Dictionary(zip(servers, results)) { first, _ in first }
    }

    /// What the process of a running server was started with; of a stopped one, what it would start with.
    func loaded(_ server: ServerName, process: ProcessIdentity?) async throws(AccessError) -> LoadedConfig {
        if let process, let loaded = memory.loaded(server, process) { return loaded }
        return remember(try await control.observe(server, files: []), of: server, process: process)
    }

    /// What was observed before the run; what is known from an earlier attempt, before files were edited, is better.
    func learn(_ facts: ServerFacts, of server: ServerName, process: ProcessIdentity) {
        if memory.loaded(server, process) == nil { remember(facts, of: server, process: process) }
    }

    /// Whether another process of the server was seen earlier in the run, and this one never.
    func anotherRan(_ server: ServerName, _ process: ProcessIdentity) -> Bool {
        memory.process(of: server).map { $0 != process } ?? false
    }

    @discardableResult
    private func remember(_ facts: ServerFacts, of server: ServerName, process: ProcessIdentity?) -> LoadedConfig {
        let config = (process == nil ? nil : facts.loadedConfig) ?? facts.config ?? ""
        let myid = (process == nil ? nil : facts.loadedMyid) ?? facts.myid
        let loaded = LoadedConfig(text: config, myid: myid)
        // With dynamic reconfiguration the membership of a process changes under it.
        if let process, !loaded.isDynamic {
            memory.remember(.init(server: server, process: process, config: config, myid: myid), loaded)
        }
        return loaded
    }

    /// The host that a server line names.
    func host(named address: String) -> Inventory.Host? {
        inventory.hosts.first { $0.quorumAddress == address || $0.address == address || $0.name == address }
    }

    /// Every installation of a host, in a fixed order.
    func installations(on host: String) -> [ServerName] { inventory.servers.keys.filter { $0.host == host }.sorted() }

    /// Those that the host of a server line has.
    func installations(at address: String) -> [ServerName] {
        host(named: address).map { installations(on: $0.name) } ?? []
    }

    /// Every member of a configuration as it is now: which server it is, and what that says of itself.
    ///
    /// A server is the member only where its process has the member's myid: on one host, the old and the new installation
    /// can be members of different ensembles.
    ///
    /// - Parameter round: pulses that were taken in it are not taken again.
    func members(of config: LoadedConfig, in round: LookRound = LookRound()) async -> EnsembleView {
        let listed = config.members.sorted { $0.key < $1.key }
        let members = await sideBySide(listed) { (id, address) async throws(Never) in
            await self.member(id, address, round)
        }
        return EnsembleView(rule: config.rule, members: members.map { $0.get() })
    }

    private func member(_ id: ServerID, _ address: MemberAddress, _ round: LookRound) async -> EnsembleView.Member {
        var member = EnsembleView.Member(id: id, role: address.role, address: address.host, state: .stopped)
        guard let host = host(named: address.host) else {
            member.state = .unknown("\(address.host) is not in the inventory")
            return member
        }
        for server in installations(on: host.name) {
            do throws(AccessError) {
                let pulse = try await round.pulse(server) { () async throws(AccessError) in try await self.pulse(server)
                }
                guard let process = pulse.process else { continue }
                guard try await loaded(server, process: process).myid == id else { continue }
                member.server = server
                member.state = .running(pulse)
                return member
            } catch {
                member.server = server
                member.state = .unknown(error.description)
                return member
            }
        }
        return member
    }
}

/// The members of one configuration, seen at one moment.
struct EnsembleView: Sendable {
    struct Member: Sendable {
        enum State: Sendable {
            case running(ServerPulse)
            case stopped
            /// It can't be looked at; why.
            case unknown(String)
        }

        var id: ServerID
        var role: MemberRole
        var address: String
        /// nil where no process of that member runs.
        var server: ServerName?
        var state: State

        var pulse: ServerPulse? {
            guard case .running(let pulse) = state else { return nil }
            return pulse
        }

        var mode: Mode? { pulse?.mode }
        var name: String { server.map(\.description) ?? "server.\(id) on \(address)" }

        /// Such as `zk7@v3.4.6 is follower`.
        var inWords: String {
            switch state {
            case .running(let pulse): "\(name) is \(pulse.mode.rawValue)"
            case .stopped: "\(name) is stopped"
            case .unknown(let why): "\(name) can't be seen (\(why))"
            }
        }
    }

    var rule: QuorumRule
    var members: [Member]

    var leaders: [Member] { members.filter { $0.mode == .leader } }

    /// Participants that lead or follow, by their own word: a follower that says so has received UPTODATE.
    var serving: [Member] {
        members.filter { rule.participants.contains($0.id) && ($0.mode == .leader || $0.mode == .follower) }
    }

    func serving(without stopping: Set<ServerName>) -> [Member] {
        serving.filter { !($0.server.map(stopping.contains) ?? false) }
    }

    func servingIDs(without stopping: Set<ServerName>) -> Set<ServerID> { Set(serving(without: stopping).map(\.id)) }

    /// Those whose process runs, and may come to serve.
    func runningIDs(without stopping: Set<ServerName>) -> Set<ServerID> {
        Set(members.filter { $0.pulse?.process != nil && !($0.server.map(stopping.contains) ?? false) }.map(\.id))
    }

    var inWords: String { members.map(\.inWords).joined(separator: ", ") }
}
