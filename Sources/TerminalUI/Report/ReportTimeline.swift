import EnsembleModel
import PlanExecution

/// The picture at the head of a report (SVG 1.1): stages along the top, a lane for every server, and below them when nobody
/// led. A mode has its own pattern besides its colour, so that it can be told without colours.
struct ReportTimeline {
    static let modes: [Mode] = [.leader, .follower, .observer, .standalone, .looking, .readOnly, .stopped]

    private let report: RunReport
    private let time: ReportTime
    /// Room for the names of servers.
    private let label: Double
    private let laneHeight = 24.0
    private let top = 64.0

    init(_ report: RunReport) {
        self.report = report
        let longest = report.lanes.map { displayWidth($0.server.description) }.max() ?? 0
        // A character of 12 units takes 7.2 where it is wide, such as a digit's or a capital's.
        label = max(120, min(400, 7.2 * Double(longest) + 16))
        time = ReportTime(report.attempts, width: 1060 - label)
    }

    private var width: Double { label + time.width + 20 }
    private var lanes: [RunReport.Lane] {
        report.lanes.sorted { $0.server < $1.server }
    }
    private var bottom: Double { top + Double(lanes.count) * laneHeight }
    private var height: Double { marks + 20 }
    /// Where elections are marked.
    private var marks: Double { bottom + (report.clients.isEmpty ? 36 : 56) }

    var svg: String {
        var parts = [
            #"<svg class="timeline" viewBox="0 0 \#(number(width)) \#(number(height))" role="group" "#
                + #"aria-label="What every server was, over time">"#,
            Self.patterns,
        ]
        parts += stageBands + axis + lanes.enumerated().flatMap { lane($1, y: top + Double($0) * laneHeight) }
        parts += outages + clientOutages + electionMarks + failures
        return (parts + ["</svg>"]).joined(separator: "\n")
    }

    private static let patterns = """
        <defs>
        <pattern id="p-follower" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">\
        <rect width="6" height="6" class="m-follower"/><rect width="2" height="6" class="m-line"/></pattern>
        <pattern id="p-observer" width="6" height="6" patternUnits="userSpaceOnUse">\
        <rect width="6" height="6" class="m-observer"/><circle cx="3" cy="3" r="1" class="m-line"/></pattern>
        <pattern id="p-looking" width="6" height="6" patternUnits="userSpaceOnUse">\
        <rect width="6" height="6" class="m-looking"/><path d="M0 0L6 6M6 0L0 6" class="m-cross"/></pattern>
        </defs>
        """

    static func fill(_ mode: Mode) -> String {
        switch mode {
        case .leader, .standalone: #"class="m-leader""#
        case .follower: "fill=\"url(#p-follower)\""
        case .observer: "fill=\"url(#p-observer)\""
        case .looking, .readOnly: "fill=\"url(#p-looking)\""
        case .stopped: #"class="m-stopped""#
        }
    }

    // MARK: Parts

    /// The last end of a stage is the run's.
    private var stageBands: [String] {
        let end = report.attempts.last?.to ?? 0
        return report.stages.enumerated().map { index, stage in
            let next = index + 1 < report.stages.count ? report.stages[index + 1].from : end
            let (from, to) = (x(stage.from), x(next))
            let name = "Stage \(stage.number): \(stage.name)"
            let text =
                to - from < 14
                ? "" : #"<text x="\#(number((from + to) / 2))" y="15" text-anchor="middle">\#(stage.number)</text>"#
            return "<a href=\"#stage-\(stage.number)\" aria-label=\"\(HTML.escaped(name))\">"
                + #"<title>\#(HTML.escaped(name))</title>"#
                + #"<rect x="\#(number(from))" y="0" width="\#(number(max(2, to - from)))" height="22" "#
                + #"class="stage s\#(index % 2)"/>\#(text)</a>"#
        }
    }

    private var axis: [String] {
        time.marks.map { mark in
            let place = number(label + mark.x)
            return #"<line x1="\#(place)" x2="\#(place)" y1="28" y2="\#(number(bottom))" class="grid"/>"#
                + #"<text x="\#(place)" y="40" class="tick" text-anchor="middle">\#(Amounts.elapsed(mark.seconds))</text>"#
        }
            + time.pauses.map { pause in
                let place = number(label + pause.x)
                let text = "nobody worked on it for \(Amounts.elapsed(pause.seconds))"
                return
                    #"<g><title>\#(text)</title><line x1="\#(place)" x2="\#(place)" y1="24" y2="\#(number(bottom))" "#
                    + #"class="pause"/><text x="\#(place)" y="54" class="tick" text-anchor="middle">…</text></g>"#
            }
    }

    private func lane(_ lane: RunReport.Lane, y: Double) -> [String] {
        var parts = [
            #"<text x="\#(number(label - 8))" y="\#(number(y + 16))" text-anchor="end">"#
                + HTML.escaped(lane.server.description) + "</text>"
        ]
        parts += lane.spans.map { span in
            let (from, to) = (x(span.from), x(span.to))
            let stopped = span.mode == .stopped
            let text = "\(lane.server): \(span.mode.rawValue) for \(Amounts.took(span.to - span.from))"
            return #"<rect x="\#(number(from))" y="\#(number(y + (stopped ? 10 : 4)))" "#
                + #"width="\#(number(max(1, to - from)))" height="\#(stopped ? 3 : 16)" \#(Self.fill(span.mode))>"#
                + "<title>\(HTML.escaped(text))</title></rect>"
        }
        parts += lane.restarts.map { at in
            let place = x(at)
            return #"<path d="M\#(number(place)) \#(number(y + 2))v20" class="restart">"#
                + "<title>\(HTML.escaped("\(lane.server): another process"))</title></path>"
        }
        return parts
    }

    private var outages: [String] {
        var parts = [
            #"<text x="\#(number(label - 8))" y="\#(number(bottom + 20))" text-anchor="end">no leader</text>"#
        ]
        parts += report.withoutLeader.map { gap in
            let (from, to) = (x(gap.from), x(gap.to))
            return #"<rect x="\#(number(from))" y="\#(number(bottom + 8))" width="\#(number(max(1, to - from)))" "#
                + #"height="16" class="outage"><title>no leader for \#(Amounts.took(gap.to - gap.from))</title></rect>"#
        }
        return parts
    }

    /// When no client's write was acknowledged, where there were clients.
    private var clientOutages: [String] {
        guard !report.clients.isEmpty else { return [] }
        var parts = [
            #"<text x="\#(number(label - 8))" y="\#(number(bottom + 40))" text-anchor="end">no writes</text>"#
        ]
        parts += report.clients.flatMap(\.outages).map { gap in
            let (from, to) = (x(gap.from), x(gap.to))
            return #"<rect x="\#(number(from))" y="\#(number(bottom + 28))" width="\#(number(max(1, to - from)))" "#
                + #"height="16" class="outage"><title>no client could write for \#(Amounts.took(gap.seconds))</title></rect>"#
        }
        return parts
    }

    private var electionMarks: [String] {
        report.elections.map { election in
            let place = x(election.at)
            let text = "\(election.leader) leads"
            return #"<path d="M\#(number(place - 4)) \#(number(marks))l4 -8 l4 8z" class="m-leader">"#
                + "<title>\(HTML.escaped(text))</title></path>"
        }
    }

    private var failures: [String] {
        report.remarks.filter { $0.kind == .failure }.map { failure in
            let place = number(x(failure.at))
            return #"<line x1="\#(place)" x2="\#(place)" y1="24" y2="\#(number(bottom + 28))" class="failure">"#
                + "<title>\(HTML.escaped(failure.text))</title></line>"
        }
    }

    private func x(_ at: Double) -> Double { label + time.x(at) }

    private func number(_ value: Double) -> String { Amounts.decimal(value, places: 1) }
}
