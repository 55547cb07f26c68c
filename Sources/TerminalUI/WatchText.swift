import EnsembleAccess
import EnsembleModel
import PlanExecution

/// What happened to an ensemble, for people and for programs.
enum WatchText {
    static func time(_ at: Double) -> String { Amounts.timestamp(at, milliseconds: true) }

    /// `2026-01-11T18:02:11.250Z zk3@v3.8.0 is leader, was looking`
    static func line(_ event: WatchEvent, _ palette: Palette) -> String {
        let (text, paint) = words(event.kind)
        var line = StyledLine(time(event.at) + " ", .faint)
        line.add(safeForTerminal(text), paint)
        return line.rendered(palette)
    }

    private static func words(_ kind: WatchEvent.Kind) -> (String, Paint) {
        switch kind {
        case .mode(let server, let from, let to, let remark):
            let before = from.map { ", was \($0.rawValue)" } ?? ""
            return ("\(server) is \(to.rawValue)\(before)\(remark.map { " (\($0))" } ?? "")", RunView.paint(to))
        case .restarted(let server): return ("\(server) runs as a new process", .caution)
        case .elected(let server, let epoch, let leaderless):
            let gap = leaderless.map { "; for \(Amounts.took($0)) nobody was seen to lead" } ?? ""
            return ("\(server) leads\(epoch.map { " epoch \($0)" } ?? "")\(gap)", .good)
        case .leaderless: return ("nobody leads", .bad)
        case .unreachable(let server, let why): return ("\(server) can't be looked at: \(why)", .bad)
        case .waiting(let missing): return ("waiting: \(missing)", .caution)
        }
    }

    /// nil where nothing was waited for: then its end needs no words.
    static func sentence(_ end: EnsembleWatch.End) -> String? {
        switch end {
        case .held: "what was waited for is there"
        case .timedOut(let missing): missing.isEmpty ? nil : "time is up, and still: \(safeForTerminal(missing))"
        case .cancelled: nil
        }
    }

    // MARK: For programs

    static func json(_ event: WatchEvent) -> String {
        let (name, members) = parts(event.kind)
        return object(name, event.at, members)
    }

    static func json(_ end: EnsembleWatch.End, at: Double) -> String {
        switch end {
        case .held: object("watch-ended", at, ["outcome": .string("held")])
        case .timedOut(let missing):
            object("watch-ended", at, ["outcome": .string("timed-out"), "missing": .string(missing)])
        case .cancelled: object("watch-ended", at, ["outcome": .string("interrupted")])
        }
    }

    private static func object(_ name: String, _ at: Double, _ members: KeyValuePairs<String, JSONText>) -> String {
        let head = [
            JSONText.Member(name: "version", value: .integer(1)), .init(name: "event", value: .string(name)),
            .init(name: "at", value: .string(time(at))),
        ]
        return JSONText.object(head + members.map { .init(name: $0.key, value: $0.value) }).line
    }

    private static func parts(_ kind: WatchEvent.Kind) -> (String, KeyValuePairs<String, JSONText>) {
        switch kind {
        case .mode(let server, let from, let to, let remark):
            (
                "mode",
                [
                    "server": .described(server), "from": .optional(from) { .string($0.rawValue) },
                    "to": .string(to.rawValue), "remark": .described(remark),
                ]
            )
        case .restarted(let server): ("restarted", ["server": .described(server)])
        case .elected(let server, let epoch, let leaderless):
            (
                "elected",
                [
                    "server": .described(server), "epoch": .optional(epoch) { .integer(Int($0.rawValue)) },
                    "leaderless_s": .optional(leaderless, JSONText.number),
                ]
            )
        case .leaderless: ("leaderless", [:])
        case .unreachable(let server, let why): ("unreachable", ["server": .described(server), "why": .string(why)])
        case .waiting(let missing): ("waiting", ["for": .string(missing)])
        }
    }
}
