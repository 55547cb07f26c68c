import EnsembleAccess
import EnsembleModel
import PlanLanguage

/// Refuses to go on where an ensemble that was seeded by a copy serves far fewer znodes than the copy's source had.
///
/// The last defence against a leader with an empty tree: whatever let it be elected, the run stops before the source's servers do,
/// while they still hold everything. A server that serves has the whole tree, so the count that it gives can be taken at its word.
struct TreeGuard: Sendable {
    let context: ExecutionContext
    let copies: [CopyRecord]

    func check(_ server: ServerName) async throws(ExecutionError) {
        guard !copies.isEmpty else { return }
        let seen = await caught { () async throws(AccessError) in
            let pulse = try await context.sight.pulse(server)
            return (pulse, try await context.sight.loaded(server, process: pulse.process))
        }
        let (pulse, loaded) =
            switch seen {
            case .success(let seen): seen
            case .failure(let error): throw ExecutionError(error)
            }
        let hosts = Set(loaded.members.values.compactMap { context.sight.host(named: $0.host)?.name })
        guard let copy = copies.last(where: { $0.to == server || hosts.contains($0.to.host) }),
            let found = pulse.znodes, let least = Self.least(of: copy), found < least
        else { return }
        throw ExecutionError(
            .guardRefused,
            "\(server) serves \(found) znodes, and \(copy.from) had \(copy.znodes ?? 0) when its data were copied to "
                + "\(copy.to).",
            remedy:
                "Stop nothing: \(copy.from) still has what is missing. Roll the run back, and look for the server that "
                + "was elected without data.",
            server: server)
    }

    /// How many znodes must be there at least: half of those that don't go with their sessions, since clients may be at work; where nobody
    /// said how many do, a twentieth.
    static func least(of copy: CopyRecord) -> Int? {
        guard let znodes = copy.znodes else { return nil }
        return copy.ephemerals.map { (znodes - $0) / 2 } ?? znodes / 20
    }
}
