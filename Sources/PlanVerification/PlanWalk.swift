import EnsembleModel
import PlanLanguage

/// One operation in its place, and the planned state around it.
struct Moment: Sendable {
    var stage: String
    var step: ResolvedStep
    /// The step of the stage that it belongs to: a rolling one, or the same.
    var topStep: ResolvedStep
    var operation: Operation
    var before: EnsembleState
    var after: EnsembleState
    var ensemblesBefore: [RunningEnsemble]
    var ensemblesAfter: [RunningEnsemble]

    /// `4.5: stop zk6@v3.4.6 and wait until its process is gone`
    var line: String { "\(step.id): \(operation.summary)" }
}

/// The plan gone through once, all going well.
struct PlanWalk: Sendable {
    /// Every operation in turn.
    private(set) var course: [Moment] = []
    /// For each rolling step that puts the leader last, its operations again for every other leader that it may find.
    private(set) var otherCourses: [[Moment]] = []
    /// The steps' ids, those inside rolling ones in the order of `course`, with their places.
    private(set) var places: [String: Int] = [:]

    private var state: EnsembleState
    private var ensembles: [RunningEnsemble]

    init(_ plan: ResolvedPlan, from state: EnsembleState) {
        self.state = state
        ensembles = state.runningEnsembles
        for stage in plan.stages {
            for step in stage.steps { walk(step, of: step, stage.name) }
        }
    }

    private mutating func walk(_ step: ResolvedStep, of topStep: ResolvedStep, _ stage: String) {
        places[step.id] = places[step.id] ?? places.count
        switch step.body {
        case .operations(let groups):
            for operation in groups.joined() {
                let moment = moment(operation, step, topStep, stage)
                course.append(moment)
                (state, ensembles) = (moment.after, moment.ensemblesAfter)
            }
        case .rolling(let rolling):
            let start = (state, ensembles)
            for last in rolling.otherLeaders(in: state) {
                var other = self
                other.course = []
                other.otherCourses = []
                other.walk(rolling, in: rolling.order(in: state, leader: last), topStep, stage)
                otherCourses.append(other.course)
            }
            (state, ensembles) = start
            walk(rolling, in: rolling.order(in: state), topStep, stage)
        }
    }

    private mutating func walk(
        _ rolling: ResolvedStep.Rolling, in order: [ServerName], _ topStep: ResolvedStep, _ stage: String
    ) {
        for server in order {
            for step in rolling.steps[server] ?? [] { walk(step, of: topStep, stage) }
        }
    }

    private func moment(
        _ operation: Operation, _ step: ResolvedStep, _ topStep: ResolvedStep, _ stage: String
    ) -> Moment {
        var after = state
        operation.apply(to: &after)
        let changesEnsembles =
            switch operation {
            case .start, .stop, .reconfig, .require, .wait: after != state
            default: false
            }
        return Moment(
            stage: stage, step: step, topStep: topStep, operation: operation, before: state, after: after,
            ensemblesBefore: ensembles, ensemblesAfter: changesEnsembles ? after.runningEnsembles : ensembles)
    }
}

extension ResolvedStep.Rolling {
    /// The order in which it will go when things stand like this.
    ///
    /// - Parameter leader: who is taken to lead; where nil, who is known to.
    func order(in state: EnsembleState, leader: ServerName? = nil) -> [ServerName] {
        switch order {
        case .listed: return servers
        case .ascendingMyid:
            let myid = { (server: ServerName) in
                state.servers[server].flatMap { $0.loadedMyid ?? $0.myid }?.rawValue ?? Int.max
            }
            return servers.enumerated().sorted { (myid($0.element), $0.offset) < (myid($1.element), $1.offset) }
                .map(\.element)
        case .leaderLast:
            guard let leader = leader ?? servers.first(where: { state.servers[$0]?.mode == .leader }) else {
                return servers
            }
            return servers.filter { $0 != leader } + servers.filter { $0 == leader }
        }
    }

    /// The servers that would be last if they led, besides the one that is last anyway.
    func otherLeaders(in state: EnsembleState) -> [ServerName] {
        guard order == .leaderLast else { return [] }
        let usual = order(in: state).last
        return servers.filter { $0 != usual }
    }
}
