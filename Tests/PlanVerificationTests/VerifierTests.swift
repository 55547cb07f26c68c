import EnsembleModel
import PlanLanguage
import Testing

@testable import PlanVerification

@Suite struct VerifierTests {
    func lossy() -> SamplePlan {
        var sample = SamplePlan(serving: 3)
        sample.stage("take down", [stop(old(1))], [stop(old(2))])
        return sample
    }

    func acknowledgement(_ hazard: String, stage: String? = nil, step: String? = nil) -> Acknowledgement {
        Acknowledgement(hazard: hazard, stage: stage, step: step, because: "it is meant", range: nil)
    }

    @Test func asksForFacts() {
        var sample = lossy()
        sample.hasFacts = false
        guard case .needsFacts = Verifier.verify(sample.plan) else {
            Issue.record("verified without facts")
            return
        }
        #expect(PlanTimeline.make(sample.plan).isEmpty)
    }

    @Test func anErrorBlocks() {
        guard case .unsafe(let hazards) = Verifier.verify(lossy().plan) else {
            Issue.record("an unsafe plan passed")
            return
        }
        #expect(hazards.filter(\.blocks).map(\.code) == [.quorumLoss])
    }

    @Test(
        arguments: [
            (nil, nil), ("take down", nil), (nil, "1.2"), ("take down", "1.2"),
            (nil, "stop zk2@old and wait until its process is gone"),
        ] as [(String?, String?)])
    func anAcknowledgedErrorStaysListed(_ stage: String?, _ step: String?) throws {
        var sample = lossy()
        sample.acknowledgements = [acknowledgement("quorum-loss", stage: stage, step: step)]
        guard case .verified(let verified) = Verifier.verify(sample.plan) else {
            Issue.record("the acknowledged error blocks")
            return
        }
        let loss = try #require(verified.hazards.first { $0.code == .quorumLoss })
        #expect(loss.acknowledgedBecause == "it is meant")
        #expect(verified.hazards.contains { $0.code == .fragile && $0.acknowledgedBecause == nil })
        #expect(!verified.hazards.contains { $0.code == .acknowledgement })
        #expect(verified.blockingHazards.isEmpty)
    }

    @Test func anAcknowledgementElsewhereHidesNothing() {
        for place in [
            acknowledgement("quorum-loss", step: "1.1"), acknowledgement("quorum-loss", stage: "other"),
            acknowledgement("fragile", step: "1.2"),
        ] {
            var sample = lossy()
            sample.acknowledgements = [place]
            let hazards = sample.hazards()
            #expect(hazards.contains { $0.blocks })
            #expect(hazards.last?.code == .acknowledgement)
            #expect(hazards.last?.severity == .warning)
        }
    }

    @Test func aRollingStepCoversItsInnerSteps() {
        var sample = SamplePlan(serving: 3)
        sample.rolling("r", [old(3), old(1)], order: .listed)
        sample.acknowledgements = [acknowledgement("leader-not-last", step: "1.1")]
        let hazards = sample.hazards()
        #expect(hazards.first { $0.code == .leaderNotLast }?.acknowledgedBecause == "it is meant")
        #expect(!hazards.contains { $0.code == .acknowledgement })
    }

    /// What only exploring can find is neither found nor missed by counting.
    @Test func codesThatNeedExplorationAreNotCalledUnmatched() {
        var sample = SamplePlan(serving: 3)
        sample.acknowledgements = [acknowledgement("split-brain"), acknowledgement("nonsense")]
        let findings = Acknowledging(plan: sample.plan, explored: [.dataLoss]).apply(to: [], failures: 1)
        #expect(findings.acknowledgedUnexplored.map(\.hazard) == ["split-brain"])
        #expect(findings.notExplored.contains(.splitBrain))
        #expect(!findings.notExplored.contains(.dataLoss))
        #expect(findings.hazards.map(\.code) == [.acknowledgement])
    }

    @Test func whatWasExploredAndNotFoundIsUnmatched() {
        var sample = SamplePlan(serving: 3)
        sample.stage("s", restart(old(1)))
        sample.acknowledgements = [acknowledgement("split-brain")]
        let findings = Verifier.findings(of: sample.plan)
        #expect(findings?.hazards.map(\.code) == [.fragile, .acknowledgement])
        #expect(findings?.notExplored.contains(.splitBrain) == false)
        #expect((findings?.statesExplored ?? 0) > 10)
    }

    @Test func whatTheFactsLeaveOpenIsAWarning() {
        var sample = SamplePlan(serving: 3)
        sample.facts.servers[old(1)]?.running = false
        sample.facts.servers[old(1)]?.mode = .stopped
        sample.stage("s", [start(old(1))])
        #expect(!sample.hazards().contains { $0.code == .dataLoss })
        sample.facts.servers[old(1)]?.snapshot = nil
        let said = sample.hazards().filter { $0.code == .dataLoss }
        #expect(said.map(\.severity) == [.warning])
        #expect(said.first?.message.contains("zk1@old holds data") == true)
    }

    /// Undoing one server after the other brings nothing back that a quorum could do without.
    @Test func aWayBackThatLosesNothing() {
        var sample = SamplePlan(serving: 3)
        sample.stage("s", [.rollbackPoint("p")], restart(old(1)), restart(old(2)), restart(old(3)))
        #expect(!sample.hazards().contains { $0.code == .rollback })
    }

    @Test func aWayBackThatLosesWrites() {
        var sample = SamplePlan(serving: 3)
        sample.stage(
            "s", [.rollbackPoint("p")], [stop(old(1))], [stop(old(2)), stop(old(3))],
            [.copyData(from: old(3), to: new(3))],
            [.setMyid(new(3), ServerID(3)), .setMyid(new(2), ServerID(2))],
            [members(new(3), [2: 2, 3: 3]), members(new(2), [2: 2, 3: 3])], [start(new(3), .running)], [start(new(2))])
        let found = sample.hazards().filter { $0.code == .rollback }
        #expect(found.map(\.severity) == [.error])
        #expect(found.first?.step == "1.8")
    }

    @Test func refusesWhatCanNotBeDone() {
        var sample = SamplePlan(serving: 3)
        var edit = TextEdit()
        edit.replace = [.init(match: "absent", with: "x")]
        sample.facts.servers[old(6)] = nil
        let isLeader = Operation.require([Condition(.mode(old(1), oneOf: [.leader]))])
        sample.stage(
            "s", [isLeader], [.clearData(old(1))], [.copyData(from: old(3), to: old(2))],
            [.copyData(from: new(1), to: new(2))], [.editFile(.config(old(1)), edit)], [members(old(6), [1: 1])],
            [.require([Condition(.running(old(1), false))])],
            [.require([Condition(.version(old(1), Version(3, 9, 0)))])], [isLeader])
        let refused = sample.errors().filter { $0.code == .refused }
        #expect(refused.map(\.step) == ["1.1", "1.2", "1.3", "1.3", "1.4", "1.5", "1.6", "1.7", "1.8"])
    }

    /// What nothing starts can't serve; what a shell command starts, nobody knows.
    @Test func whoDoesNotRunIsNotWaitedFor() {
        var sample = SamplePlan(serving: 3)
        let condition = { Condition($0) }
        let all = [old(3), new(4), new(5)]
        sample.stage(
            "s", [.require([condition(.serving(all))])], [.wait([condition(.writable([new(4)]))], limit: .seconds(1))],
            [.require([condition(.leader(oneOf: [new(4), new(5)]))])],
            [.require([condition(.leader(oneOf: [old(3), new(4)]))])])
        var refused = sample.errors().filter { $0.code == .refused }
        #expect(
            refused.map(\.message) == [
                "zk4@new, zk5@new will not run here, and this step requires them to serve; start them before, or leave them out",
                "zk4@new will not run here, and this step waits for it to serve; start it before, or leave it out",
                "none of zk4@new, zk5@new will run here, and this step requires one of them to lead; start it before",
            ])
        let command = CommandOperation(host: "zk4", title: "start it", script: "systemctl start zookeeper")
        sample.stages.insert(
            ResolvedStage(name: "by hand", steps: [SamplePlan.step("0.1", [.command(command)])]), at: 0)
        refused = sample.errors().filter { $0.code == .refused }
        #expect(refused.map(\.step) == ["1.1"])
    }

    @Test func everyPossibleLeaderIsTried() {
        var sample = SamplePlan(serving: 3)
        sample.rolling("r", [old(1), old(2), old(3)], order: .leaderLast)
        let walk = PlanWalk(sample.plan, from: EnsembleState(facts: sample.facts, inventory: SamplePlan.inventory))
        let lasts = ([walk.course] + walk.otherCourses).compactMap { $0.last?.operation.servers.first }
        #expect(lasts == [old(3), old(1), old(2)])
        #expect(walk.places.count == 4)
    }

    /// A process runs on with a myid or a configuration that lies on no disk any more.
    @Test(arguments: ["myid", "config"]) func whatAProcessRunsWithMayLieOnNoDisk(_ what: String) throws {
        var sample = SamplePlan(serving: 3)
        for number in [1, 3] {
            if what == "myid" {
                sample.facts.servers[old(number)]?.myid = nil
                sample.facts.servers[old(number)]?.loadedMyid = ServerID(number)
            } else {
                sample.facts.servers[old(number)]?.config = nil
                sample.facts.servers[old(number)]?.loadedConfig = SamplePlan.config(1...3)
            }
        }
        sample.stage(
            "Restart", [.stop(old(1), limit: SamplePlan.limit)],
            [
                .start(old(1), settle: .serving, limit: SamplePlan.limit)
            ])
        let findings = try #require(Verifier.findings(of: sample.plan))
        #expect(findings.statesExplored > 1)
    }
}
