import EnsembleAccess
import EnsembleModel
import PlanLanguage

/// Refuses to go back where that would drop writes that the new servers have committed.
///
/// Nothing is lost as long as somebody who has them stays, and those who come back with old data are fewer than a quorum: they are
/// brought up to date when they join.
struct RollbackLoss: Sendable {
    let context: ExecutionContext
    let history: RunHistory

    func check(_ actions: [UndoAction]) async throws(ExecutionError) {
        let stopped = Set(actions.compactMap(\.stoppedServer))
        let started = Set(actions.compactMap(\.startedServer))
        let leaving = stopped.subtracting(started)
        guard !leaving.isEmpty else { return }
        let replaced = Set(
            actions.compactMap { action -> ServerName? in
                switch action.inverse {
                case .restoreData(let server), .removeCopiedData(let server): server
                default: nil
                }
            })
        for leader in leaving.union(stopped).sorted() {
            let pulse = try await context.look { () async throws(AccessError) in try await context.sight.pulse(leader) }
            guard pulse.mode == .leader || pulse.mode == .standalone else { continue }
            try await check(leader, pulse, leaving, replaced, returning: started.subtracting(stopped))
        }
    }

    private func check(
        _ leader: ServerName, _ pulse: ServerPulse, _ leaving: Set<ServerName>, _ replaced: Set<ServerName>,
        returning: Set<ServerName>
    ) async throws(ExecutionError) {
        let loaded = try await context.look { () async throws(AccessError) in
            try await context.sight.loaded(leader, process: pulse.process)
        }
        let view = await context.sight.members(of: loaded)
        let serving = view.members.filter { $0.mode?.serves ?? false }.compactMap(\.server)
        let keeping = serving.filter { !leaving.contains($0) && !replaced.contains($0) }
        let old = returning.union(replaced.subtracting(leaving))
        guard keeping.isEmpty || old.count >= view.rule.quorumSize else { return }
        guard let text = committed(pulse.zxid, serving) else { return }
        throw ExecutionError(
            .writesWouldBeLost,
            "Going back would drop what \(leader) and those that follow it have committed: \(text).",
            remedy: "Go on with the run; or, if these writes may be lost, say so with --accept-lost-writes.",
            server: leader)
    }

    /// How many transactions, as well as the counters tell; nil where it is known that there were none. Openings of sessions count,
    /// since they are transactions too.
    private func committed(_ zxid: Zxid?, _ serving: [ServerName]) -> String? {
        guard let zxid else { return "how many transactions is not known" }
        let copy = history.copies(of: context.plan).last { serving.contains($0.to) }
        if let then = copy?.zxid, then.epoch == zxid.epoch {
            let count = Int(zxid.counter) - Int(then.counter)
            return count <= 0 ? nil : "\(count) transactions since the copy"
        }
        // The first epoch after the copy, or of servers that began empty: what it has is all there is. Whatever came between is known to
        // nobody who tells.
        let first = (copy?.zxid?.epoch.rawValue ?? 0) + 1
        guard zxid.epoch.rawValue > first else {
            return zxid.counter == 0 ? nil : "at least \(zxid.counter) transactions, all of epoch \(zxid.epoch)"
        }
        return
            "\(zxid.counter) transactions of epoch \(zxid.epoch), and those of earlier epochs, of which it is not known how many"
    }
}
