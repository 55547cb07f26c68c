import EnsembleModel
package import PlanExecution

/// What client sessions went through, for people and for programs.
package enum CanaryText {
    /// So many are told one by one; the report's picture and the JSON have all.
    private static let mostOutages = 10

    /// Sentences, one a line.
    package static func lines(_ clients: CanaryReport) -> [String] {
        var lines = [
            "\(counted(clients.sessions, "client")) wrote and read for \(Amounts.took(clients.to - clients.from)): "
                + "\(clients.writes) acknowledged writes, \(clients.lost) of them gone",
            outages(clients),
        ]
        if let last = clients.outages.last, last.to >= clients.to {
            lines.append("at the end nobody could write yet")
        }
        lines += clients.outages.prefix(Self.mostOutages).map { outage in
            "\(Amounts.timeOfDay(outage.from)) nobody could write for \(Amounts.took(outage.seconds))"
        }
        if clients.outages.count > Self.mostOutages {
            lines.append("and \(counted(clients.outages.count - Self.mostOutages, "time")) more")
        }
        lines += clients.losses.map { loss in
            "\(Amounts.timeOfDay(loss.at)) client \(loss.session): \(counted(loss.writes, "acknowledged write")) gone"
        }
        lines += clients.expired.map { expiry in
            "\(Amounts.timeOfDay(expiry.at)) client \(expiry.session): its session ended: \(expiry.why)"
        }
        lines += clients.unchecked.map { "not known what became of the writes: \($0)" }
        return lines.map { safeForTerminal($0) }
    }

    static func outages(_ clients: CanaryReport) -> String {
        guard !clients.outages.isEmpty else {
            return "somebody could write all the time; the longest that one could not: "
                + Amounts.took(clients.longestOfOneClient)
        }
        return "nobody could write for \(Amounts.took(clients.totalOutage)) in all, "
            + "\(Amounts.took(clients.longestOutage)) at the longest; one client for \(Amounts.took(clients.longestOfOneClient))"
    }

    /// The event `canary` of `--json`.
    package static func line(_ clients: CanaryReport) -> String {
        guard case .object(let members) = json(clients) else { return "" }
        return JSONText.object([.init(name: "event", value: .string("canary"))] + members).line + "\n"
    }

    static func json(_ clients: CanaryReport) -> JSONText {
        .object([
            "from": time(clients.from), "to": time(clients.to), "sessions": .integer(clients.sessions),
            "writes": .integer(clients.writes), "reads": .integer(clients.reads),
            "failures": .integer(clients.failures), "lost_writes": .integer(clients.lost),
            "longest_outage_s": .number(clients.longestOutage), "total_outage_s": .number(clients.totalOutage),
            "longest_outage_of_one_s": .number(clients.longestOfOneClient),
            "outages": .array(
                clients.outages.map { .object(["from": time($0.from), "to": time($0.to)]) }),
            "expired": .array(
                clients.expired.map {
                    .object(["at": time($0.at), "session": .integer($0.session), "why": .string($0.why)])
                }),
            "unchecked": .array(clients.unchecked.map(JSONText.string)),
        ])
    }

    private static func time(_ at: Double) -> JSONText { .string(Amounts.timestamp(at, milliseconds: true)) }
}
