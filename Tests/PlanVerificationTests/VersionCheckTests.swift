import EnsembleModel
import PlanLanguage
import Testing

@testable import PlanVerification

@Suite struct VersionCheckTests {
    func found(_ sample: SamplePlan) -> [Hazard] { sample.hazards().filter { $0.code == .version } }

    /// Moves zk1 to the new installation, of another version, with its data.
    func move(_ version: Version?, change: (inout SamplePlan) -> Void = { _ in }) -> SamplePlan {
        var sample = SamplePlan(serving: 3, version: Version(3, 4, 14))
        sample.facts.servers[new(1)] = SamplePlan.empty(version)
        sample.facts.servers[new(1)]?.config = SamplePlan.config(1...3)
        sample.facts.servers[new(1)]?.myid = ServerID(1)
        change(&sample)
        sample.stage("s", [stop(old(1)), .copyData(from: old(1), to: new(1)), start(new(1))])
        return sample
    }

    @Test func aHopThatIsKnownToWork() {
        #expect(found(move(Version(3, 6, 4))).isEmpty)
    }

    @Test func logsWithoutASnapshot() {
        let sample = move(Version(3, 6, 4)) {
            $0.facts.servers[old(1)]?.snapshot = ServerFacts.Newest.none
            $0.facts.servers[old(1)]?.log = .at(Zxid(1))
        }
        #expect(found(sample).map(\.severity) == [.error])
        #expect(found(sample).first?.message.contains("ZOOKEEPER-3056") == true)
        let unknown = move(Version(3, 6, 4)) { $0.facts.servers[old(1)]?.snapshot = nil }
        #expect(found(unknown).map(\.severity) == [.warning])
    }

    @Test func aVersionNeverToRun() {
        #expect(found(move(Version(3, 4, 11))).map(\.severity) == [.error])
    }

    @Test func whatTheFactsDoNotSay() {
        let sample = move(nil)
        #expect(found(sample).map(\.severity) == [.warning])
        #expect(found(sample).first?.message.hasPrefix("the facts don't say the version of zk1@new") == true)
        let unsaid = move(Version(3, 6, 4)) { $0.facts.servers[old(1)]?.version = nil }
        #expect(found(unsaid).first?.message.contains("which version wrote the data of zk1@new") == true)
    }

    @Test func aConditionSaysTheVersionOfWhatWasInstalled() {
        var sample = SamplePlan(serving: 3)
        let install = Operation.install(old(1), archive: "zookeeper.tar.gz", sha256: "00")
        sample.stage("s", [stop(old(1)), install, start(old(1))])
        #expect(found(sample).map(\.severity) == [.warning])
        sample.stages = []
        sample.stage(
            "s",
            [stop(old(1)), install, .require([Condition(.version(old(1), Version(3, 4, 11)))]), start(old(1))])
        #expect(found(sample).map(\.severity) == [.error])
    }

    @Test func anEmptyServerHasToUnderstandTheOthers() {
        var sample = SamplePlan(serving: 3, version: Version(3, 4, 5))
        sample.facts.servers[new(4)] = SamplePlan.empty(Version(3, 6, 4))
        sample.stage(
            "s", [.setMyid(new(4), ServerID(4)), members(new(4), [1: 1, 2: 2, 3: 3, 4: 4]), start(new(4))])
        #expect(found(sample).first?.message.contains("ZOOKEEPER-1633") == true)
    }

    @Test func editedMembersThatTheLeaderOverrides() {
        var sample = SamplePlan(serving: 3, version: Version(3, 5, 8))
        sample.facts.servers[new(4)] = SamplePlan.empty(Version(3, 5, 8))
        sample.stage(
            "s", [.setMyid(new(4), ServerID(4)), members(new(4), [1: 1, 2: 2, 3: 3, 4: 4]), start(new(4))])
        #expect(found(sample).filter { $0.severity == .error }.map(\.step) == ["1.1"])
        #expect(found(sample).contains { $0.message.contains("ZOOKEEPER-3829") })
        sample = SamplePlan(serving: 3, version: Version(3, 5, 8))
        sample.stage("s", restart(old(1)))
        #expect(found(sample).isEmpty)
    }

    @Test func theSameWarningIsSaidOnce() {
        var sample = SamplePlan(serving: 3, version: Version(3, 8, 0))
        for number in 1...3 {
            sample.facts.servers[new(number)] = SamplePlan.empty(Version(3, 9, 3))
            sample.facts.servers[new(number)]?.config = SamplePlan.config(1...3)
            sample.facts.servers[new(number)]?.myid = ServerID(number)
            sample.stage(
                "s\(number)", [stop(old(number)), .copyData(from: old(number), to: new(number)), start(new(number))])
        }
        let warnings = found(sample).filter { $0.message.contains("ZOOKEEPER-4925") }
        #expect(warnings.map(\.step) == ["1.1"])
        #expect(warnings.first?.trace.count == 3)
    }
}
