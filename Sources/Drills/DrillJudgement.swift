import Foundation
import Lab
import PlanExecution
import PlanLanguage

/// Compares what came of a drill with what was expected of it.
struct DrillJudgement {
    private let wanted: Drill.Expectations
    private(set) var checks: [DrillResult.Check] = []

    init(_ wanted: Drill.Expectations) { self.wanted = wanted }

    mutating func judge(_ run: DrillRun, _ clients: CanaryReport) {
        let why = run.outcome == "succeeded" ? "" : run.failure.map { ": \($0)" } ?? ""
        add("the run's outcome", wanted.outcome, run.outcome + why, run.outcome == wanted.outcome)
        judge(writes: clients)
        atMost("longest write outage", wanted.longestWriteOutage, clients.longestOutage)
        atMost("total write outage", wanted.totalWriteOutage, clients.totalOutage)
        number("elections", wanted.elections, run.elections)
        number("expired sessions", wanted.expiredSessions, clients.expired.count)
        atMost("duration", wanted.duration, run.seconds)
        if !wanted.state.isEmpty {
            let text = wanted.state.map(\.description).joined(separator: "; ")
            add("the ensemble in the end", text, run.unmet ?? text, run.unmet == nil)
        }
    }

    /// Where nothing was ever written, nothing can be lost: such a drill has shown nothing.
    private mutating func judge(writes clients: CanaryReport) {
        let holds = wanted.lostWrites.holds(for: Double(clients.lost))
        let isKnown = clients.unchecked.isEmpty && clients.writes > 0
        let unknown = clients.writes == 0 ? "no write was ever acknowledged" : clients.unchecked.joined(separator: "; ")
        add(
            "acknowledged writes that are gone", wanted.lostWrites.description,
            isKnown ? "\(clients.lost) of \(clients.writes)" : unknown, isKnown && holds)
    }

    mutating func judgeFaults(failures: [String], missing: [Drill.Fault]) {
        let silent = missing.map { "\($0.kind.rawValue) at line \($0.range.line): its moment never came" }
        let found = failures + silent
        add(
            "every fault happens", "all of them", found.isEmpty ? "all of them" : found.joined(separator: "; "),
            found.isEmpty)
    }

    mutating func judge(before: TreeSnapshot, after: Result<TreeSnapshot, DrillError>) {
        let count = before.entries.filter { !$0.ephemeral }.count
        switch after {
        case .success(let after):
            let differences = before.differences(
                to: after, ignoring: ["/zookeeper/config", CanarySessions.root, Lab.proxiesPath])
            let more = differences.count > 3 ? " and \(differences.count - 3) more" : ""
            add(
                "znodes", "intact",
                differences.isEmpty
                    ? "\(count) the same" : differences.prefix(3).joined(separator: "; ") + more,
                differences.isEmpty)
        case .failure(let error): add("znodes", "intact", error.message, false)
        }
    }

    private mutating func number(_ what: String, _ test: NumberTest?, _ found: Int) {
        guard let test else { return }
        add(what, test.description, "\(found)", test.holds(for: Double(found)))
    }

    private mutating func atMost(_ what: String, _ limit: Duration?, _ found: Double) {
        guard let limit else { return }
        add(what, "at most \(Self.words(limit.inSeconds))", Self.words(found), found <= limit.inSeconds)
    }

    private mutating func add(_ what: String, _ wanted: String, _ found: String, _ isMet: Bool) {
        checks.append(.init(what, wanted: wanted, found: found, isMet: isMet))
    }

    private static func words(_ seconds: Double) -> String {
        seconds < 1 ? "\(Int((seconds * 1000).rounded())) ms" : "\((seconds * 10).rounded() / 10) s"
    }
}
