import EnsembleModel

/// Rows in columns, for people: aligned for a terminal, or as a Markdown table.
package struct TextTable: Sendable {
    package struct Cell: Sendable {
        package var text: String
        package var paint: Paint

        package init(_ text: String, _ paint: Paint = .plain) {
            self.text = safeForTerminal(text)
            self.paint = paint
        }
    }

    package var columns: [String]
    package var rows: [[Cell]]

    package init(columns: [String], rows: [[Cell]] = []) {
        self.columns = columns
        self.rows = rows
    }

    /// Two spaces between columns, the names above in capitals.
    package func text(_ palette: Palette) -> [String] {
        let widths = widths
        let header = columns.map { Cell($0.uppercased(), .faint) }
        return ([header] + rows).map { row in
            var line = StyledLine()
            for (cell, width) in zip(row, widths) { line.add(padded(cell.text, to: width) + "  ", cell.paint) }
            return line.rendered(palette)
        }
    }

    private var widths: [Int] {
        columns.indices.map { column in
            ([columns[column]] + rows.map { $0[column].text }).map { displayWidth($0) }.max() ?? 0
        }
    }

    /// Columns of a terminal that the lines take.
    package var width: Int { widths.reduce(-2) { $0 + $1 + 2 } }

    /// The table with these of its columns only, in this order.
    package func columns(_ chosen: [Int]) -> TextTable {
        TextTable(columns: chosen.map { columns[$0] }, rows: rows.map { row in chosen.map { row[$0] } })
    }

    /// As several tables, each of at most `width` columns of a terminal where its own columns allow that, and each beginning
    /// with this one's first column.
    package func parts(width: Int) -> [TextTable] {
        let widths = widths
        var parts: [[Int]] = []
        var used = 0
        for column in columns.indices.dropFirst() {
            if parts.isEmpty || used + 2 + widths[column] > width {
                parts.append([0])
                used = widths[0]
            }
            parts[parts.count - 1].append(column)
            used += 2 + widths[column]
        }
        return parts.map { columns($0) }
    }

    package var markdown: [String] {
        let rule = "|" + columns.map { _ in " --- |" }.joined()
        return [Self.markdownRow(columns), rule] + rows.map { Self.markdownRow($0.map(\.text)) }
    }

    private static func markdownRow(_ texts: [String]) -> String {
        "|" + texts.map { " \(Markdown.escaped($0)) |" }.joined()
    }
}
