import EnsembleAccess
import EnsembleModel

/// A row a server: first what it is and how it can be reached, then how busy it is and what lies on its disks.
struct StatusTable {
    let status: EnsembleStatus

    /// Those that tell the servers apart stay in the table even where all say the same.
    private static let kept: Set<String> = ["server", "mode", "myid", "zxid"]

    var table: TextTable {
        var table = TextTable(columns: [
            "server", "address", "mode", "myid", "version", "epoch", "zxid", "lag", "synced", "client", "quorum",
            "election", "znodes", "connections", "outstanding", "latency", "snapshot", "age", "data", "logs", "room",
            "source",
        ])
        table.rows = status.servers.map { self.role($0) + load($0) }
        return table
    }

    /// As lines for a terminal. Where the whole table is too wide, columns that say the same of every server are told once, above;
    /// what is still too wide goes into a second table below the first.
    /// - Parameter width: nil for no limit.
    func text(_ palette: Palette, width: Int?) -> [String] {
        guard let width, table.width > width else { return table.text(palette) }
        let (narrow, alike) = folded
        var lines: [String] = []
        if !alike.isEmpty {
            let text = "everywhere: " + alike.map { "\($0.column) \($0.text)" }.joined(separator: ", ")
            lines += wrapped(text, to: width).map { palette.text($0, .faint) } + [""]
        }
        for (number, part) in narrow.parts(width: width).enumerated() {
            lines += (number > 0 ? [""] : []) + part.text(palette)
        }
        return lines
    }

    /// The table without the columns that say nothing, or the same of every server that runs and can be seen.
    private var folded: (TextTable, alike: [(column: String, text: String)]) {
        let table = table
        var alike: [(column: String, text: String)] = []
        var columns: [Int] = []
        let telling = status.servers.indices.filter {
            status.servers[$0].failure == nil && status.servers[$0].running != false
        }
        for (index, column) in table.columns.enumerated() {
            let cells = table.rows.map { $0[index] }
            if !Self.kept.contains(column) {
                if cells.allSatisfy({ $0.text == "-" }) { continue }
                let texts = Set(telling.map { cells[$0].text })
                let isQuiet = cells.allSatisfy { $0.paint == .plain || $0.paint == .faint }
                if telling.count > 1, isQuiet, let text = texts.first, texts.count == 1 {
                    if text != "-" { alike.append((column, text)) }
                    continue
                }
            }
            columns.append(index)
        }
        return (table.columns(columns), alike)
    }

    private func role(_ server: ServerStatus) -> [TextTable.Cell] {
        let paint = paint(server)
        let mode = server.mode.map { TextTable.Cell($0.rawValue, RunView.paint($0)) } ?? .init("unknown", .bad)
        return [
            .init(server.server.description, paint), .init(server.address, paint), mode, Self.myid(server, paint),
            known(server.version?.description, paint), known(server.epoch?.description, paint),
            known(server.zxid?.description, paint), known(status.lag(of: server).map(String.init), paint),
            known(server.pulse?.syncedFollowers.map(String.init), paint),
        ] + PortKind.allCases.map { Self.cell(server.ports[$0]) }
    }

    private func load(_ server: ServerStatus) -> [TextTable.Cell] {
        let paint = paint(server)
        return [
            known(server.pulse?.znodes.map(String.init), paint),
            known(server.pulse?.connections.map(String.init), paint),
            known(server.pulse?.outstanding.map(String.init), paint),
            known(server.pulse?.latencyMilliseconds.map { "\(Amounts.decimal($0, places: 1)) ms" }, paint),
            known(server.facts?.snapshotSize.map(Amounts.bytes), paint),
            known(server.facts?.snapshotAge.map(Amounts.age), paint),
            known(server.facts?.dataSize.map(Amounts.bytes), paint),
            known(server.facts?.logSize.map(Amounts.bytes), paint),
            known(server.room.map(Amounts.bytes), paint), .init(Self.name(server.pulse?.source), .faint),
        ]
    }

    private func paint(_ server: ServerStatus) -> Paint { server.running == false ? .faint : .plain }

    private func known(_ text: String?, _ paint: Paint) -> TextTable.Cell { .init(text ?? "-", paint) }

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
}
