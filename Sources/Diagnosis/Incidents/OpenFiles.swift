import EnsembleModel

package enum OpenFiles: Incident {
    package static let definition = IncidentDefinition(
        code: "too-many-open-files", title: "Too many open files",
        symptoms: "A server accepts no more connections, and can't open its own files.",
        recognised:
            "Descriptors of the process against its limit, from /proc; `Too many open files` in the log of the last hour.",
        why: "A server that can't open its next transaction log or snapshot stops.",
        remedy:
            "Raise the limit (LimitNOFILE of the unit, or limits.conf) and restart the server; find who opens so many connections.",
        plans: [.rollingRestart])

    package static func findings(in evidence: EnsembleEvidence) -> [Finding] {
        let near = evidence.running.filter { server in
            if !server.log.recent(.tooManyFiles, seconds: 3600).isEmpty { return true }
            guard let files = server.host?.openFiles, let limit = server.host?.openFileLimit else { return false }
            return files * 5 >= limit * 4
        }
        guard !near.isEmpty else { return [] }
        return [
            definition.finding(
                .critical, near.names, "The process is at its limit of open files, or was in the last hour.",
                evidence: near.flatMap { server in
                    (server.host?.openFiles).map {
                        ["\(server.server): \($0) open of \(server.host?.openFileLimit.map(String.init) ?? "?")"]
                    } ?? []
                        + server.log.quoted(.tooManyFiles, last: 1).map { "\(server.server): \($0)" }
                }, plan: .rollingRestart, command: evidence.restart(near.names))
        ]
    }
}
