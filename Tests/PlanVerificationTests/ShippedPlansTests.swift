import EnsembleModel
import Foundation
import PlanLanguage
import TestSupport
import Testing

@testable import PlanVerification

/// The plans in `plans/`, each in its world of `examples/`.
@Suite struct ShippedPlansTests {
    func load(_ name: String) throws -> ResolvedPlan { try Example.of(plan: name).load() }

    static func name(_ host: Int, _ installation: String) -> ServerName {
        ServerName(host: "zk\(host)", installation: installation)
    }

    func verified(_ plan: ResolvedPlan, sourceLocation: SourceLocation = #_sourceLocation) throws -> VerifiedPlan {
        switch Verifier.verify(plan) {
        case .verified(let verified): return verified
        case .unsafe(let hazards):
            for hazard in hazards where hazard.blocks {
                Issue.record(
                    "\(hazard.code.rawValue) in \(hazard.step ?? "-"): \(hazard.message)",
                    sourceLocation: sourceLocation)
            }
        case .needsFacts: Issue.record("facts were given", sourceLocation: sourceLocation)
        }
        throw CancellationError()
    }

    @Test func theReadmeNamesEveryPlan() throws {
        let readme = try String(contentsOf: Repository.folder.appendingPathComponent("README.md"), encoding: .utf8)
        let table = try #require(readme.components(separatedBy: "| plan | what it does |").dropFirst().first)
        let rows = table.split(separator: "\n").dropFirst().prefix { $0.hasPrefix("| ") }
        let names = rows.flatMap { $0.split(separator: "|")[0].matches(of: /`([^`]+)`/).map { String($0.1) } }
        #expect(names.sorted() == (try Repository.planNames()))
    }

    @Test func theStagedRecoveryHandsOver() throws {
        let plan = try load("staged-recovery-3-to-5")
        let verified = try verified(plan)
        // The old ensemble ends by handing over, which its author has acknowledged.
        let handOver = verified.hazards.filter { $0.code == .quorumLoss }
        #expect(handOver.map(\.severity) == [.warning])
        #expect(handOver.first?.acknowledgedBecause != nil)
        #expect(!verified.hazards.contains { $0.code == .acknowledgement })
        // Both serve for a while, and 3.4 counts joiners that it doesn't list: nothing else.
        let errors = verified.hazards.filter { $0.severity == .error }
        #expect(Set(errors.map(\.code)) == [.splitBrain, .lostWrites, .dataLoss, .rollback])
        #expect(Set(errors.filter { $0.code == .dataLoss }.map(\.stage)) == ["7 joins as 4", "10 joins as 6"])
        // Five of the new installation serve at the end, and nothing else runs.
        let last = try #require(PlanTimeline.make(plan).last)
        #expect(last.running == [6, 7, 8, 9, 10].map { Self.name($0, "v3.4.14") })
        #expect(last.ensembles.first?.quorum?.margin == 2)
        #expect(last.after.servers[Self.name(7, "v3.4.14")]?.data.origin == Self.name(10, "v3.4.6"))
    }

    @Test func withoutLostWritesThereIsAnOutage() throws {
        var plan = try load("staged-recovery-no-lost-writes")
        let loss = try verified(plan).hazards.filter { $0.code == .quorumLoss }
        #expect(loss.count == 1)
        #expect(loss.first?.acknowledgedBecause != nil)
        plan.acknowledgements = []
        guard case .unsafe(let hazards) = Verifier.verify(plan) else {
            Issue.record("the outage needs an acknowledgement")
            return
        }
        #expect(Set(hazards.filter(\.blocks).map(\.code)) == [.quorumLoss, .dataLoss, .rollback])
    }

    @Test(arguments: try Repository.planNames().filter { !$0.hasPrefix("staged-recovery") })
    func everydayPlansHaveNoErrors(_ name: String) throws {
        let plan = try load(name)
        let verified = try verified(plan)
        #expect(verified.hazards.filter { $0.severity == .error }.allSatisfy { $0.code == .quorumLoss })
        // Where elections don't end, one may lead in the moment in which facts are captured; in those of the example none does.
        let isMomentary = name == "raise-limits-in-an-outage"
        #expect(verified.hazards.count { $0.code == .acknowledgement } == (isMomentary ? 1 : 0))
        let last = try #require(PlanTimeline.make(plan).last)
        #expect(last.ensembles.allSatisfy { $0.serves == true })
        #expect(last.ensembles.count == 1)
    }

    /// The search has to stay small: what it takes is told by what it counts, not by a clock.
    @Test func theSearchOfTheStagedRecoveryStaysSmall() throws {
        let findings = try #require(Verifier.findings(of: load("staged-recovery-3-to-5")))
        #expect(findings.notExplored.isEmpty)
        #expect((1000..<60_000).contains(findings.statesExplored))
    }

    static let newer = [
        ("staged-recovery-3-to-5", Version(3, 6, 3)), ("staged-recovery-no-lost-writes", Version(3, 6, 3)),
        ("staged-recovery-no-lost-writes", Version(3, 9, 3)),
    ]

    /// 3.6.3 and later don't count joiners that they don't list, so the acknowledgement of that has nothing to match.
    @Test(arguments: newer) func ontoANewerVersionNoWriteIsLostWhileServersJoin(_ name: String, _ version: Version)
        throws
    {
        var plan = try load(name)
        for name in plan.facts?.servers.keys.filter({ $0.installation == "v3.4.14" }) ?? [] {
            plan.facts?.servers[name]?.version = version
        }
        plan.stages[0].steps.removeAll { !$0.operations.flatMap(\.versionsRequired).isEmpty }
        let findings = try #require(Verifier.findings(of: plan))
        #expect(findings.notExplored.isEmpty)
        #expect(!findings.hazards.contains { $0.code == .dataLoss })
        // What is lost is lost between the copy and the old ensemble's stop, or nothing is.
        let joining = findings.hazards.filter { $0.stage?.contains("joins") ?? false }
        #expect(joining.allSatisfy { $0.severity == .warning }, "\(joining.map(\.message))")
        #expect(findings.hazards.count { $0.code == .acknowledgement && $0.message.hasPrefix("data-loss") } == 2)
    }
}

extension Operation {
    fileprivate var versionsRequired: [Version] {
        guard case .require(let conditions) = self else { return [] }
        return conditions.compactMap { if case .version(_, let version) = $0.kind { version } else { nil } }
    }
}
