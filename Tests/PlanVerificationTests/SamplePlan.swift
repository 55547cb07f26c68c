import EnsembleModel
import PlanLanguage
import TestSupport

@testable import PlanVerification

typealias Operation = PlanLanguage.Operation

/// Five hosts, each with an `old` and a `new` installation; on some of them `old` serves.
struct SamplePlan {
    var facts = EnsembleFacts(servers: [:])
    var stages: [ResolvedStage] = []
    var acknowledgements: [Acknowledgement] = []
    var hasFacts = true

    static let limit = Duration.seconds(10)

    static let inventory = Inventory.sample(hosts: 6)

    /// `server.MYID=zkHOST`
    static func config(_ members: KeyValuePairs<Int, Int>) -> String {
        "dataDir=/data\n" + members.map { "server.\($0.key)=zk\($0.value):2888:3888\n" }.joined()
    }

    static func config(_ members: ClosedRange<Int>) -> String {
        "dataDir=/data\n" + members.map { "server.\($0)=zk\($0):2888:3888\n" }.joined()
    }

    /// `count` servers of `version` that serve, the last of them as leader.
    init(serving count: Int, version: Version = Version(3, 4, 14)) {
        for number in 1...count {
            facts.servers[old(number)] = ServerFacts(
                running: true, mode: number == count ? .leader : .follower, myid: ServerID(number), version: version,
                snapshot: .at(Zxid(1)), config: Self.config(1...count))
        }
        for number in 1...6 { facts.servers[new(number)] = Self.empty(Version(3, 4, 14)) }
    }

    static func empty(_ version: Version?) -> ServerFacts {
        ServerFacts(
            version: version, snapshot: ServerFacts.Newest.none, log: ServerFacts.Newest.none, config: "dataDir=/data\n"
        )
    }

    var plan: ResolvedPlan {
        ResolvedPlan(
            name: "sample", summary: "", settings: PlanSettings(), acknowledgements: acknowledgements, stages: stages,
            inventory: Self.inventory, facts: hasFacts ? facts : nil, warnings: [], digest: "00",
            source: SourceText(name: "plan.yaml", text: ""))
    }

    /// A step for each group of operations, all in one stage.
    mutating func stage(_ name: String, _ steps: [Operation]...) {
        let number = stages.count + 1
        let resolved = steps.enumerated().map { index, operations in
            Self.step("\(number).\(index + 1)", operations)
        }
        stages.append(ResolvedStage(name: name, steps: resolved))
    }

    mutating func rolling(_ name: String, _ servers: [ServerName], order: ResolvedStep.Rolling.Order) {
        let id = "\(stages.count + 1).1"
        let steps = servers.map { server in (server, [Self.step("\(id)[\(server)].1", restart(server))]) }
        let rolling = ResolvedStep.Rolling(
            servers: servers, order: order, steps: Dictionary(uniqueKeysWithValues: steps))
        let step = ResolvedStep(
            id: id, verb: "rolling", title: name, range: nil, onFailure: nil, compensation: .automatic,
            body: .rolling(rolling))
        stages.append(ResolvedStage(name: name, steps: [step]))
    }

    static func step(_ id: String, _ operations: [Operation]) -> ResolvedStep {
        let isRestart =
            if case .stop(let one, _)? = operations.first, case .start(let other, _, _)? = operations.last {
                one == other
            } else {
                false
            }
        return ResolvedStep(
            id: id, verb: isRestart ? "restart" : "run", title: operations.first?.summary ?? "nothing", range: nil,
            onFailure: nil, compensation: .automatic, body: .operations(operations.map { [$0] }))
    }

    /// The same step with all its operations as one group.
    static func sideBySide(_ step: ResolvedStep) -> ResolvedStep {
        var step = step
        if case .operations(let groups) = step.body { step.body = .operations([groups.flatMap { $0 }]) }
        return step
    }

    // MARK: Looking

    func hazards(failures: Int = 1) -> [Hazard] {
        Verifier.findings(of: plan, failures: failures)?.hazards ?? []
    }

    func errors() -> [Hazard] { hazards().filter { $0.severity == .error } }
}

func old(_ number: Int) -> ServerName { ServerName(host: "zk\(number)", installation: "old") }
func new(_ number: Int) -> ServerName { ServerName(host: "zk\(number)", installation: "new") }
func stop(_ server: ServerName) -> Operation { .stop(server, limit: SamplePlan.limit) }
func start(_ server: ServerName, _ settle: Settle = .serving) -> Operation {
    .start(server, settle: settle, limit: SamplePlan.limit)
}
func restart(_ server: ServerName) -> [Operation] { [stop(server), start(server)] }

func members(_ server: ServerName, _ members: KeyValuePairs<Int, Int>) -> Operation {
    var edit = TextEdit()
    edit.members = Dictionary(
        uniqueKeysWithValues: members.map { (ServerID($0.key), MemberAddress("zk\($0.value):2888:3888")!) })
    return .editFile(.config(server), edit)
}
