import EnsembleAccess
import EnsembleModel
import PlanLanguage

/// `serving`, `writable`, `stable_for`.
extension ConditionEvaluator {
    func serving(_ servers: [ServerName]) async throws(AccessError) -> ConditionVerdict {
        let pulses = try await pulses(servers)
        let leaders = servers.filter { pulses[$0]?.mode == .leader || pulses[$0]?.mode == .standalone }
        let idle = servers.filter { !(pulses[$0]?.mode.serves ?? false) }
        guard idle.isEmpty, leaders.count <= 1 else {
            return .unmet("wanted \(list(servers)) to serve under one leader, \(list(pulses, of: servers))")
        }
        let settling = Settling(context: context)
        for server in servers {
            guard let pulse = pulses[server] else { continue }
            switch try await settling.serves(server, pulse) {
            case .there: continue
            case .missing(let what): return .unmet("wanted \(server) to serve; still missing: \(what)")
            case .failed(let why): return .unmet("wanted \(server) to serve: \(why)")
            }
        }
        return .holds
    }

    /// A write through each is read back through another one.
    func writable(_ servers: [ServerName]) async throws(AccessError) -> ConditionVerdict {
        for (index, writer) in servers.enumerated() {
            let reader = servers[(index + 1) % servers.count]
            do throws(AccessError) {
                _ = try await control.probeWrite(
                    through: writer, readThrough: reader, under: context.mutation("writable"))
            } catch {
                guard error.code == .notServing || error.code == .refused else { throw error }
                return .unmet("wanted a write through \(writer) to be read through \(reader): \(error.message)")
            }
        }
        return .holds
    }

    /// No election, no change of mode, no new epoch and the same processes for `duration`.
    func stable(_ duration: Duration, _ servers: [ServerName]) async throws(AccessError) -> ConditionVerdict {
        let begin = context.world.monotonic()
        let first = try await pulses(servers)
        if let idle = servers.first(where: { !(first[$0]?.mode.serves ?? false) }) {
            return .unmet("wanted \(list(servers)) to be stable, \(idle) is \(first[idle].map(inWords) ?? "unknown")")
        }
        let oldest = servers.compactMap { first[$0]?.version ?? context.expectedVersion($0) }.min()
        let epoch = first.values.compactMap { $0.zxid?.epoch }.max()
        var pace = Pace(version: oldest)
        while context.world.monotonic() - begin < duration {
            do throws(ExecutionError) {
                try context.checkStop(canStopHere: true)
                try await context.pause(pace.interval())
            } catch {
                throw AccessError(.cancelled, host: servers.first?.host ?? "", error.message)
            }
            let now = try await pulses(servers)
            let after = (context.world.monotonic() - begin).inWords
            for server in servers {
                guard let then = first[server], let pulse = now[server] else { continue }
                if let change = change(from: then, to: pulse, epoch) {
                    return .unmet(
                        "wanted \(list(servers)) to be stable for \(duration.inWords), after \(after) \(server) \(change)"
                    )
                }
            }
        }
        return .holds
    }

    /// - Parameter epoch: the newest at the beginning; a follower that had seen no transaction of it then may only now show it.
    private func change(from then: ServerPulse, to now: ServerPulse, _ epoch: Epoch?) -> String? {
        if then.process != now.process { return "was another process" }
        if then.mode != now.mode { return "went from \(then.mode.rawValue) to \(now.mode.rawValue)" }
        if let epoch, let new = now.zxid?.epoch, new > epoch { return "went from epoch \(epoch) to \(new)" }
        return nil
    }
}
