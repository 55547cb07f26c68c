import EnsembleAccess
import EnsembleModel
import PlanLanguage
import Synchronization

/// `clear_data`, `copy_data`, `persist_znodes`, `reconfig`, `run` and `sysctl`.
extension ActionPerformer {
    func clearData(_ server: ServerName) async throws(ExecutionError) -> ActionResult {
        try begin(ActionIntent(changes: true))
        let change = try await self.change { () async throws(AccessError) in
            try await control.clearData(server, under: mutation)
        }
        return ActionResult(change: change)
    }

    func copyData(_ source: ServerName, _ target: ServerName) async throws(ExecutionError) -> ActionResult {
        let pulse = try await look { () async throws(AccessError) in try await sight.pulse(source) }
        let files = try await look { () async throws(AccessError) in try await control.dataSummary(source) }
        let facts = try await look { () async throws(AccessError) in
            (try await control.observe(source, files: []), try await control.observe(target, files: []))
        }
        if earlier == nil, let missing = DataRoom.missing(from: facts.0, to: facts.1) {
            throw ExecutionError(
                .noRoom, "\(target) has no room for the data of \(source): \(missing).", remedy: "Make room first.",
                server: target)
        }
        try begin(
            ActionIntent(
                changes: true, process: pulse.process, wasRunning: pulse.process != nil,
                zxid: pulse.zxid ?? facts.0.zxid, source: files, znodes: pulse.znodes, ephemerals: pulse.ephemerals))
        let progress = CopyReport(action: action.id, report: context.report, monotonic: context.world.monotonic)
        let change = try await self.change { () async throws(AccessError) in
            try await control.copyData(from: source, to: target, under: mutation) { done, all in
                progress.send(done, all)
            }
        }
        try await arrived(earlier?.intent.source ?? files, source, target)
        return ActionResult(change: change)
    }

    /// Counts once more what is there, by another way than the copy counted: a list of files that was wrong from the start is copied
    /// without an error. Autopurge at the source may have made its files fewer, but never none.
    private func arrived(
        _ files: DataSummary, _ source: ServerName, _ target: ServerName
    ) async throws(ExecutionError) {
        let there = try await look { () async throws(AccessError) in try await control.dataSummary(target) }
        for (kind, wanted, found) in [
            ("snapshots", files.snapshots, there.snapshots), ("transaction logs", files.logs, there.logs),
        ] where wanted > 0 && found == 0 {
            throw ExecutionError(
                .actionFailed, "\(source) has \(wanted) \(kind), and after the copy \(target) has none.",
                remedy: "Do not start \(target). Roll the run back, and see what the data directories of both hold.",
                server: target)
        }
    }

    func persist(_ through: ServerName, _ from: String, _ under: String?) async throws(ExecutionError) -> ActionResult {
        let wanted = try await look { () async throws(AccessError) in
            try await control.znodesToPersist(from: from, to: under, through: through)
        }
        try begin(ActionIntent(changes: true, paths: wanted))
        let paths = try await change { () async throws(AccessError) in
            try await control.persistZnodes(from: from, to: under, through: through, under: mutation)
        }
        return ActionResult(change: paths.isEmpty ? .already : .changed, paths: paths)
    }

    func reconfig(_ through: ServerName, _ add: [String], _ remove: [ServerID]) async throws(ExecutionError)
        -> ActionResult
    {
        let removed = try await look { () async throws(AccessError) in
            let loaded = try await sight.loaded(through, process: try await sight.pulse(through).process)
            var lines: [String] = []
            for id in remove {
                guard var member = loaded.members[id] else { continue }
                if member.clientPort == nil { try await addClientPort(to: &member, id) }
                lines.append("\(id)=\(member.text)")
            }
            return lines
        }
        try begin(ActionIntent(changes: true, removedMembers: removed))
        let change = try await self.change { () async throws(AccessError) in
            try await control.reconfig(add: add, remove: remove, through: through, under: mutation)
        }
        return ActionResult(change: change)
    }

    /// A line without a client port is of a static configuration, where `clientPort` stands by itself. To bring the member back, the line
    /// has to have one (zookeeperReconfig.md, "Specifying the client port").
    private func addClientPort(to member: inout MemberAddress, _ id: ServerID) async throws(AccessError) {
        for place in context.plan.inventory.orderedPlaces
        where [place.quorumAddress, place.address, place.name.host].contains(member.host) {
            let facts = try await control.observe(place.name, files: [])
            guard facts.myid == id, let own = facts.config.map({ ZooConfig($0) }) else { continue }
            (member.clientPort, member.clientAddress) = (own.clientPort, own.clientPortAddress)
        }
    }

    func command(_ command: CommandOperation) async throws(ExecutionError) -> ActionResult {
        if try await isDone(command) {
            return try begin(ActionIntent(changes: false), then: ActionResult(change: .already))
        }
        // A secret that is missing is found before the journal says that anything may have run.
        let remote = try context.world.hostCommand(command, command.script)
        try await confirmSecondTime(command)
        try begin(ActionIntent(changes: true))
        let result = try await look { () async throws(AccessError) in try await control.run(remote, under: mutation) }
        guard result.exitCode == 0 else {
            throw ExecutionError(
                .actionFailed,
                "On \(command.host), \(command.title) exited with \(result.exitCode)\(result.said).",
                remedy: "Mend the cause, then resume the run; or roll it back.")
        }
        if command.check != nil, try await !isDone(command) {
            throw ExecutionError(
                .actionFailed,
                "On \(command.host), \(command.title) succeeded, and its check says that it is not done.",
                remedy: "Mend the command or its check, then resume the run.")
        }
        return ActionResult(change: .changed)
    }

    /// Without a check nothing tells whether a command that was cut off has run, or still runs; so it is not simply run again.
    private func confirmSecondTime(_ command: CommandOperation) async throws(ExecutionError) {
        guard let earlier, earlier.intent.changes, earlier.result == nil, command.check == nil,
            earlier.failure == nil || earlier.failure?.code != .actionFailed
        else { return }
        let question =
            "\(command.title) was begun on \(command.host) when the run ended, and has no check that tells what came of it."
            + " Run it again?"
        context.report.waiting(action.id, [], for: question)
        guard !context.options.assumeYes, await !context.options.confirm(question) else { return }
        throw ExecutionError(
            .declined, "Not run again: \(question)",
            remedy: "Look at \(command.host); when it may be run again, resume the run and say so, or give --yes.")
    }

    private func isDone(_ command: CommandOperation) async throws(ExecutionError) -> Bool {
        guard let check = command.check else { return false }
        let remote = try context.world.hostCommand(command, check)
        return try await look { () async throws(AccessError) in try await control.check(remote).exitCode == 0 }
    }
}

extension HostCommandResult {
    /// What a failed command said, for the end of a sentence.
    var said: String {
        let text = [errors, output].first { !$0.isEmpty } ?? ""
        return text.isEmpty ? "" : ": " + text.prefix(400).split(whereSeparator: \.isNewline).joined(separator: " / ")
    }
}

/// Whether a copy fits.
enum DataRoom {
    /// What a log grows by at once (preAllocSize).
    static let reserve = 64 << 20

    /// - Returns: what is missing, in words; nil where it fits or the sizes are not known.
    static func missing(from source: ServerFacts, to target: ServerFacts) -> String? {
        let (data, log) = (source.dataSize ?? 0, source.logSize ?? 0)
        if let room = target.dataRoom, let logRoom = target.logRoom, room == logRoom {
            // Equal to the byte: the same file system.
            return short(room, data + log, "dataDir and dataLogDir")
        }
        return target.dataRoom.flatMap { short($0, data, "dataDir") }
            ?? target.logRoom.flatMap { short($0, log, "dataLogDir") }
    }

    private static func short(_ room: Int, _ bytes: Int, _ place: String) -> String? {
        guard bytes > 0, room < bytes + reserve else { return nil }
        return "\(place) has \(room >> 20) MiB free, and \((bytes + reserve) >> 20) MiB are needed"
    }
}

/// Turns the progress of a copy into events, at most ten a second.
final class CopyReport: Sendable {
    private struct State {
        var began: Duration?
        var sent: Duration?
    }

    private let action: String
    private let report: RunReporter
    private let monotonic: @Sendable () -> Duration
    private let state = Mutex(State())

    init(action: String, report: RunReporter, monotonic: @escaping @Sendable () -> Duration) {
        self.action = action
        self.report = report
        self.monotonic = monotonic
    }

    func send(_ done: Int, _ all: Int) {
        let now = monotonic()
        let seconds: Double? = state.withLock { state in
            let began = state.began ?? now
            state.began = began
            guard done == all || state.sent.map({ now - $0 >= .milliseconds(100) }) ?? true else { return nil }
            state.sent = now
            return (now - began).inSeconds
        }
        guard let seconds else { return }
        let rate = seconds > 0 ? Double(done) / seconds : 0
        report.send(.copying(action: action, bytesDone: done, bytesInAll: all, bytesPerSecond: rate))
    }
}
