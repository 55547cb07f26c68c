import EnsembleModel

/// The course of an ensemble as a Mermaid Gantt chart, which GitHub and GitLab draw, and as a table.
///
/// Mermaid's time axis knows dates only, so a moment is a day, numbered by its place in the year. Text of plans stands only where
/// Mermaid takes anything but a colon, and is reduced to letters, digits and a few marks (mermaid, `gantt.jison`).
struct EnsemblePicture {
    let course: EnsembleCourse

    /// More would be too narrow to read, and a year has no more days.
    static let momentsLimit = 120

    var isDrawable: Bool { (2...Self.momentsLimit).contains(course.moments.count) && !course.servers.isEmpty }

    // MARK: Mermaid

    var mermaid: String {
        var lines = [
            "---", "displayMode: compact", "config:", "  gantt:", "    leftPadding: 130", "---", "gantt",
            "    dateFormat YYYY-MM-DD", "    axisFormat %-j", "    tickInterval 1day", "    todayMarker off",
        ]
        lines += lane("stage", course.moments.map { $0.stage == 0 ? ("now", "done") : ("\($0.stage)", "done") })
        lines += lane("margin", course.moments.map(margin))
        lines += lane("may lead", course.moments.map { (Self.names($0.mayLead), "active") }, shortening: true)
        for server in course.servers {
            lines += lane(Self.plain(server.description), course.moments.map { Self.bar($0.doing[server]) })
        }
        return lines.joined(separator: "\n") + "\n"
    }

    static let legend =
        "Each column is a moment of the plan, told in words below. ✓ serves, ↻ restarts, … runs without serving, ? unknown. "
        + "Margin: how many more servers may be lost; red where that is none."

    /// What a lane shows at each moment: a label and Mermaid's tag for its colour; nil where there is nothing. Equal neighbours are one bar.
    private func lane(_ name: String, _ bars: [(String, String)?], shortening: Bool = false) -> [String] {
        var lines = ["    section \(name)"]
        var start = 0
        while start < bars.count {
            guard let bar = bars[start] else {
                start += 1
                continue
            }
            let length = bars[start...].prefix { $0.map { $0 == bar } ?? false }.count
            let label = shortening ? fitted(bar.0, length) : bar.0
            lines.append("    \(label) :\(bar.1.isEmpty ? "" : bar.1 + ", ")\(Self.day(start)), \(length)d")
            start += length
        }
        return lines
    }

    private func margin(_ moment: EnsembleCourse.Moment) -> (String, String)? {
        let known = moment.margins.map { $0.map { max($0, -1) } }
        guard let worst = (known + (moment.least.map { [$0] } ?? [])).compactMap(\.self).min() else {
            return known.isEmpty ? ("none", "crit") : ("?", "")
        }
        let label = worst < 0 ? "none" : "\(worst)"
        return (known.contains(nil) ? "\(label) or ?" : label, worst <= 0 ? "crit" : "")
    }

    private static func bar(_ doing: EnsembleCourse.Doing?) -> (String, String)? {
        switch doing {
        case .serves?: ("✓", "")
        case .restarts?: ("↻", "crit")
        case .waits?: ("…", "done")
        case .unknown?: ("?", "active")
        case nil: nil
        }
    }

    private static func names(_ servers: [ServerName]?) -> String {
        guard let servers else { return "unknown" }
        return servers.isEmpty ? "nobody" : servers.map { plain($0.host) }.joined(separator: " ")
    }

    /// A label that is wider than its bar would run into the next one: about 110 characters fit into the whole chart.
    private func fitted(_ label: String, _ length: Int) -> String {
        let room = max(3, 110 * length / course.moments.count)
        let count = label.split(separator: " ").count
        guard label.count > room, count > 1 else { return label }
        return room < 10 ? "\(count)" : "any of \(count)"
    }

    private static func plain(_ text: String) -> String {
        String(text.map { $0.isASCII && ($0.isLetter || $0.isNumber || "@._-".contains($0)) ? $0 : "_" })
    }

    private static let daysOfMonths = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

    /// The day of the year 2000 with this number, counted from 0.
    private static func day(_ number: Int) -> String {
        var (month, day) = (0, number)
        while day >= daysOfMonths[month] {
            day -= daysOfMonths[month]
            month += 1
        }
        return "2000-\(String(101 + month).dropFirst())-\(String(101 + day).dropFirst())"
    }

    // MARK: Words

    var table: [String] {
        let rows = course.moments.enumerated().map { number, moment in
            let step = moment.step.map { "\($0.id) \($0.title)" } ?? "before the first step"
            let serving = course.servers.compactMap { server -> String? in
                switch moment.doing[server] {
                case .serves?: server.description
                case .restarts?: "\(server) (restarts)"
                case .waits?: "\(server) (does not serve)"
                case .unknown?: "\(server) (unknown)"
                case nil: nil
                }
            }
            let leaders = moment.mayLead.map {
                $0.isEmpty ? "nobody" : $0.map(\.description).joined(separator: ", ")
            }
            return [
                "\(number + 1)", shortened(step, to: 100),
                serving.isEmpty ? "nobody" : serving.joined(separator: ", "),
                leaders ?? "unknown", moment.marginWords,
            ].map { TextTable.Cell($0) }
        }
        return TextTable(columns: ["moment", "from step", "serve", "may lead", "margin"], rows: rows).markdown
    }
}
