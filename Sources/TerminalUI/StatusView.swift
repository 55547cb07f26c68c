package import EnsembleAccess
import EnsembleModel

/// An ensemble's status as text, Markdown or JSON.
package struct StatusView: Sendable {
    private let status: EnsembleStatus

    package init(_ status: EnsembleStatus) { self.status = status }

    // MARK: For people

    package func text(_ palette: Palette) -> String {
        var lines = [headline(palette), ""]
        lines += table.text(palette)
        let remarks = remarks
        if !remarks.isEmpty {
            lines.append("")
            lines += remarks.map { remark in
                var line = StyledLine("\(remark.server): ", .strong)
                line.add(remark.text, remark.isFailure ? .bad : .caution)
                return line.rendered(palette)
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    package var markdown: String {
        let plain = Palette(colour: false)
        var lines = ["## \(markdownText(headline(plain)))", ""] + table.markdown
        let remarks = remarks
        if !remarks.isEmpty {
            lines.append("")
            lines += remarks.map { "- **\(markdownText($0.server))**: \(markdownText($0.text))" }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func headline(_ palette: Palette) -> String {
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
        return line.rendered(palette)
    }

    private var table: TextTable {
        var table = TextTable(columns: [
            "server", "address", "mode", "myid", "version", "epoch", "zxid", "lag", "synced", "znodes", "connections",
            "outstanding", "latency", "data", "room", "client", "quorum", "election", "source",
        ])
        table.rows = status.servers.map { server in
            let mode = server.mode.map { TextTable.Cell($0.rawValue, RunView.paint($0)) } ?? .init("unknown", .bad)
            let paint: Paint = server.running == false ? .faint : .plain
            let known = { (text: String?) in TextTable.Cell(text ?? "-", paint) }
            return [
                .init(server.server.description, paint), .init(server.address, paint), mode, Self.myid(server, paint),
                known(server.version?.description), known(server.epoch?.description), known(server.zxid?.description),
                known(status.lag(of: server).map(String.init)),
                known(server.pulse?.syncedFollowers.map(String.init)), known(server.pulse?.znodes.map(String.init)),
                known(server.pulse?.connections.map(String.init)),
                known(server.pulse?.outstanding.map(String.init)),
                known(server.pulse?.latencyMilliseconds.map { "\(Amounts.decimal($0, places: 1)) ms" }),
                known(server.facts?.dataSize.map(Amounts.bytes)), known(server.facts?.dataRoom.map(Amounts.bytes)),
            ] + PortKind.allCases.map { Self.cell(server.ports[$0]) }
                + [.init(Self.name(server.pulse?.source), .faint)]
        }
        return table
    }

    private static func cell(_ state: PortState?) -> TextTable.Cell {
        guard let state else { return .init("-", .faint) }
        return switch state {
        case .open: .init("open")
        case .closed: .init("closed", .faint)
        case .filtered: .init("filtered", .caution)
        case .stuck: .init("stuck", .bad)
        }
    }

    /// What the process runs as, and what the file says where that differs.
    private static func myid(_ server: ServerStatus, _ paint: Paint) -> TextTable.Cell {
        guard let file = server.facts?.myid, let loaded = server.facts?.loadedMyid, loaded != file else {
            return .init(server.myid?.description ?? "-", paint)
        }
        return .init("\(loaded) (file: \(file))", .bad)
    }

    private static func name(_ source: ServerPulse.Source?) -> String {
        switch source {
        case .srvr: "srvr"
        case .adminServer: "AdminServer"
        case .log: "log"
        case .some(.none), nil: "-"
        }
    }

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
            } else if let remark = server.pulse?.remark {
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
            "data_bytes": .optional(server.facts?.dataSize, JSONText.integer),
            "data_room": .optional(server.facts?.dataRoom, JSONText.integer), "ports": .object(ports),
            "source": .string(server.pulse?.source.jsonName ?? "none"), "remark": .described(server.pulse?.remark),
            "election_listener": .optional(server.facts?.electionListener) { .string($0.rawValue) },
            "error": .described(server.failure?.message),
        ])
    }
}
