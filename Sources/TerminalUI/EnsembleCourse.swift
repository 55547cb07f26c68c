import EnsembleModel
import PlanLanguage
import PlanVerification

/// What the ensemble goes through in a plan, all going well: moment by moment who serves, who may lead, and how many more servers may
/// be lost. Steps that change none of these share a moment.
struct EnsembleCourse {
    enum Doing: Hashable {
        case serves
        /// Not there for a while, and serving again at the end.
        case restarts
        /// Its process runs, and it has no quorum or looks for a leader.
        case waits
        case unknown
    }

    struct Moment {
        /// The first of its steps with that one's title; nil before the first step.
        var step: (id: String, title: String)?
        /// How many steps follow that change nothing here.
        var following = 0
        /// The number of the stage; 0 before the first.
        var stage: Int
        var doing: [ServerName: Doing]
        /// nil where that isn't known; empty where nobody can.
        var mayLead: [ServerName]?
        /// Of each ensemble at the end of the moment; nil inside where it isn't known.
        var margins: [Int?]
        /// Where it was less in between than it is at the end.
        var least: Int?

        fileprivate func isLike(_ other: Moment) -> Bool {
            stage == other.stage && doing == other.doing && mayLead == other.mayLead && margins == other.margins
                && least == other.least && !doing.values.contains(.restarts)
        }
    }

    /// Those that run at any moment.
    private(set) var servers: [ServerName] = []
    private(set) var moments: [Moment] = []

    init(_ preview: Preview) {
        let snapshots = preview.stages.flatMap(\.steps).map(\.snapshot)
        guard let first = snapshots.first?.before else { return }
        let leaders = Dictionary(
            preview.findings.leaders.map { ($0.step, Set($0.candidates.map(\.server)).sorted()) },
            uniquingKeysWith: { one, _ in one })
        var mayLead = Self.leaders(first)
        let ensembles = first.runningEnsembles
        moments = [
            Moment(
                stage: 0, doing: Self.doing(first, ensembles, restarted: []), mayLead: mayLead,
                margins: ensembles.map { $0.quorum?.margin })
        ]
        for snapshot in snapshots where snapshot.order.isEmpty {
            let (stopped, started) = snapshot.step.processesTouched
            if !stopped.isEmpty || !started.isEmpty { mayLead = leaders[snapshot.id] }
            add(snapshot, mayLead, restarted: stopped.intersection(started))
        }
        servers = Set(moments.flatMap(\.doing.keys)).sorted()
    }

    private mutating func add(_ snapshot: StepSnapshot, _ mayLead: [ServerName]?, restarted: Set<ServerName>) {
        let moment = Moment(
            step: (snapshot.id, snapshot.step.title), stage: snapshot.stageNumber,
            doing: Self.doing(snapshot.after, snapshot.ensembles, restarted: restarted), mayLead: mayLead,
            margins: snapshot.ensembles.map { $0.quorum?.margin },
            least: snapshot.leastWords == nil ? nil : snapshot.leastMargin)
        if let last = moments.last, moment.isLike(last) {
            moments[moments.count - 1].following += 1
        } else {
            moments.append(moment)
        }
    }

    private static func leaders(_ state: EnsembleState) -> [ServerName]? {
        let running = state.servers.filter(\.value.running)
        let leaders = running.filter { $0.value.mode == .leader || $0.value.mode == .standalone }.keys.sorted()
        return leaders.isEmpty && running.contains { $0.value.mode == nil } ? nil : leaders
    }

    private static func doing(
        _ state: EnsembleState, _ ensembles: [RunningEnsemble], restarted: Set<ServerName>
    ) -> [ServerName: Doing] {
        var doing: [ServerName: Doing] = [:]
        for ensemble in ensembles {
            for server in ensemble.servers {
                let mode = state.servers[server]?.mode
                doing[server] =
                    switch ensemble.serves {
                    case nil: .unknown
                    case false?: .waits
                    case true? where restarted.contains(server): .restarts
                    case true? where mode == .looking || mode == .readOnly: .waits
                    case true?: .serves
                    }
            }
        }
        return doing
    }
}

extension ResolvedStep {
    /// The servers that it stops and those that it starts.
    fileprivate var processesTouched: (stopped: Set<ServerName>, started: Set<ServerName>) {
        var (stopped, started): (Set<ServerName>, Set<ServerName>) = ([], [])
        for operation in operations {
            switch operation {
            case .stop(let server, _): stopped.insert(server)
            case .start(let server, _, _): started.insert(server)
            default: break
            }
        }
        return (stopped, started)
    }
}

extension EnsembleCourse.Moment {
    /// `1`, `0 and unknown`, `no server runs`
    var marginWords: String {
        guard !margins.isEmpty else { return "no server runs" }
        let words = margins.map { margin in
            guard let margin else { return "unknown" }
            return margin < 0 ? "no quorum" : "\(margin)"
        }
        .joined(separator: " and ")
        guard let least else { return words }
        return "\(words) (\(least < 0 ? "no quorum" : "\(least)") in between)"
    }
}
