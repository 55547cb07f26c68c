import EnsembleModel
import TestSupport
import Testing

@testable import PlanLanguage

/// Three servers on 3.4.6 that serve, and a fourth host with an empty installation.
struct World {
    static let inventory = Inventory.sample(hosts: 4)

    static func config(_ members: [Int]) -> String {
        "dataDir=/data\n" + members.map { "server.\($0)=10.0.0.\($0):2888:3888\n" }.joined()
    }

    static let facts = EnsembleFacts(
        servers: Dictionary(
            uniqueKeysWithValues: (1...3).map { number in
                (
                    server(number),
                    ServerFacts(
                        running: true, mode: number == 3 ? .leader : .follower, myid: ServerID(number),
                        version: Version(3, 4, 6), zxid: Zxid(hexadecimal: "0x100000001"), config: config([1, 2, 3]))
                )
            }))

    static func server(_ number: Int, _ installation: String = "old") -> ServerName {
        ServerName(host: "zk\(number)", installation: installation)
    }

    static var state: EnsembleState { EnsembleState(facts: facts, inventory: inventory) }

    static func plan(_ operations: [PlanLanguage.Operation]) -> ResolvedPlan {
        let step = ResolvedStep(
            id: "1.1", verb: "run", title: "all", range: nil, onFailure: nil, compensation: .automatic,
            body: .operations(operations.map { [$0] }))
        return ResolvedPlan(
            name: "p", summary: "", settings: PlanSettings(), acknowledgements: [],
            stages: [ResolvedStage(name: "s", steps: [step])], inventory: inventory, facts: facts, warnings: [],
            digest: "", source: SourceText(name: "p.yaml", text: ""))
    }
}

@Suite struct EnsembleStateTests {
    let limit = Duration.seconds(10)

    func after(_ operations: PlanLanguage.Operation...) -> EnsembleState {
        var state = World.state
        for operation in operations { operation.apply(to: &state) }
        return state
    }

    @Test func readsFacts() {
        let state = World.state
        #expect(state.servers.count == 8)
        #expect(state.servers[World.server(1)]?.loadedMyid == ServerID(1))
        #expect(state.servers[World.server(1)]?.data == .present(origin: World.server(1)))
        #expect(state.servers[World.server(1, "new")] == ServerState())
        #expect(state.runningEnsembles.map(\.servers) == [[World.server(1), World.server(2), World.server(3)]])
        #expect(state.runningEnsembles[0].quorum?.margin == 1)
    }

    @Test func whatFactsLeaveOpenIsUnknown() {
        let state = ServerState(facts: ServerFacts(running: true), of: World.server(1))
        #expect(state.mode == nil)
        #expect(state.data == .unknown)
        #expect(
            ServerState(facts: ServerFacts(snapshot: ServerFacts.Newest.none), of: World.server(1)).data == .unknown)
        let empty = ServerFacts(snapshot: ServerFacts.Newest.none, log: ServerFacts.Newest.none)
        #expect(ServerState(facts: empty, of: World.server(1)).data == .empty)
    }

    @Test func aFollowersStopMovesNoLeader() {
        let state = after(.stop(World.server(1), limit: limit))
        #expect(state.servers[World.server(1)]?.mode == .stopped)
        #expect(state.servers[World.server(1)]?.loadedConfig == nil)
        #expect(state.servers[World.server(3)]?.mode == .leader)
        #expect(state.runningEnsembles[0].quorum?.margin == 0)
    }

    @Test func theLeadersStopMeansAnElection() {
        let state = after(.stop(World.server(3), limit: limit))
        #expect(state.servers[World.server(1)]?.mode == nil)
        #expect(state.runningEnsembles[0].serves == true)
        let learned = after(
            .stop(World.server(3), limit: limit),
            .require([Condition(.leader(oneOf: [World.server(2)]))]))
        #expect(learned.servers[World.server(2)]?.mode == .leader)
    }

    @Test func startLoadsWhatTheFilesSay() {
        var edit = TextEdit()
        edit.set = [.init(key: "initLimit", value: "20")]
        let target = EditTarget.config(World.server(1))
        let edited = after(.editFile(target, edit), .setMyid(World.server(1), ServerID(9)))
        #expect(edited.servers[World.server(1)]?.loadedConfig == World.config([1, 2, 3]))
        #expect(edited.servers[World.server(1)]?.loadedMyid == ServerID(1))
        // A start of what runs already does nothing.
        let again = after(.editFile(target, edit), .start(World.server(1), settle: .serving, limit: limit))
        #expect(again.servers[World.server(1)]?.loadedConfig == World.config([1, 2, 3]))
        let restarted = after(
            .editFile(target, edit), .stop(World.server(1), limit: limit),
            .start(World.server(1), settle: .serving, limit: limit))
        #expect(restarted.servers[World.server(1)]?.loadedConfig == World.config([1, 2, 3]) + "initLimit=20\n")
    }

    @Test func anEmptyServerHoldsWhatItJoined() {
        var state = World.state
        let joiner = World.server(4, "new")
        state.servers[joiner]?.config = World.config([1, 2, 3, 4])
        state.servers[joiner]?.myid = ServerID(4)
        PlanLanguage.Operation.start(joiner, settle: .serving, limit: limit).apply(to: &state)
        #expect(state.servers[joiner]?.data == .present(origin: World.server(3)))
        #expect(state.runningEnsembles.count == 1)
    }

    @Test func copiesKeepTheirOrigin() {
        let state = after(
            .copyData(from: World.server(3), to: World.server(1, "new")),
            .copyData(from: World.server(1, "new"), to: World.server(2, "new")),
            .copyData(from: World.server(4), to: World.server(3, "new")), .clearData(World.server(1)))
        #expect(state.servers[World.server(2, "new")]?.data == .present(origin: World.server(3)))
        #expect(state.servers[World.server(3, "new")]?.data == .empty)
        #expect(state.servers[World.server(1)]?.data == .empty)
    }

    @Test func unknownTextsStayUnknown() {
        var edit = TextEdit()
        edit.set = [.init(key: "a", value: "1")]
        let file = EditTarget.file(World.server(1), path: "conf/x")
        #expect(after(.editFile(file, edit)).text(of: file) == nil)
        let written = after(.putFile(file, content: .text("b=1\n"), mode: nil), .editFile(file, edit))
        #expect(written.text(of: file) == "b=1\na=1\n")
        let copied = after(
            .putFile(file, content: .text("b"), mode: nil),
            .putFile(file, content: .file(path: "x", sha256: ""), mode: nil))
        #expect(copied.text(of: file) == nil)
        #expect(after(.install(World.server(1), archive: "x", sha256: "")).servers[World.server(1)]?.version == nil)
    }

    @Test func reconfigurationChangesWhatProcessesKnow() {
        let state = after(
            .reconfig(through: World.server(1), add: ["server.4=10.0.0.4:2888:3888;2181"], remove: [ServerID(1)]))
        let loaded = state.servers[World.server(2)]?.loadedConfig ?? ""
        #expect(EnsembleState.members(of: loaded)?.keys.sorted() == [2, 3, 4].map(ServerID.init))
        #expect(state.servers[World.server(2)]?.config == nil)
    }

    @Test func serversThatDoNotListEachOtherAreTwoEnsembles() {
        var state = World.state
        for number in [1, 2] {
            let name = World.server(number, "new")
            state.servers[name] = ServerState(
                running: true, mode: nil, myid: ServerID(number + 10),
                loadedConfig: "server.11=zk1:1:2\nserver.12=zk2:1:2\n",
                loadedMyid: ServerID(number + 10))
        }
        #expect(state.runningEnsembles.map(\.servers.count) == [2, 3])
        #expect(state.runningEnsembles[0].quorum?.margin == 0)
    }

    @Test func aLookingServerDoesNotServe() {
        var state = World.state
        state.servers[World.server(1)]?.mode = .looking
        #expect(state.runningEnsembles[0].quorum?.margin == 0)
        state.servers[World.server(2)]?.mode = .looking
        #expect(state.runningEnsembles[0].serves == false)
    }

    @Test func weightsCount() {
        let rule = QuorumRule.weighted(
            groups: [1: [ServerID(1), ServerID(2), ServerID(3)]],
            weights: [ServerID(1): 3, ServerID(2): 1, ServerID(3): 1])
        #expect(rule.margin(serving: [ServerID(1), ServerID(2), ServerID(3)]) == 0)
        #expect(rule.margin(serving: [ServerID(2), ServerID(3)]) == -1)
        #expect(QuorumRule.majority(voters: [ServerID(1)]).margin(serving: []) == -1)
    }

    @Test func namesServersAndHosts() {
        let copy = Operation.copyData(from: World.server(3), to: World.server(1, "new"))
        #expect(copy.servers == [World.server(3), World.server(1, "new")])
        #expect(copy.hosts(World.inventory) == ["zk1", "zk3"])
        #expect(copy.changesSomething)
        #expect(copy.summary == "copy the data of zk3@old to zk1@new")
        let start = Operation.start(World.server(1), settle: .serving, limit: .seconds(90))
        #expect(start.summary == "start zk1@old and wait until it serves")
        let reach = Operation.require([Condition(.reachable(from: ["zk4"], to: [World.server(1)], ports: [.client]))])
        #expect(reach.hosts(World.inventory) == ["zk1", "zk4"])
        #expect(!reach.changesSomething)
    }
}
