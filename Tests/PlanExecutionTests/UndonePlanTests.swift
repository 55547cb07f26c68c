import EnsembleModel
import PlanLanguage
import PlanVerification
import Testing

@testable import PlanExecution

/// Before a rollback, the way back is looked into as a plan is.
@Suite struct UndonePlanTests {
    private func findings(
        _ work: CrashMatrixTests.Work, until: String, to point: String? = "start"
    ) async throws -> (findings: PlanFindings, world: SimulatedWorld, run: RunFolder, plan: ResolvedPlan) {
        let world = try await work.world()
        let plan = try await work.plan(world)
        var options = ApplyOptions(assumeYes: true)
        options.until = until
        let applier = world.applier(options)
        let done = await applier.apply(plan, events: { _ in })
        try #require(done.failure == nil)
        let run = try applier.store.open(done.run)
        let changes = await world.ensemble.changeNames
        let findings = try #require(try await applier.verifyRollback(plan, try run.history(), to: point))
        // It only looks.
        #expect(await world.ensemble.changeNames == changes)
        #expect(findings.statesExplored > 0)
        return (findings, world, run, plan)
    }

    private func errors(_ findings: PlanFindings) -> [String] {
        findings.hazards.filter { $0.severity == .error && $0.step != nil }.map {
            "\($0.code.rawValue) at \($0.step ?? "")\($0.takesCrash == true ? " after a crash" : "")"
        }
    }

    /// zk4 leads by then, and the three that are restarted with the older list would not know it: so another comes to lead before.
    @Test func aServerThatWasAddedGoesAgain() async throws {
        let (found, world, run, plan) = try await findings(.join, until: "1.8")
        defer { world.remove() }
        #expect(errors(found) == ["data-loss at 1.5.1.1 after a crash"])
        let undo = try UndoPlan(plan, try run.history(), to: nil)
        let observed = await world.ensemble.facts(files: [])
        let back = try #require(UndonePlan.resolved(undo, of: plan, try run.history(), from: observed))
        let steps = back.stages.flatMap(\.steps)
        #expect(steps.map(\.id) == ["1.5.1.1", "1.6.1.3", "1.5.1.1", "1.3.1.1"])
        let zk4 = ServerName(host: "zk4", installation: "v1")
        guard case .stop(zk4, _)? = steps.first?.operations.first else {
            Issue.record("\(steps.map(\.operations))")
            return
        }
        let rolled = steps.compactMap { step -> [String]? in
            if case .rolling(let rolling) = step.body { rolling.servers.map(\.host).sorted() } else { nil }
        }
        #expect(rolled == [["zk1", "zk2", "zk3"]])
        // What is foretold is what happens.
        let result = await world.applier().rollback(
            run, plan, to: "start", acceptLostWrites: true, events: { _ in })
        #expect(result.outcome == .rolledBack)
    }

    /// Data that were moved aside come again, on servers whose peers listen to nobody: as it was when the run began.
    @Test func theStateThatTheRunBeganWithIsTheHazard() async throws {
        let (found, world, _, _) = try await findings(.recovery, until: "2.6")
        defer { world.remove() }
        #expect(errors(found) == ["no-join at 2.5.2.1"])
    }

    @Test func stoppingTheNewServersTakesTheirQuorumAway() async throws {
        let (found, world, _, _) = try await findings(.recovery, until: "3.4")
        defer { world.remove() }
        #expect(errors(found) == ["quorum-loss at 3.2.1.1", "no-join at 2.5.2.1"])
    }

    @Test func whereNothingRunsOtherwiseNothingGoesWrong() async throws {
        let (found, world, _, _) = try await findings(.join, until: "1.4")
        defer { world.remove() }
        #expect(errors(found).isEmpty)
        #expect(found.failures == 1)
    }
}
