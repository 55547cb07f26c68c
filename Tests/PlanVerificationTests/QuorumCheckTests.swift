import EnsembleModel
import PlanLanguage
import Testing

@testable import PlanVerification

@Suite struct QuorumCheckTests {
    @Test func oneOfThreeMayStop() {
        var sample = SamplePlan(serving: 3)
        sample.stage("s", restart(old(1)), restart(old(2)))
        #expect(sample.errors().isEmpty)
        #expect(sample.hazards().filter { $0.code == .fragile }.map(\.step) == ["1.1", "1.2"])
    }

    @Test func twoOfThreeMayNot() {
        var sample = SamplePlan(serving: 3)
        sample.stage("s", [stop(old(1))], [stop(old(2))], [stop(old(3))])
        let losses = sample.errors()
        #expect(losses.map(\.code) == [.quorumLoss])
        #expect(losses.first?.step == "1.2")
        #expect(
            losses.first?.trace == [
                "2 of 3 serve (zk2@old, zk3@old), 2 needed", "1.2: stop zk2@old and wait until its process is gone",
                "1 serve, 2 needed",
            ])
    }

    @Test func aServerThatLooksDoesNotCount() {
        var sample = SamplePlan(serving: 3)
        sample.facts.servers[old(1)]?.mode = .looking
        sample.stage("s", restart(old(1)))
        #expect(sample.errors().isEmpty)
        sample.stages = []
        sample.stage("s", restart(old(2)))
        #expect(sample.errors().map(\.code) == [.quorumLoss])
    }

    /// Server 1 becomes 11. A leader that has loaded the old list doesn't count 11, so that of three nobody else may stop meanwhile.
    @Test(arguments: [(3, [HazardCode.quorumLoss], "1.5"), (5, [], nil as String?)])
    func aServerThatTheLeadersListLacksDoesNotCount(_ count: Int, _ codes: [HazardCode], _ step: String?) {
        var sample = SamplePlan(serving: count, version: Version(3, 8, 0))
        let list: KeyValuePairs = count == 3 ? [11: 1, 2: 2, 3: 3] : [11: 1, 2: 2, 3: 3, 4: 4, 5: 5]
        sample.stage(
            "remap", [stop(old(1))], [.setMyid(old(1), ServerID(11))], (1...count).map { members(old($0), list) },
            [start(old(1))], restart(old(2)), restart(old(count)))
        #expect(sample.errors().map(\.code) == codes)
        #expect(sample.errors().first?.step == step)
    }

    @Test func moreFailuresAreMoreFragile() {
        var sample = SamplePlan(serving: 5)
        sample.stage("s", restart(old(1)))
        #expect(sample.hazards().isEmpty)
        #expect(sample.hazards(failures: 2).map(\.code) == [.fragile])
        #expect(sample.hazards(failures: 3).map(\.step) == [nil])
    }

    @Test func fragileIsSaidOnceAStep() {
        var sample = SamplePlan(serving: 3)
        sample.rolling("r", [old(1), old(2), old(3)], order: .leaderLast)
        #expect(sample.hazards().map(\.code) == [.fragile])
        #expect(sample.hazards().map(\.step) == ["1.1"])
    }

    /// The old ensemble ends once another serves from a copy of its data.
    func handOver(_ steps: [Operation]...) -> SamplePlan {
        var sample = SamplePlan(serving: 3)
        sample.facts.servers[old(4)] = SamplePlan(serving: 4).facts.servers[old(4)]
        sample.facts.servers[old(4)]?.running = false
        for number in [4, 5, 6] {
            sample.facts.servers[new(number)]?.myid = ServerID(number)
            sample.facts.servers[new(number)]?.config = SamplePlan.config(4...6)
        }
        sample.stage("copy", [.copyData(from: old(3), to: new(4))])
        sample.stage("serve", [start(new(4), .running)], [start(new(5))], [start(new(6))])
        let number = sample.stages.count + 1
        sample.stages.append(
            ResolvedStage(
                name: "retire",
                steps: steps.enumerated().map { SamplePlan.step("\(number).\($0.offset + 1)", $0.element) }))
        return sample
    }

    @Test func aHandOverIsNoLoss() {
        let sample = handOver([stop(old(1)), stop(old(2))], [.confirm("go on?")], [stop(old(3))])
        #expect(!sample.errors().contains { $0.code == .quorumLoss })
        let said = sample.hazards().filter { $0.code == .quorumLoss }
        #expect(said.map(\.step) == ["3.1"])
        #expect(said.first?.message.contains("zk4@new, zk5@new, zk6@new serves from a copy") == true)
    }

    @Test func aHandOverHasToBeWhole() {
        let half = handOver([stop(old(1)), stop(old(2))])
        #expect(half.errors().count { $0.code == .quorumLoss } == 1)
        let interrupted = handOver([stop(old(1)), stop(old(2))], [.setMyid(new(1), ServerID(1))], [stop(old(3))])
        #expect(interrupted.errors().count { $0.code == .quorumLoss } == 1)
    }

    @Test func withoutACopyItIsALoss() {
        var sample = handOver([stop(old(1)), stop(old(2)), stop(old(3))])
        sample.stages[0].steps = [SamplePlan.step("1.1", [.copyData(from: old(4), to: new(4))])]
        #expect(sample.errors().count { $0.code == .quorumLoss } == 1)
    }

    @Test func aLoneServer() {
        var sample = SamplePlan(serving: 1)
        sample.stage("s", restart(old(1)))
        #expect(sample.errors().map(\.code) == [.quorumLoss])
        #expect(sample.errors().first?.message.hasSuffix("0 of 1 participants would serve, and 1 is needed") == true)
    }

    @Test func unknownConfigurationsSayNothing() {
        var sample = SamplePlan(serving: 3)
        for number in 1...3 { sample.facts.servers[old(number)]?.config = nil }
        sample.stage("s", [stop(old(1)), stop(old(2)), stop(old(3))])
        #expect(sample.errors().isEmpty)
    }
}
