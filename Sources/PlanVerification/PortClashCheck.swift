import EnsembleModel
import PlanLanguage

/// Two servers of one host at once: they share its client, quorum and election ports, whichever ensemble they belong to.
enum PortClashCheck {
    static func hazards(in course: [Moment]) -> [Hazard] {
        course.compactMap { moment in
            guard case .start(let server, _, _) = moment.operation,
                moment.before.servers[server]?.running == false
            else { return nil }
            let others = moment.before.servers.filter { $0.key.host == server.host && $0.value.running }.keys.sorted()
            guard let other = others.first else { return nil }
            return moment.hazard(
                .portClash, .error,
                "\(server) starts while \(other) runs on the same host and holds its ports; stop \(other) first",
                trace: ["\(other) runs", moment.line])
        }
    }
}
