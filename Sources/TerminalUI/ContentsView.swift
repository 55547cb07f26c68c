package import EnsembleAccess
import EnsembleModel

/// What fills a tree, as text, Markdown or JSON.
package struct ContentsView: Sendable {
    private let contents: TreeContents
    private let source: String
    private let summary: SnapshotReader.Summary?

    /// - Parameters:
    ///   - source: the snapshot's path, or the server's name.
    ///   - summary: of a snapshot.
    package init(_ contents: TreeContents, source: String, summary: SnapshotReader.Summary?) {
        self.contents = contents
        self.source = source
        self.summary = summary
    }

    // MARK: For people

    package func text(_ palette: Palette) -> String {
        var lines = [headline(palette), ""] + groups.text(palette)
        if let hidden { lines.append(palette.text(hidden, .faint)) }
        for (title, table) in stories {
            lines += ["", palette.text(title, .strong)] + table.text(palette)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    package var markdown: String {
        var lines = ["## \(Markdown.escaped(headline(Palette(colour: false))))", ""] + groups.markdown
        if let hidden { lines += ["", Markdown.escaped(hidden)] }
        for (title, table) in stories { lines += ["", "### \(Markdown.escaped(title))", ""] + table.markdown }
        return lines.joined(separator: "\n") + "\n"
    }

    private func headline(_ palette: Palette) -> String {
        var line = StyledLine(safeForTerminal(source), .strong)
        let all = contents.all
        line.add(
            ": \(counted(all.znodes, "znode")), \(Amounts.bytes(all.bytes)), \(Amounts.bytes(all.data)) of it data")
        line.add("; \(all.ephemerals) ephemeral")
        if let summary {
            line.add("; \(counted(summary.sessions, "session"))")
            line.add("; \(summary.isCompressed ? "compressed, " : "")the checksum is right", .good)
        }
        if contents.unreadable > 0 {
            line.add("; the children of \(counted(contents.unreadable, "znode")) may not be listed", .caution)
        }
        return line.rendered(palette)
    }

    private var shown: ArraySlice<TreeContents.Group> { contents.groups.prefix(max(1, contents.top)) }

    private var hidden: String? {
        let more = contents.groups.count - shown.count
        return more > 0 ? "and \(more) more paths; --top shows more" : nil
    }

    private var groups: TextTable {
        var table = TextTable(columns: ["bytes", "share", "data", "znodes", "ephemeral", "written", "path"])
        table.rows = shown.map { group in
            let share = Double(group.bytes) * 100 / Double(max(1, contents.all.bytes))
            let written = group.changedAt > 0 ? Amounts.timestamp(Double(group.changedAt) / 1000) : "-"
            return [
                .init(Amounts.bytes(group.bytes)), .init("\(Amounts.decimal(share, places: 1)) %"),
                .init(Amounts.bytes(group.data)), .init(String(group.znodes)), .init(String(group.ephemerals)),
                .init(written), .init(group.path ?? "(all others)", .strong),
            ]
        }
        return table
    }

    private var stories: [(String, TextTable)] {
        [
            ("The largest", Self.table(contents.largest)),
            ("Not written for the longest time", Self.table(contents.oldest)),
        ]
        .filter { !$0.1.rows.isEmpty }
    }

    private static func table(_ znodes: [ZnodeSize]) -> TextTable {
        TextTable(
            columns: ["data", "written", "kind", "path"],
            rows: znodes.map { znode in
                let written = znode.changedAt > 0 ? Amounts.timestamp(Double(znode.changedAt) / 1000) : "-"
                return [
                    .init(Amounts.bytes(znode.data)), .init(written), .init(znode.kind.name, .faint), .init(znode.path),
                ]
            })
    }

    // MARK: For programs

    package var json: String {
        JSONText.object([
            "version": .integer(1), "source": .string(source),
            "snapshot": .optional(summary) { summary in
                .object([
                    "bytes": .integer(summary.bytes), "sessions": .integer(summary.sessions),
                    "compressed": .bool(summary.isCompressed), "checksum": .string("right"),
                ])
            },
            "depth": .integer(contents.depth), "all": Self.json(contents.all),
            "unreadable": .integer(contents.unreadable), "paths": .array(shown.map(Self.json)),
            "largest": .array(contents.largest.map(Self.json)), "oldest": .array(contents.oldest.map(Self.json)),
        ]).document
    }

    private static func json(_ group: TreeContents.Group) -> JSONText {
        .object([
            "path": .described(group.path), "znodes": .integer(group.znodes), "ephemerals": .integer(group.ephemerals),
            "bytes": .integer(group.bytes), "data_bytes": .integer(group.data),
        ])
    }

    private static func json(_ znode: ZnodeSize) -> JSONText {
        .object([
            "path": .string(znode.path), "data_bytes": .integer(znode.data), "kind": .string(znode.kind.name),
            "created_at": .string(Amounts.timestamp(Double(znode.createdAt) / 1000)),
            "written_at": .string(Amounts.timestamp(Double(znode.changedAt) / 1000)),
        ])
    }
}

extension ZnodeKind {
    var name: String {
        switch self {
        case .persistent: "persistent"
        case .ephemeral: "ephemeral"
        case .container: "container"
        case .timed: "ttl"
        }
    }
}
