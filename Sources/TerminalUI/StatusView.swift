package import EnsembleAccess
import EnsembleModel

/// An ensemble's status as text, Markdown or JSON.
package struct StatusView: Sendable {
    private let status: EnsembleStatus

    package init(_ status: EnsembleStatus) { self.status = status }

    // MARK: For people

    /// - Parameter width: of the terminal; nil for one row a server, however long.
    package func text(_ palette: Palette, width: Int?) -> String {
        lines(palette, width: width, cutsHeadline: false).joined(separator: "\n") + "\n"
    }

    /// - Parameter cutsHeadline: for a view that is repainted, where no line may be wider than the terminal.
    func lines(_ palette: Palette, width: Int?, cutsHeadline: Bool) -> [String] {
        var lines = [headline.rendered(palette, width: cutsHeadline ? width : nil), ""]
        lines += table.text(palette, width: width)
        let remarks = remarks
        if !remarks.isEmpty { lines.append("") }
        for remark in remarks {
            let whole = "\(remark.server): \(remark.text)"
            let pieces = if let width { wrapped(whole, to: width) } else { [whole] }
            for (number, piece) in pieces.enumerated() {
                let name = number == 0 ? "\(remark.server):" : ""
                var line = StyledLine(name, .strong)
                line.add(String(piece.dropFirst(name.count)), remark.isFailure ? .bad : .caution)
                lines.append(line.rendered(palette))
            }
        }
        return lines
    }

    package var markdown: String {
        let title = headline.rendered(Palette(colour: false))
        var lines = ["## \(markdownText(title))", ""] + table.table.markdown
        let remarks = remarks
        if !remarks.isEmpty {
            lines.append("")
            lines += remarks.map { "- **\(markdownText($0.server))**: \(markdownText($0.text))" }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private var headline: StyledLine {
        var line = StyledLine(safeForTerminal(status.ensemble), .strong)
        line.add(": ")
        switch (status.quorum, status.leader) {
        case (true, let leader?): line.add("a quorum serves, led by \(safeForTerminal(leader.description))", .good)
        case (true, nil): line.add("a quorum serves", .good)
        case (false, _): line.add("no quorum was seen to serve", .bad)
        }
        let unseen = status.servers.count { $0.failure != nil }
        if unseen > 0 { line.add("; \(counted(unseen, "server")) can't be looked at", .bad) }
        if status.leaders.count > 1 {
            let names = status.leaders.map(\.description).joined(separator: ", ")
            line.add("; \(status.leaders.count) servers say they lead: \(safeForTerminal(names))", .caution)
        }
        return line
    }

    private var table: StatusTable { StatusTable(status: status) }

    private struct Remark {
        var server: String
        var text: String
        var isFailure: Bool
    }

    private var remarks: [Remark] {
        var remarks: [Remark] = []
        for server in status.servers {
            let name = safeForTerminal(server.server.description)
            if let failure = server.failure {
                remarks.append(Remark(server: name, text: safeForTerminal(failure.message), isFailure: true))
            } else if let remark = server.remark {
                remarks.append(Remark(server: name, text: safeForTerminal(remark), isFailure: false))
            }
            if server.facts?.electionListener == .dead {
                let text = "its election listener is dead: it serves, and nobody can join through it (ZOOKEEPER-2186)"
                remarks.append(Remark(server: name, text: text, isFailure: true))
            }
        }
        return remarks
    }

    // MARK: For programs

    /// A value that is not known is null.
    package var json: String {
        JSONText.object([
            "version": .integer(1), "ensemble": .string(status.ensemble), "quorum": .bool(status.quorum),
            "leader": .described(status.leader), "servers": .array(status.servers.map(json)),
        ]).document
    }

    private func json(_ server: ServerStatus) -> JSONText {
        let ports = PortKind.allCases.map { kind in
            JSONText.Member(name: kind.rawValue, value: .optional(server.ports[kind]) { .string($0.rawValue) })
        }
        return .object([
            "server": .string(server.server.description), "address": .string(server.address),
            "running": .optional(server.running, JSONText.bool),
            "mode": .optional(server.mode) { .string($0.rawValue) },
            "myid": .optional(server.myid) { .integer($0.rawValue) }, "version": .described(server.version),
            "zxid": .described(server.zxid), "lag": .optional(status.lag(of: server), JSONText.integer),
            "epoch": .optional(server.epoch) { .integer(Int($0.rawValue)) },
            "myid_file": .optional(server.facts?.myid) { .integer($0.rawValue) },
            "synced_followers": .optional(server.pulse?.syncedFollowers, JSONText.integer),
            "znodes": .optional(server.pulse?.znodes, JSONText.integer),
            "connections": .optional(server.pulse?.connections, JSONText.integer),
            "outstanding": .optional(server.pulse?.outstanding, JSONText.integer),
            "latency_ms": .optional(server.pulse?.latencyMilliseconds, JSONText.number),
            "snapshot_bytes": .optional(server.facts?.snapshotSize, JSONText.integer),
            "snapshot_age_s": .optional(server.facts?.snapshotAge, JSONText.integer),
            "data_bytes": .optional(server.facts?.dataSize, JSONText.integer),
            "data_room": .optional(server.facts?.dataRoom, JSONText.integer),
            "log_bytes": .optional(server.facts?.logSize, JSONText.integer),
            "log_room": .optional(server.facts?.logRoom, JSONText.integer), "ports": .object(ports),
            "source": .string(server.pulse?.source.jsonName ?? "none"), "remark": .described(server.remark),
            "election_listener": .optional(server.facts?.electionListener) { .string($0.rawValue) },
            "error": .described(server.failure?.message),
        ])
    }
}
