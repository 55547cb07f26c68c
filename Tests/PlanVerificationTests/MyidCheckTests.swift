import EnsembleModel
import PlanLanguage
import Testing

@testable import PlanVerification

@Suite struct MyidCheckTests {
    @Test func aMyidChangesOnlyWhileStopped() {
        var sample = SamplePlan(serving: 3)
        sample.stage("s", [.setMyid(old(1), ServerID(9))])
        #expect(sample.errors().map(\.code) == [.myid])
        sample.stages = []
        sample.stage("s", [.setMyid(old(1), ServerID(1))])
        #expect(sample.errors().isEmpty)
    }

    @Test func unlistedMyid() {
        var sample = SamplePlan(serving: 3)
        sample.stage("s", [stop(old(1)), .setMyid(old(1), ServerID(9)), start(old(1))])
        let found = sample.errors()
        #expect(found.map(\.code) == [.myid])
        #expect(found.first?.message.contains("doesn't list (it lists 1, 2, 3)") == true)
        #expect(found.first?.step == "1.1")
        #expect(found.first?.stage == "s")
    }

    @Test func missingMyid() {
        var sample = SamplePlan(serving: 3)
        sample.stage("s", [members(new(4), [1: 1, 2: 2, 3: 3, 4: 4]), start(new(4))])
        #expect(sample.hazards().filter { $0.code == .myid }.map(\.severity) == [.warning])
        // Left out of the facts, it is sure to have none.
        sample.facts.servers[new(4)] = nil
        sample.stages = []
        sample.stage(
            "s",
            [.putFile(.config(new(4)), content: .text(SamplePlan.config(1...4)), mode: nil), start(new(4))])
        #expect(sample.errors().map(\.code) == [.myid])
    }

    @Test func aServerThatStandsAloneNeedsNone() {
        var sample = SamplePlan(serving: 3)
        sample.stage("s", [start(new(4))])
        #expect(sample.hazards().map(\.code) == [.fragile])
    }

    @Test func aStartWithoutConfiguration() {
        var sample = SamplePlan(serving: 3)
        sample.facts.servers[new(4)] = nil
        sample.stage("s", [start(new(4))])
        #expect(sample.errors().map(\.code) == [.noJoin])
        sample.facts.servers[new(4)] = ServerFacts(version: Version(3, 4, 14))
        #expect(sample.errors().isEmpty)
        #expect(
            sample.hazards().contains { $0.code == .myid && $0.message.contains("facts don't say the configuration") })
    }

    @Test func aMyidTwice() {
        var sample = SamplePlan(serving: 3)
        sample.stage(
            "s", [.setMyid(new(4), ServerID(2)), members(new(4), [1: 1, 2: 4, 3: 3]), start(new(4))])
        let found = sample.errors().filter { $0.code == .myid }
        #expect(found.map(\.message) == ["zk4@new starts with myid 2 while zk2@old runs with the same"])
    }

    @Test func ensemblesApartMayUseTheSameMyid() {
        var sample = SamplePlan(serving: 3)
        sample.stage(
            "s", [.setMyid(new(4), ServerID(2)), members(new(4), [2: 4, 5: 5, 6: 6]), start(new(4), .running)])
        #expect(sample.errors().isEmpty)
    }

    @Test func anothersLine() {
        var sample = SamplePlan(serving: 3)
        sample.stage(
            "s", [.setMyid(new(4), ServerID(5)), members(new(4), [4: 4, 5: 5, 6: 6]), start(new(4), .running)])
        #expect(sample.errors().map(\.code) == [.myid])
        #expect(sample.errors().first?.message.contains("which is host zk5") == true)
    }

    @Test func twoServersOfAHost() {
        var sample = SamplePlan(serving: 3)
        sample.stage("s", [start(new(1))])
        #expect(sample.errors().map(\.code) == [.portClash])
        sample.stages = []
        sample.stage("s", [stop(old(1)), start(new(1))])
        #expect(sample.errors().isEmpty)
    }
}
