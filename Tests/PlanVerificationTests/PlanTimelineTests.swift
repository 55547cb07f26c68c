import EnsembleModel
import PlanLanguage
import Testing

@testable import PlanVerification

@Suite struct PlanTimelineTests {
    @Test func tellsMarginsAndFiles() throws {
        var sample = SamplePlan(serving: 3)
        sample.stage("edit", [members(old(1), [1: 1, 2: 2, 3: 3, 4: 4]), .setMyid(new(4), ServerID(4))])
        sample.rolling("roll", [old(3), old(1)], order: .leaderLast)
        let steps = PlanTimeline.make(sample.plan)
        #expect(steps.map(\.id) == ["1.1", "2.1", "2.1[zk1@old].1", "2.1[zk3@old].1"])
        #expect(steps.map(\.depth) == [0, 0, 1, 1])
        // With the leader down, 1 wants three of its four members, and 2 has nobody but 1.
        #expect(steps.map(\.leastMargin) == [1, -1, 0, -1])
        #expect(steps[1].order == [old(1), old(3)])
        #expect(steps[1].changed == [old(1), old(3)])
        #expect(steps[0].changed == [new(4), old(1)].sorted())
        #expect(
            steps[0].files == [
                FileChange(
                    server: old(1), path: "/opt/old/conf/zoo.cfg",
                    outcome: .changed(
                        hunks: """
                            @@ -2,3 +2,4 @@
                             server.1=zk1:2888:3888
                             server.2=zk2:2888:3888
                             server.3=zk3:2888:3888
                            +server.4=zk4:2888:3888

                            """)),
                FileChange(server: new(4), path: "/data/myid", outcome: .written("4\n")),
            ])
        #expect(steps[2].before.servers[old(1)]?.running == true)
        #expect(steps[1].running == [old(1), old(2), old(3)])
        let last = try #require(steps.last)
        // By the configuration that has four members, of which one isn't there.
        #expect(last.ensembles.first?.quorum?.margin == 0)
    }

    @Test func aLossIsANegativeMargin() {
        var sample = SamplePlan(serving: 3)
        sample.stage("s", [stop(old(1)), stop(old(2)), start(old(1)), start(old(2))], [.confirm("well?")])
        #expect(PlanTimeline.make(sample.plan).map(\.leastMargin) == [-1, 1])
    }

    @Test func unknownFilesStayUnknown() {
        var sample = SamplePlan(serving: 3)
        var edit = TextEdit()
        edit.set = [.init(key: "a", value: "1")]
        sample.stage(
            "s", [.editFile(.file(old(1), path: "conf/x"), edit)],
            [.putFile(.file(old(1), path: "/etc/y"), content: .text("b\n"), mode: nil)],
            [.putFile(.file(old(1), path: "/etc/y"), content: .text("b\n"), mode: nil)],
            [.putFile(.file(old(1), path: "/etc/y"), content: .file(path: "z", sha256: "00"), mode: nil)])
        let files = PlanTimeline.make(sample.plan).map(\.files)
        #expect(
            files[0] == [FileChange(server: old(1), path: "/opt/old/conf/x", outcome: .unknown("set a=1"))]
        )
        #expect(files[1].map(\.outcome) == [.written("b\n")])
        #expect(files[2].map(\.outcome) == [.unchanged])
        #expect(files[3].map(\.outcome) == [.unknown("replaced by z, sha256 00")])
    }

    @Test func saysWhatARollbackDoesNotUndo() {
        var sample = SamplePlan(serving: 3)
        sample.stage("s", [.setMyid(new(1), ServerID(1))], [.confirm("x")], [.rollbackPoint("here")], [.confirm("y")])
        sample.stages[0].steps[1].compensation = .none(reason: "gone")
        #expect(
            RollbackReach.all(in: sample.plan) == [
                RollbackReach(point: nil, step: nil, remains: [.init(step: "1.2", reason: "gone")]),
                RollbackReach(point: "here", step: "1.3", remains: []),
            ])
    }
}
