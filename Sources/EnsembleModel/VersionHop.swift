/// What is known of going from one version to another, one server at a time.
package enum VersionHop {
    /// - Parameters:
    ///   - hasSnapshot: whether the server's dataDir holds a valid snapshot; nil where that isn't known.
    ///   - hasMisplacedFiles: whether a snapshot lies in dataLogDir or a log in dataDir, where these differ; nil, not known, is no problem.
    package static func check(
        from: Version, to: Version, hasSnapshot: Bool? = nil, hasMisplacedFiles: Bool? = nil
    ) -> [HopProblem] {
        guard from != to else { return [] }
        return crossing(from, to) + snapshot(from, to, hasSnapshot) + placement(from, to, hasMisplacedFiles)
            + defects(of: to)
    }

    private static func crossing(_ from: Version, _ to: Version) -> [HopProblem] {
        var problems: [HopProblem] = []
        if min(from, to) < Version(3, 4, 6), max(from, to) >= Version(3, 5, 0) {
            problems.append(
                HopProblem(
                    .error, "ZOOKEEPER-1633",
                    "\(from) and \(to) can't talk to each other in an election; go through 3.4.6 or a later 3.4."))
        }
        if from >= Version(3, 5, 0), to < Version(3, 5, 0) {
            problems.append(
                HopProblem(
                    .warning, "ZOOKEEPER-2163",
                    "\(to) doesn't start on a log with a container or TTL znode; go back only where none was ever made."
                ))
        }
        if from == Version(3, 4, 7) {
            problems.append(
                HopProblem(
                    .warning, "ZOOKEEPER-2347", "A server of 3.4.7 may hang as it stops and has to be killed then."))
        }
        return problems
    }

    /// The check came with ZOOKEEPER-2325 in 3.5.3.
    private static func snapshot(_ from: Version, _ to: Version, _ hasSnapshot: Bool?) -> [HopProblem] {
        guard from < Version(3, 5, 3), to >= Version(3, 5, 3), hasSnapshot != true else { return [] }
        guard hasSnapshot == nil else {
            return [
                HopProblem(
                    .error, "ZOOKEEPER-3056",
                    "\(to) doesn't start on transaction logs without a snapshot. Clear this server's data while a synced quorum of "
                        + "the others serves, so that it gets a snapshot from the leader.")
            ]
        }
        return [
            HopProblem(
                .warning, "ZOOKEEPER-3056",
                "\(to) doesn't start on transaction logs without a snapshot, and the facts don't say whether there is one."
            )
        ]
    }

    private static func placement(_ from: Version, _ to: Version, _ hasMisplacedFiles: Bool?) -> [HopProblem] {
        guard hasMisplacedFiles == true, !checksPlacement(from), checksPlacement(to) else { return [] }
        return [
            HopProblem(
                .error, "ZOOKEEPER-2967",
                "\(to) doesn't start when a snapshot lies in dataLogDir or a log in dataDir; move the files first.")
        ]
    }

    private static func checksPlacement(_ version: Version) -> Bool {
        version >= Version(3, 5, 4) || (version < Version(3, 5, 0) && version >= Version(3, 4, 12))
    }

    /// Defects for which a version is not to be gone to; the others are known, and either rare or of the whole branch.
    private static let reasonsToAvoid: [(issue: String, severity: HopProblem.Severity)] = [
        ("ZOOKEEPER-2960", .error), ("ZOOKEEPER-2347", .warning), ("ZOOKEEPER-2186", .warning),
        ("ZOOKEEPER-3644", .warning), ("ZOOKEEPER-3701", .warning), ("ZOOKEEPER-4785", .warning),
        ("ZOOKEEPER-4646", .warning), ("ZOOKEEPER-4925", .warning),
    ]

    private static func defects(of target: Version) -> [HopProblem] {
        reasonsToAvoid.compactMap { issue, severity in
            guard let defect = KnownDefects.named(issue), defect.affects(target) else { return nil }
            return HopProblem(severity, issue, "\(target): \(defect.title). \(defect.remedy)")
        }
    }
}

package struct HopProblem: Sendable, Hashable {
    package enum Severity: String, Sendable, Codable {
        case error, warning
    }

    package var severity: Severity
    /// Such as `ZOOKEEPER-3056`.
    package var issue: String
    package var sentence: String

    init(_ severity: Severity, _ issue: String, _ sentence: String) {
        self.severity = severity
        self.issue = issue
        self.sentence = sentence
    }
}
