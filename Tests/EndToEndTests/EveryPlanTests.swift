import Foundation
import TestSupport
import Testing

/// Plans of `plans/` for healthy ensembles, on real servers of the versions that they make sense for. Those that cure something are applied by
/// `DoctorTests`, the staged recoveries by `StagedRecoveryTests`.
@Suite(.serialized) struct EveryPlanTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var plan: String
        var version: String
        var up: [String]
        /// Servers that run at the end.
        var serving: [String]
        var variables: [String] = []
        /// What the leader counts at the end.
        var syncedFollowers: Int
        /// A hazard that the version adds to those that the plan accepts: without a line for it the plan is refused.
        var addedHazard: String?

        var testDescription: String { "\(plan) on \(version)" }
    }

    static let cases: [Case] = [
        on("rolling-restart", "3.8.0", ["-n", "3"], 1...3, followers: 2),
        on("rolling-restart", "3.4.14", ["-n", "3"], 1...3, followers: 2),
        Case(
            plan: "rolling-upgrade", version: "3.8.0 to 3.9.3",
            up: ["-n", "3", "--version", "3.8.0", "--next-version", "3.9.3"],
            serving: (1...3).map { "zk\($0)@v3.9.3" }, syncedFollowers: 2),
        on("raise-init-and-sync-limits", "3.8.0", ["-n", "3"], 1...3, followers: 2),
        on("expand-3-to-5", "3.8.0", ["-n", "5", "--spare", "zk4,zk5"], 1...5, followers: 4),
        // 3.4 counts a joiner that the leader's configuration does not list.
        on(
            "expand-3-to-5", "3.4.14", ["-n", "5", "--spare", "zk4,zk5"], 1...5, followers: 4,
            addedHazard: "data-loss"),
        on("restart-leader", "3.8.0", ["-n", "3"], 1...3, followers: 2),
        on("shrink-5-to-3", "3.9.3", ["-n", "5"], 1...3, followers: 2),
        on("replace-server", "3.6.3", ["-n", "4", "--spare", "zk4"], 2...4, followers: 2),
        on("add-observers", "3.8.0", ["-n", "5", "--spare", "zk4,zk5"], 1...5, followers: 2),
    ]

    private static func on(
        _ plan: String, _ version: String, _ up: [String], _ servers: ClosedRange<Int>, followers: Int,
        addedHazard: String? = nil
    ) -> Case {
        Case(
            plan: plan, version: version, up: up + ["--version", version],
            serving: servers.map { "zk\($0)@v\(version)" }, variables: ["--var", "installed=v\(version)"],
            syncedFollowers: followers, addedHazard: addedHazard)
    }

    @Test(arguments: cases) func runsAndKeepsEveryZnode(_ test: Case) throws {
        let name = "\(test.plan)-\(test.version)".filter { $0 != " " && $0 != "." }
        try withLab(name, test.up) { lab in
            try lab.lab("load", "--znodes", "500")
            let before = try lab.tree("before")
            try lab.captureFacts(for: TestLab.plan(test.plan), variables: test.variables)
            let plan = try test.addedHazard.map { try accepted($0, test, lab) } ?? TestLab.plan(test.plan)
            let applied = try lab.zkops.run(apply(plan, test, lab))
            try #require(applied.code == 0, "\(applied.all)")
            let status = try lab.status()
            #expect(status.running.sorted() == test.serving.sorted())
            #expect(status.quorum && status.leader.map { status.syncedFollowers(of: $0) } == test.syncedFollowers)
            try lab.expectSameTree(as: before)
        }
    }

    private func apply(_ plan: String, _ test: Case, _ lab: TestLab) -> [String] {
        ["plan", "apply", plan, "-i", lab.inventory, "--facts", lab.facts, "--yes"] + test.variables
    }

    /// The plan as it is shipped is refused for the hazard, and nothing is changed; then a copy of it that accepts it.
    private func accepted(_ hazard: String, _ test: Case, _ lab: TestLab) throws -> String {
        let before = try lab.hostFiles()
        let refused = try lab.zkops.run(apply(TestLab.plan(test.plan), test, lab))
        #expect(refused.code == 2 && refused.errors.contains("error \(hazard)"), "\(refused.all)")
        #expect(try lab.hostFiles() == before)
        let text = try String(contentsOfFile: TestLab.plan(test.plan), encoding: .utf8)
        let line = "  - {hazard: \(hazard), because: nobody writes during the test}\n"
        let copy = lab.folder.appendingPathComponent("accepted.yaml")
        try text.replacingOccurrences(of: "\nacknowledge:\n", with: "\nacknowledge:\n" + line)
            .write(to: copy, atomically: true, encoding: .utf8)
        return copy.path
    }
}
