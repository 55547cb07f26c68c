import EnsembleModel
import PlanLanguage

/// Servers that start although nobody knows what they hold: whether they are empty decides who may be elected.
enum DataCheck {
    static func hazards(in course: [Moment]) -> [Hazard] {
        var said: Set<ServerName> = []
        return course.compactMap { moment in
            guard case .start(let server, _, _) = moment.operation, let state = moment.before.servers[server],
                !state.running, state.data == .unknown, said.insert(server).inserted
            else { return nil }
            return moment.hazard(
                .dataLoss, .warning,
                "the facts don't say whether \(server) holds data (its `zxid`, `snapshot` or `log`); it is taken to be behind its ensemble",
                trace: [moment.line])
        }
    }
}
