import EnsembleModel

/// Snapshots and transaction logs that nobody deletes, with the day when the disk will be full.
package enum DataGrowth: Incident {
    package static let definition = IncidentDefinition(
        code: "no-autopurge", title: "Data and transaction logs grow for ever",
        symptoms: "The disk fills, over weeks; in the end the leader can't write and the service stops.",
        recognised:
            "autopurge.purgeInterval, the number, bytes and ages of snapshots and transaction logs, free room: the bytes of the days "
            + "between the oldest and the newest file, continued.",
        why:
            "A server that can't write its transaction log stops; a snapshot cut short by a full disk keeps it from starting again.",
        remedy:
            "Delete old files with PurgeTxnLog (never by hand: the newest three snapshots need the logs from before them), then turn "
            + "autopurge on, which takes a restart.",
        plans: [.enableAutopurge])

    /// What autopurge would keep is three; so many more mean that nobody deletes.
    static let manySnapshots = 10

    package static func findings(in evidence: EnsembleEvidence) -> [Finding] {
        let servers = evidence.servers.filter {
            $0.host != nil && ($0.isRunning || evidence.missing.names.contains($0.server))
        }
        var findings: [Finding] = []
        let full = servers.filter { server in
            [server.host?.dataDisk, server.host?.logDisk].contains { disk in
                guard let disk, disk.total > 0 else { return false }
                return disk.free < max(disk.total / 50, 1 << 20)
            } || !server.log.recent(.diskFull, seconds: 3600).isEmpty
        }
        if !full.isEmpty {
            findings.append(
                definition.finding(
                    .critical, full.names, "The disk is full.",
                    evidence: full.flatMap { server in room(server) + server.log.quoted(.diskFull, last: 1) },
                    remedy:
                        "Make room now: PurgeTxnLog, then whatever else fills that file system. Then turn autopurge on.",
                    plan: .enableAutopurge, command: command(evidence)))
        }
        let growing = servers.filter { server in
            guard !full.names.contains(server.server), !purges(server), let host = server.host else { return false }
            return host.snapshots.count > manySnapshots || (daysLeft(server).map { $0 < 60 } ?? false)
        }
        if !growing.isEmpty {
            findings.append(
                definition.finding(
                    .warning, growing.names, "Nothing deletes old snapshots and transaction logs.",
                    evidence: growing.flatMap { files($0) + room($0) }, plan: .enableAutopurge,
                    command: command(evidence)))
        }
        return findings
    }

    /// As the plan has it: every hour, all but the three newest snapshots.
    private static func command(_ evidence: EnsembleEvidence) -> PlanCommand? {
        evidence.change([("autopurge.snapRetainCount", "3"), ("autopurge.purgeInterval", "1")])
    }

    private static func purges(_ server: ServerEvidence) -> Bool {
        (server.runningConfig?["autopurge.purgeInterval"].flatMap { Int($0) } ?? 0) > 0
    }

    private static func files(_ server: ServerEvidence) -> [String] {
        guard let host = server.host else { return [] }
        let (snapshots, logs) = (host.snapshots, host.transactionLogs)
        return [
            "\(server.server): autopurge.purgeInterval=\(server.runningConfig?["autopurge.purgeInterval"] ?? "0"); "
                + "\(Numbers.counted(snapshots.count, "snapshot")) of "
                + "\(Numbers.bytes(snapshots.map(\.bytesOnDisk).toldSum)), "
                + "\(Numbers.counted(logs.count, "transaction log")) of \(Numbers.bytes(logs.map(\.bytesOnDisk).toldSum))"
        ]
    }

    private static func room(_ server: ServerEvidence) -> [String] {
        guard let host = server.host else { return [] }
        var lines: [String] = []
        for (name, disk) in [("dataDir", host.dataDisk), ("dataLogDir", host.logDisk)] {
            guard let disk else { continue }
            var line =
                "\(server.server): \(name) on \(disk.mount) has \(Numbers.bytes(disk.free)) free of \(Numbers.bytes(disk.total))"
            if let days = daysLeft(server), days < 3650, let clock = host.clock {
                line += "; full on \(LogTime.date(Double(clock) + days * 86_400)) if it goes on so"
            }
            lines.append(line)
        }
        return lines.count == 2 && host.dataDisk == host.logDisk ? [lines[0]] : lines
    }

    /// From files of at least an hour: less tells nothing of days.
    static func daysLeft(_ server: ServerEvidence) -> Double? {
        guard let host = server.host, let clock = host.clock else { return nil }
        let files = host.snapshots + host.transactionLogs
        guard let oldest = files.map(\.changedAt).min(), clock - oldest >= 3600 else { return nil }
        let bytes = files.map(\.bytesOnDisk).toldSum
        let free = [host.dataDisk, host.logDisk].compactMap { $0?.free }.min() ?? .max
        guard bytes > 0, free < .max else { return nil }
        return Double(free) / (Double(bytes) / (Double(clock - oldest) / 86_400))
    }
}
