import EnsembleModel
import PlanLanguage

/// What the facts say and leave open about a server, and whether the plan may have changed that unseen.
struct Knowledge: Sendable {
    let plan: ResolvedPlan
    let facts: EnsembleFacts

    /// Whether the server was left out of the facts, so that it is sure to hold no myid, configuration or data at first.
    func isLeftOut(_ server: ServerName) -> Bool { facts.servers[server] == nil }

    /// Whether a configuration that the planned state doesn't know is sure to be missing: the facts say there is none, and
    /// nothing before this moment may have written one.
    func lacksConfig(_ server: ServerName, before index: Int, in course: [Moment]) -> Bool {
        guard isLeftOut(server), course[index].before.servers[server]?.config == nil else { return false }
        return !course[..<index].contains { moment in
            switch moment.operation {
            case .install(server, _, _), .putFile(.config(server), _, _): true
            case .command(let command): command.host == server.host
            default: false
            }
        }
    }
}
