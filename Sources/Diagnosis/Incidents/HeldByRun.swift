import EnsembleAccess
import EnsembleModel

/// Servers that a run of zkops holds: what else is found may be its work in the middle.
package enum HeldByRun: Incident {
    package static let definition = IncidentDefinition(
        code: "held-by-run", title: "A run of zkops holds the ensemble",
        symptoms:
            "`zkops plan apply` ends with exit code 4; servers are stopped, emptied or configured otherwise than the rest.",
        recognised:
            "The lock of each installation, and how long ago it was renewed; a run that lives renews its locks every 30 s.",
        why:
            "What looks like an incident may be the middle of a plan, and a cure by hand would come in its way. A run of which nothing is heard "
            + "any more has left its work half done.",
        remedy:
            "Wait for a run that lives. Of one that has died: on its machine `zkops run resume RUN` goes on and `zkops run rollback RUN` goes back; "
            + "where its folder is lost, `zkops run unlock RUN -i INVENTORY` gives its locks up.",
        source: "docs/safety-model.md")

    package static func findings(in evidence: EnsembleEvidence) -> [Finding] {
        let held = evidence.servers.compactMap { server in server.lock.map { (server, $0) } }
        let runs = Dictionary(grouping: held, by: \.1.owner.run).sorted { $0.key < $1.key }
        return runs.map { run, held in
            let isStale = held.allSatisfy(\.1.isStale)
            return definition.finding(
                isStale ? .warning : .note, held.map(\.0.server),
                isStale
                    ? "Run \(run) holds these servers, and nothing is heard of it any more."
                    : "Run \(run) is at work on these servers\(held.compactMap(\.1.age).max().map { ", heard of \($0.asAge) ago" } ?? "").",
                evidence: held.map { "\($0.server): \($1.inWords)" })
        }
    }
}
