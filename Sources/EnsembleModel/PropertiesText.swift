/// The text of a Java `.properties` file, such as zoo.cfg and log4j.properties, read as `java.util.Properties.load`
/// reads it, and edited without loss: whatever an edit does not concern stays byte for byte as it was.
///
/// Where a key is assigned more than once the last assignment is the effective one, silently, in Java as here.
package struct PropertiesText: Sendable, Hashable, CustomStringConvertible {
    /// One assignment as it stands in the text, effective or not.
    package struct Assignment: Sendable, Hashable {
        package var key: String
        package var value: String
        /// The first line of it, counted from 1.
        package var line: Int
    }

    var lines: [PropertiesLine]

    package init(_ text: String) {
        lines = PropertiesReader.lines(of: Array(text.unicodeScalars))
    }

    /// Byte for byte what it was made from, as long as nothing was edited.
    package var text: String {
        var scalars = String.UnicodeScalarView()
        for line in lines { scalars.append(contentsOf: line.raw) }
        return String(scalars)
    }

    package var description: String { text }

    /// The effective value, unescaped, blanks at its end included as Java keeps them.
    package subscript(key: String) -> String? { effective(key).map { $0.property.value } }

    /// Each key once, unescaped, in the order of the effective lines.
    package var keys: [String] { effectiveAssignments.map(\.key) }

    /// Of each key the last, in the order of the text.
    package var effectiveAssignments: [Assignment] {
        var seen: Set<String> = []
        return assignments.reversed().filter { seen.insert($0.key).inserted }.reversed()
    }

    package var assignments: [Assignment] {
        numbered.compactMap { number, line in
            line.property.map { Assignment(key: $0.key, value: $0.value, line: number) }
        }
    }

    /// Keys that are assigned more than once, with the lines of their assignments, in the order of the first.
    package var duplicates: [(key: String, lines: [Int])] {
        var lines: [String: [Int]] = [:]
        var order: [String] = []
        for assignment in assignments {
            if lines[assignment.key] == nil { order.append(assignment.key) }
            lines[assignment.key, default: []].append(assignment.line)
        }
        return order.compactMap { key in lines[key].flatMap { $0.count > 1 ? (key, $0) : nil } }
    }

    /// Where the effective assignment begins, counted from 1.
    package func line(of key: String) -> Int? {
        effective(key).map { place in lines[..<place.index].reduce(1) { $0 + $1.physicalLines.count } }
    }

    /// Lines with a `\u` that is not followed by four hexadecimal digits: Java refuses the whole file.
    package var malformedLines: [Int] {
        numbered.filter { $0.line.property?.escapesAreValid == false }.map(\.number)
    }

    func effective(_ key: String) -> (index: Int, property: PropertiesLine.Property)? {
        for index in lines.indices.reversed() {
            if let property = lines[index].property, property.key == key { return (index, property) }
        }
        return nil
    }

    private var numbered: [(number: Int, line: PropertiesLine)] {
        var number = 1
        return lines.map { line in
            defer { number += line.physicalLines.count }
            return (number, line)
        }
    }
}

/// Whether a key matches a pattern in which `*` stands for any run of characters.
package func keyMatches(_ key: String, _ pattern: String) -> Bool {
    guard pattern.contains("*") else { return key == pattern }
    let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
    guard key.hasPrefix(parts[0]) else { return false }
    var rest = key.dropFirst(parts[0].count)
    for part in parts.dropFirst().dropLast() where !part.isEmpty {
        guard let end = endOfFirst(part, in: rest) else { return false }
        rest = rest[end...]
    }
    return rest.hasSuffix(parts[parts.count - 1])
}

private func endOfFirst(_ part: Substring, in text: Substring) -> String.Index? {
    var start = text.startIndex
    while start <= text.endIndex {
        if text[start...].hasPrefix(part) { return text.index(start, offsetBy: part.count) }
        guard start < text.endIndex else { return nil }
        start = text.index(after: start)
    }
    return nil
}
