import EnsembleModel
import PlanLanguage
import Testing

@testable import PlanVerification

@Suite struct RestartOrderCheckTests {
    func found(_ sample: SamplePlan) -> [Hazard] { sample.hazards().filter { $0.code == .leaderNotLast } }

    @Test func theLeaderBeforeOthers() {
        var sample = SamplePlan(serving: 3)
        sample.rolling("r", [old(3), old(1), old(2)], order: .listed)
        #expect(found(sample).map(\.step) == ["1.1[zk3@old].1"])
        #expect(found(sample).first?.message.hasPrefix("zk3@old leads and is restarted before others") == true)
    }

    @Test func theLeaderLast() {
        var sample = SamplePlan(serving: 3)
        sample.rolling("r", [old(1), old(2), old(3)], order: .ascendingMyid)
        #expect(found(sample).isEmpty)
        sample.stages = []
        sample.rolling("r", [old(3), old(2), old(1)], order: .ascendingMyid)
        #expect(found(sample).isEmpty)
        sample.stages = []
        sample.rolling("r", [old(3), old(2), old(1)], order: .leaderLast)
        #expect(found(sample).isEmpty)
    }

    @Test func separateStepsCountAsOne() {
        var sample = SamplePlan(serving: 3)
        sample.stage("s", restart(old(1)), restart(old(3)), restart(old(2)))
        #expect(found(sample).map(\.step) == ["1.2"])
    }

    @Test func anUnknownLeader() {
        var sample = SamplePlan(serving: 3)
        sample.facts.servers[old(3)]?.mode = .follower
        sample.stage("s", restart(old(1)), restart(old(2)))
        #expect(found(sample).map(\.message.beginning) == ["who leads is not known"])
        sample.stages = []
        sample.stage("s", [.require([Condition(.leader(oneOf: [old(2)]))])], restart(old(1)), restart(old(2)))
        #expect(found(sample).isEmpty)
    }

    @Test func stoppingAllIsNoOrder() {
        var sample = SamplePlan(serving: 3)
        sample.stage("s", [stop(old(3)), stop(old(1)), stop(old(2)), start(old(1)), start(old(2)), start(old(3))])
        #expect(found(sample).isEmpty)
    }
}

extension String {
    fileprivate var beginning: String { String(prefix(22)) }
}
