import EnsembleAccess
import EnsembleModel
import PlanLanguage
import TerminalUI

/// Facts from the hosts as they are now.
enum Observation {
    /// All of `servers`, side by side. One host that does not answer is a failure that names every such host: facts that leave a
    /// server out say that it is stopped and empty.
    static func facts(
        of servers: [ServerName], files: [ServerName: [String]] = [:], control: any EnsembleControl,
        now: @Sendable () -> Double
    ) async throws(CommandFailure) -> EnsembleFacts {
        let results = await SideBySide.map(servers) { server in
            await SideBySide.attempt { () async throws(AccessError) in
                try await control.observe(server, files: files[server] ?? [])
            }
        }
        var facts = EnsembleFacts(capturedAt: Amounts.timestamp(now()), servers: [:])
        var failures: [String] = []
        for (server, result) in zip(servers, results) {
            switch result {
            case .success(let observed): facts.servers[server] = observed
            case .failure(let error): failures.append("\(server): \(error.message)")
            }
        }
        guard failures.isEmpty else {
            let count = counted(failures.count, "server")
            throw CommandFailure(.refused, "\(count) can't be looked at:\n" + failures.joined(separator: "\n"))
        }
        return facts
    }

    static func facts(
        of server: ServerName, files: [String], control: any EnsembleControl
    ) async throws(CommandFailure) -> ServerFacts {
        do {
            return try await control.observe(server, files: files)
        } catch {
            throw CommandFailure(error)
        }
    }
}

extension ResolvedPlan {
    /// The files besides zoo.cfg that the plan edits or writes, by server, as the plan writes their paths.
    var filesEdited: [ServerName: [String]] {
        var files: [ServerName: [String]] = [:]
        for operation in stages.flatMap(\.steps).flatMap(\.operations) {
            let target: EditTarget
            switch operation {
            case .editFile(let edited, _): target = edited
            case .putFile(let written, _, _): target = written
            default: continue
            }
            guard case .file(let server, let path) = target else { continue }
            if files[server]?.contains(path) != true { files[server, default: []].append(path) }
        }
        return files
    }
}
