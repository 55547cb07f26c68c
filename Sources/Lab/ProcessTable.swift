import Glibc

/// A process as /proc shows it. `startTime` (clock ticks since boot, proc(5)) tells it from a later one of the same id.
package struct ProcessEntry: Sendable, Equatable {
    package var pid: Int32
    package var parent: Int32
    package var startTime: UInt64
    /// Dead, its last thread too, and only waiting for its parent to take the exit up. (The first thread of a killed
    /// JVM is often dead before the others, which still hold its files.)
    package var isZombie: Bool
    /// Empty for kernel threads and zombies.
    package var arguments: [String]

    /// The program's name without its directory; sshd writes `sshd: …` there.
    package var program: String {
        guard let first = arguments.first else { return "" }
        return String(first.split(separator: "/").last ?? "")
    }
}

/// Looks into /proc.
package enum ProcessTable {
    package static func all() -> [ProcessEntry] {
        LabFiles.names(in: "/proc").compactMap { Int32($0) }.compactMap(entry)
    }

    package static func entry(_ pid: Int32) -> ProcessEntry? {
        guard let status = LabFiles.textIfThere("/proc/\(pid)/stat"), let close = status.lastIndex(of: ")") else {
            return nil
        }
        // The fields after the name: state is the 3rd of proc(5), ppid the 4th, num_threads the 20th, starttime the 22nd.
        let fields = status[status.index(after: close)...].split(separator: " ")
        guard fields.count > 19, let parent = Int32(fields[1]), let startTime = UInt64(fields[19]) else { return nil }
        let line = LabFiles.textIfThere("/proc/\(pid)/cmdline") ?? ""
        return ProcessEntry(
            pid: pid, parent: parent, startTime: startTime,
            isZombie: (fields[0] == "Z" || fields[0] == "X") && (Int(fields[17]) ?? 0) <= 1,
            arguments: line.split(separator: "\0").map(String.init))
    }

    package static func isAlive(_ pid: Int32, startTime: UInt64) -> Bool {
        entry(pid).map { $0.startTime == startTime && !$0.isZombie } ?? false
    }

    /// Every process of the lab in `directory`, wherever it was started from: sshds with their whole families, JVMs
    /// and scripts whose command line names a path below it, and those recorded in the lab's state.
    static func ofLab(_ directory: String, recorded: [RecordedProcess]) -> [ProcessEntry] {
        let everything = all().filter { !$0.isZombie && $0.pid != getpid() }
        var chosen = Set(
            everything.filter { entry in
                recorded.contains { $0.pid == entry.pid && $0.startTime == entry.startTime }
                    || belongs(entry, to: directory)
            }.map(\.pid))
        var grown = true
        while grown {
            let children = everything.filter { chosen.contains($0.parent) && !chosen.contains($0.pid) }
            chosen.formUnion(children.map(\.pid))
            grown = !children.isEmpty
        }
        return everything.filter { chosen.contains($0.pid) }
    }

    /// Only servers, sshds and scripts: an editor or a zkops that was given a path in the lab is not the lab's.
    private static func belongs(_ entry: ProcessEntry, to directory: String) -> Bool {
        let ours =
            entry.program == "java" || entry.program == "bash" || entry.program == "sh"
            || entry.arguments.first?.hasPrefix("sshd:") == true || entry.program == "sshd"
        return ours && entry.arguments.contains { argument in argument.contains("\(directory)/") }
    }

    /// Kills and waits until all are gone.
    static func end(_ processes: [ProcessEntry], limit: Duration = .seconds(10)) async throws(LabError) {
        for process in processes where isAlive(process.pid, startTime: process.startTime) { kill(process.pid, SIGKILL) }
        let gone = await waitUntil(limit: limit, every: .milliseconds(5)) {
            !processes.contains { isAlive($0.pid, startTime: $0.startTime) }
        }
        guard gone else { throw LabError(.processFailed, "killed processes of the lab are still there; look at ps") }
    }
}

/// A process that the lab started and must find again.
package struct RecordedProcess: Sendable, Codable, Equatable {
    package var pid: Int32
    package var startTime: UInt64
    /// What it is for, such as `sessions`.
    package var purpose: String
}

/// Looks again and again until `condition` holds; false when `limit` passed or the task was cancelled.
package func waitUntil(
    limit: Duration, every pause: Duration, _ condition: () async -> Bool
) async -> Bool {
    let end = ContinuousClock.now + limit
    while true {
        if await condition() { return true }
        if ContinuousClock.now >= end { return false }
        do { try await Task.sleep(for: pause) } catch { return false }
    }
}

extension ProcessTable {
    /// Stops a process by SIGSTOP, and comes back when each of its threads has stopped: they do so one by one.
    static func pause(_ pid: Int32) async {
        guard kill(pid, SIGSTOP) == 0 else { return }
        _ = await waitUntil(limit: .seconds(5), every: .milliseconds(2)) {
            LabFiles.names(in: "/proc/\(pid)/task").allSatisfy { thread in
                let stat = LabFiles.textIfThere("/proc/\(pid)/task/\(thread)/stat") ?? ""
                // The state follows the name, which stands in parentheses and may hold any (proc(5)).
                return stat.isEmpty || stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].hasPrefix(") T")
            }
        }
    }
}
