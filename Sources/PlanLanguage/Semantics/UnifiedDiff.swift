/// The difference of two texts in the form of `diff -u`, with three lines around each change.
package enum UnifiedDiff {
    private static let context = 3

    /// Empty where the texts are the same, byte for byte.
    package static func make(old: String, new: String, oldName: String, newName: String) -> String {
        let (oldLines, newLines) = (lines(old), lines(new))
        let changes = LineChanges(old: oldLines, new: newLines)
        let hunks = hunks(changes)
        guard !hunks.isEmpty else { return "" }
        var text = "--- \(oldName)\n+++ \(newName)\n"
        for hunk in hunks { text += render(hunk, changes, oldLines, newLines) }
        return text
    }

    /// With their ends; only `\n` ends a line.
    private static func lines(_ text: String) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var line: [UInt8] = []
        for byte in text.utf8 {
            line.append(byte)
            if byte == UInt8(ascii: "\n") {
                lines.append(line)
                line = []
            }
        }
        if !line.isEmpty { lines.append(line) }
        return lines
    }

    /// Stretches of old and new lines with their changes in them.
    private struct Hunk {
        var old: Range<Int>
        var new: Range<Int>
    }

    private static func hunks(_ changes: LineChanges) -> [Hunk] {
        let (oldCount, newCount) = (changes.removed.count, changes.added.count)
        var hunks: [Hunk] = []
        var (old, new) = (0, 0)
        while old < oldCount || new < newCount {
            let start = (old: old, new: new)
            while old < oldCount, changes.removed[old] { old += 1 }
            while new < newCount, changes.added[new] { new += 1 }
            guard (old, new) != (start.old, start.new) else {
                (old, new) = (old + 1, new + 1)
                continue
            }
            let before = min(context, start.old, start.new)
            let after = min(context, oldCount - old, newCount - new)
            let hunk = Hunk(old: start.old - before..<old + after, new: start.new - before..<new + after)
            if let last = hunks.last, hunk.old.lowerBound <= last.old.upperBound,
                hunk.new.lowerBound <= last.new.upperBound
            {
                hunks[hunks.count - 1] = Hunk(
                    old: last.old.lowerBound..<hunk.old.upperBound, new: last.new.lowerBound..<hunk.new.upperBound)
            } else {
                hunks.append(hunk)
            }
        }
        return hunks
    }

    private static func render(_ hunk: Hunk, _ changes: LineChanges, _ oldLines: [[UInt8]], _ newLines: [[UInt8]])
        -> String
    {
        var text = "@@ -\(span(hunk.old)) +\(span(hunk.new)) @@\n"
        var (old, new) = (hunk.old.lowerBound, hunk.new.lowerBound)
        while old < hunk.old.upperBound || new < hunk.new.upperBound {
            if old < hunk.old.upperBound, changes.removed[old] {
                text += marked("-", oldLines[old])
                old += 1
            } else if new < hunk.new.upperBound, changes.added[new] {
                text += marked("+", newLines[new])
                new += 1
            } else {
                text += marked(" ", oldLines[old])
                (old, new) = (old + 1, new + 1)
            }
        }
        return text
    }

    private static func marked(_ sign: String, _ line: [UInt8]) -> String {
        let text = sign + String(decoding: line, as: UTF8.self)
        return line.last == UInt8(ascii: "\n") ? text : text + "\n\\ No newline at end of file\n"
    }

    /// `first,count`; a count of one is left out, and an empty span names the line before it.
    private static func span(_ lines: Range<Int>) -> String {
        if lines.count == 1 { return "\(lines.lowerBound + 1)" }
        return "\(lines.isEmpty ? lines.lowerBound : lines.lowerBound + 1),\(lines.count)"
    }
}
