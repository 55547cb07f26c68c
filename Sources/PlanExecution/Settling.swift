import EnsembleAccess
import EnsembleModel
import PlanLanguage

/// Waits until a started server is back: by its own word, by the one leader's, and by a write that is committed since and can be
/// read through it.
///
/// Its zxid proves nothing: a follower that has seen no transaction of the new epoch reports the old one. Nor does `ruok`.
struct Settling: Sendable {
    enum Look: Sendable, Equatable {
        case there
        /// What is still missing, in words.
        case missing(String)
        /// It won't get there.
        case failed(String)
    }

    /// One wait, from its beginning.
    private struct Wait {
        var server: ServerName
        var settle: Settle
        var began: Duration
        /// The process that is followed: one that ends has failed, whatever comes after it.
        var process: ProcessIdentity?
        var seenAt = Duration.zero
    }

    let context: ExecutionContext
    /// For how long a start may leave no process behind: its script forks before the server shows in /proc as such.
    static let graceToAppear = Duration.seconds(2)
    /// How old a process must be that says nothing at all, to count as running.
    static let graceToStay = Duration.seconds(1)

    /// - Returns: the process that was waited for.
    func settle(
        _ server: ServerName, _ settle: Settle, limit: Duration, action: String
    ) async throws(ExecutionError) -> ProcessIdentity? {
        if settle == .none { return try? await context.sight.pulse(server).process }
        let deadline = settle == .serving ? max(limit, try await leastLimit(server)) : limit
        var wait = Wait(server: server, settle: settle, began: context.world.monotonic())
        var pace = Pace(version: context.expectedVersion(server))
        var missing = "no process runs yet"
        var lastAnswer = wait.began
        while true {
            let now = context.world.monotonic()
            switch await caught({ () async throws(AccessError) in try await look(&wait, now) }) {
            case .success(.there): return wait.process
            case .success(.failed(let why)): throw await failure(server, why)
            case .success(.missing(let what)): (missing, lastAnswer) = (what, now)
            case .failure(let error):
                if now - lastAnswer >= ExecutionContext.patience { throw ExecutionError(error) }
                missing = error.description
            }
            context.report.waiting(action, [server], for: missing)
            if now - wait.began >= deadline { throw await timedOut(server, deadline, missing) }
            try context.checkStop(canStopHere: false)
            try await context.pause(pace.interval())
        }
    }

    /// Elections back off up to 60 s, and then the synchronization may take initLimit ticks.
    private func leastLimit(_ server: ServerName) async throws(ExecutionError) -> Duration {
        do throws(AccessError) {
            let process = try await context.sight.pulse(server).process
            return try await context.sight.loaded(server, process: process).joinLimit
        } catch {
            throw ExecutionError(error, doing: "the configuration of \(server) can't be read")
        }
    }

    private func look(_ wait: inout Wait, _ now: Duration) async throws(AccessError) -> Look {
        let pulse = try await context.sight.pulse(wait.server)
        let words = pulse.remark.map { ": \($0)" } ?? "."
        guard let process = pulse.process else {
            if wait.process != nil { return .failed("its process ended\(words)") }
            return now - wait.began < Self.graceToAppear
                ? .missing("no process runs yet") : .failed("its start left no process behind\(words)")
        }
        if wait.process == nil { (wait.process, wait.seenAt) = (process, now) }
        guard wait.process == process else {
            return .failed(
                "its process \(wait.process?.pid ?? 0) ended, and process \(process.pid) took its place\(words)")
        }
        if wait.settle == .running {
            let answers = pulse.source != .none || now - wait.seenAt >= Self.graceToStay
            return answers ? .there : .missing("the process runs, and does not answer yet")
        }
        let serves = try await serves(wait.server, pulse)
        guard serves == .there else { return serves }
        // Once more: a server that flaps serves for a moment only.
        let again = try await context.sight.pulse(wait.server)
        guard again.process == process else { return .failed("it served, and then its process ended\(words)") }
        return again.mode.serves ? .there : .missing("it served, and then was \(again.mode.rawValue) again")
    }

    /// Whether a server serves now, in the sense of `settle: serving`.
    func serves(_ server: ServerName, _ pulse: ServerPulse) async throws(AccessError) -> Look {
        guard pulse.process != nil else { return .missing("\(server) is stopped") }
        guard pulse.mode.serves else {
            return .missing("\(server) is \(pulse.mode.rawValue)\(pulse.remark.map { " (\($0))" } ?? "")")
        }
        let loaded = try await context.sight.loaded(server, process: pulse.process)
        if pulse.mode == .standalone {
            guard loaded.rule.participants.count <= 1 else {
                return .failed("it runs standalone, though its configuration names other servers.")
            }
            return try await probe(server, leader: server)
        }
        let view = await context.sight.members(of: loaded, in: LookRound([server: pulse]))
        let leaders = view.leaders
        guard leaders.count == 1, let leader = leaders[0].server, let leaderPulse = leaders[0].pulse else {
            let seen = leaders.isEmpty ? "no server of it leads" : leaders.map(\.inWords).joined(separator: ", ")
            return .missing("the ensemble of \(server) has not one leader: \(seen)")
        }
        if let counted = try await uncounted(leader, leaderPulse, view) { return counted }
        return try await probe(server, leader: leader)
    }

    /// The leader must count every follower that says it follows; on 3.4 it may count unlisted ones too, so more are no proof.
    private func uncounted(
        _ leader: ServerName, _ pulse: ServerPulse, _ view: EnsembleView
    ) async throws(AccessError) -> Look? {
        guard let counted = pulse.syncedFollowers else { return nil }
        let rule = try await context.sight.loaded(leader, process: pulse.process).rule
        let followers = view.serving.filter { $0.mode == .follower && rule.participants.contains($0.id) }
        guard counted < followers.count else { return nil }
        return .missing("the leader, \(leader), counts \(counted) synced followers of \(followers.count)")
    }

    /// A write through the leader, read through the server.
    private func probe(_ server: ServerName, leader: ServerName) async throws(AccessError) -> Look {
        do throws(AccessError) {
            _ = try await context.control.probeWrite(
                through: leader, readThrough: server, under: context.mutation("settle"))
            return .there
        } catch {
            guard error.code == .notServing else { throw error }
            return .missing("a write through \(leader) that can be read through \(server): \(error.message)")
        }
    }

    private func failure(_ server: ServerName, _ why: String) async -> ExecutionError {
        let end = (try? await context.control.lastWords(server)) ?? nil
        let stop = why.hasSuffix(".") ? "" : "."
        let words = end?.text.map { " Its log ends: \($0)" } ?? ""
        return ExecutionError(
            .actionFailed, "\(server) did not come back: \(why)\(stop)\(words)",
            remedy: "Read its log\(place(end)), mend the cause, then resume the run or roll it back.", server: server)
    }

    private func place(_ end: LastWords?) -> String { end.map { " (\($0.log) on its host)" } ?? "" }

    private func timedOut(_ server: ServerName, _ limit: Duration, _ missing: String) async -> ExecutionError {
        let end = (try? await context.control.lastWords(server)) ?? nil
        return ExecutionError(
            .settleTimedOut, "\(server) did not serve within \(limit.inWords); still missing: \(missing).",
            remedy: "Read its log\(place(end)) and the leader's, mend the cause, then resume the run or roll it back.",
            server: server)
    }
}
