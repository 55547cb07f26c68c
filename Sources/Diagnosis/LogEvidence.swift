/// What a server's log says since the current term began, or in its last megabytes where no term holds.
package struct LogEvidence: Sendable, Hashable {
    package struct Line: Sendable, Hashable {
        /// Its place among the lines that were found.
        package var number: Int
        /// With the first line of an exception that follows it; cut at 400 characters.
        package var text: String

        package init(number: Int, text: String) {
            self.number = number
            self.text = text
        }

        /// Seconds since 1970 as if the log's local time were UTC; only differences mean something.
        package var time: Double? { LogTime.seconds(text) }
    }

    package var path: String?
    /// Bytes as the directory shows them, and bytes that the file really takes: one that was truncated while a process wrote to it
    /// is mostly a hole.
    package var size: Int?
    package var bytesOnDisk: Int?
    /// How many lines matched.
    package var counts: [LogPattern: Int]
    /// The first three and the last twelve lines of each.
    package var lines: [LogPattern: [Line]]
    /// The host's local time when the log was read, as ``Line/time``.
    package var readAt: Double?

    package init(
        path: String? = nil, size: Int? = nil, bytesOnDisk: Int? = nil, counts: [LogPattern: Int] = [:],
        lines: [LogPattern: [Line]] = [:], readAt: Double? = nil
    ) {
        self.path = path
        self.size = size
        self.bytesOnDisk = bytesOnDisk
        self.counts = counts
        self.lines = lines
        self.readAt = readAt
    }

    package func count(_ pattern: LogPattern) -> Int { counts[pattern] ?? 0 }
    package func has(_ pattern: LogPattern) -> Bool { count(pattern) > 0 }
    package subscript(pattern: LogPattern) -> [Line] { lines[pattern] ?? [] }

    /// Lines of several kinds in the log's order.
    func inOrder(_ patterns: LogPattern...) -> [Line] {
        patterns.flatMap { self[$0] }.sorted { $0.number < $1.number }
    }

    /// Lines not older than this. What happened long ago is no finding, though the log still tells of it.
    func recent(_ pattern: LogPattern, seconds: Double) -> [Line] {
        guard let readAt else { return self[pattern] }
        return self[pattern].filter { line in line.time.map { readAt - $0 <= seconds } ?? false }
    }

    /// The newest lines as evidence.
    func quoted(_ pattern: LogPattern, last: Int = 2) -> [String] { self[pattern].suffix(last).map(\.text) }
}

enum LogTime {
    /// Reads `2026-11-21 12:00:00`, with a T for the blank and with milliseconds too, at the start of a line.
    static func seconds(_ text: some StringProtocol) -> Double? {
        let parts = text.prefix(23).split { !($0.isASCII && $0.isNumber) }
        guard parts.count >= 6, text.first?.isNumber == true, parts[0].count == 4 else { return nil }
        let numbers = parts.prefix(6).compactMap { Int($0) }
        guard numbers.count == 6 else { return nil }
        let milliseconds = parts.count > 6 && parts[6].count == 3 ? Double(Int(parts[6]) ?? 0) / 1000 : 0
        let days = days(year: numbers[0], month: numbers[1], day: numbers[2])
        return Double(days * 86_400 + numbers[3] * 3600 + numbers[4] * 60 + numbers[5]) + milliseconds
    }

    /// Days since 1970-01-01 in the Gregorian calendar.
    static func days(year: Int, month: Int, day: Int) -> Int {
        // Years begin in March, so that the leap day comes last.
        let year = month > 2 ? year : year - 1
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// `2026-11-21`
    static func date(_ seconds: Double) -> String {
        let days = Int((seconds / 86_400).rounded(.down)) + 719_468
        let era = days / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shifted + 2) / 5 + 1
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(year)-\(two(month))-\(two(day))"
    }
}
