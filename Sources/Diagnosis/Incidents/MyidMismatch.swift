import EnsembleModel

/// myids that are missing, doubled, or not those of the configuration.
package enum MyidMismatch: Incident {
    package static let definition = IncidentDefinition(
        code: "myid-mismatch", title: "myid against configuration",
        symptoms: "A server does not start, or two servers throw each other out of the ensemble.",
        recognised:
            "The myid file, what the process runs with, and the server line that has the host's address; myids of all servers compared.",
        why:
            "A server votes, and is counted, under its myid. Two of the same throw out each other's connections, and a wrong one makes the others "
            + "call a host that is somebody else.",
        remedy:
            "Write the number of the server line that has the host's address into the myid file, and restart that server.",
        plans: [.setMyid])

    package static func findings(in evidence: EnsembleEvidence) -> [Finding] {
        // What these lack is not their myid alone.
        let others = (EmptiedData.servers(in: evidence) + RefusedConfig.servers(in: evidence)).names
        let servers = (evidence.running + evidence.missing).filter { !others.contains($0.server) }
        var wrong: [ServerName: [String]] = [:]
        for server in servers {
            guard let line = (server.fileConfig ?? server.runningConfig).flatMap({ ownLine(server, $0) }) else {
                continue
            }
            let file = server.facts?.myid
            if file == nil {
                wrong[server.server, default: []].append("has no readable myid file; its line is server.\(line)")
            } else if let file, file != line {
                wrong[server.server, default: []].append(
                    "its myid file says \(file), and the line with its address is server.\(line)")
            }
            if let loaded = server.facts?.loadedMyid, loaded != file {
                wrong[server.server, default: []].append(
                    "runs as \(loaded), and its myid file says \(file?.description ?? "nothing")")
            }
            let lines = server.log[.configuration].filter { isOfMyid($0.text) }
            if !server.isRunning, let last = lines.last { wrong[server.server, default: []].append(last.text) }
        }
        for (id, same) in Dictionary(grouping: servers.filter { $0.myid != nil }, by: \.myid) where same.count > 1 {
            guard let id else { continue }
            for server in same where wrong[server.server] == nil && ownLine(server, server.runningConfig) != id {
                wrong[server.server] = ["has myid \(id), as has another server"]
            }
        }
        guard !wrong.isEmpty else { return [] }
        let names = wrong.keys.sorted()
        return [
            definition.finding(
                .critical, names, "The myid of \(Numbers.list(names)) is not that of the configuration.",
                evidence: names.flatMap { name in (wrong[name] ?? []).map { "\(name): \($0)" } }, plan: .setMyid)
        ]
    }

    static func isOfMyid(_ line: String) -> Bool {
        ["peer list", "myid file", "serverid"].contains { line.contains($0) }
    }

    private static func ownLine(_ server: ServerEvidence, _ config: ZooConfig?) -> ServerID? {
        let lines = config?.members.filter { server.isAt($0.value) } ?? [:]
        return lines.count == 1 ? lines.first?.key : nil
    }
}
