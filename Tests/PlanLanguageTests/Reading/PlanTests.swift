import EnsembleModel
import Testing

@testable import PlanLanguage

/// What a plan says besides its single steps.
@Suite struct PlanTests {
    @Test func aTimeoutHoldsForItsStepOnly() throws {
        let plan = try Inputs.load(
            "- stop: zk1@old\n  timeout: 5s\n- stop: zk2@old\n- rolling:\n    servers: zk3@old\n    steps: [{stop: $server, timeout: 1s}, {start: $server}]"
        )
        let limits = plan.allSteps.flatMap(\.operations).map { operation -> Duration? in
            switch operation {
            case .stop(_, let limit), .start(_, _, let limit): limit
            default: nil
            }
        }
        // The rolling step tells its inner operations too.
        #expect(limits == [.seconds(5), .seconds(120), .seconds(1), .seconds(120), .seconds(1), .seconds(120)])
    }

    @Test func whatARollingStepSaysHoldsForItsSteps() throws {
        let plan = try Inputs.load(
            "- rolling: {servers: zk1@old, steps: [{stop: $server}, {stop: $server, timeout: 1s, on_failure: stop}]}\n"
                + "  timeout: 7s\n  on_failure: rollback\n- stop: zk2@old")
        let inner = plan.allSteps[1...2]
        #expect(inner.map(\.onFailure) == [.rollback, .stop])
        #expect(
            inner.flatMap(\.operations) == [
                .stop(ServerName("zk1@old")!, limit: .seconds(7)), .stop(ServerName("zk1@old")!, limit: .seconds(1)),
            ])
        #expect(plan.allSteps[3].onFailure == nil)
        #expect(plan.allSteps[3].operations == [.stop(ServerName("zk2@old")!, limit: .seconds(120))])
    }

    @Test(arguments: ["conf/zoo.cfg", "./conf//zoo.cfg", "/opt/old/conf/zoo.cfg"])
    func aConfigurationIsKnownAsSuchByAnyName(_ path: String) throws {
        let groups = try Inputs.operations(
            "- put_file: {servers: zk1@old, path: \(path), content: x}\n- edit_file: {servers: zk1@old, path: \(path), append: x}\n"
                + "- put_file: {servers: zk1@new, path: /opt/old/conf/zoo.cfg, content: x}")
        let targets = groups.flatMap(\.self).map { operation -> EditTarget? in
            switch operation {
            case .putFile(let target, _, _), .editFile(let target, _): target
            default: nil
            }
        }
        let server = ServerName("zk1@old")!
        let other = EditTarget.file(ServerName("zk1@new")!, path: "/opt/old/conf/zoo.cfg")
        #expect(targets == [.config(server), .config(server), other])
    }

    @Test func myidFilesAreWrittenBySetMyidOnly() {
        let errors = Inputs.errors("- put_file: {servers: zk1@old, path: /data/myid, content: x}")
        #expect(errors == ["9:44 a myid file is not written as a file"])
    }

    @Test func idsAreThePlaces() throws {
        let steps = "- confirm: a\n- rolling: {servers: [zk2@old, zk1@old], steps: [{confirm: x}, {restart: $server}]}"
        let plan = try Inputs.load(steps)
        #expect(
            plan.allSteps.map(\.id) == [
                "1.1", "1.2", "1.2[zk2@old].1", "1.2[zk2@old].2", "1.2[zk1@old].1", "1.2[zk1@old].2",
            ])
        #expect(plan.step(id: "1.2[zk1@old].2")?.verb == "restart")
        #expect(plan.stage(ofStep: "1.2[zk1@old].2")?.name == "one")
    }

    @Test(arguments: [
        ("listed", ["zk3@old", "zk1@old", "zk2@old"]), ("leader_last", ["zk1@old", "zk2@old", "zk3@old"]),
        ("ascending_myid", ["zk1@old", "zk2@old", "zk3@old"]),
    ]) func theDefaultOrderIsThatOfTheFacts(_ order: String, _ expected: [String]) throws {
        let plan = try Inputs.load(
            "- rolling: {servers: [zk3@old, zk1@old, zk2@old], order: \(order), steps: [{restart: $server}]}")
        let servers = plan.allSteps.dropFirst().flatMap { $0.operations.prefix(1).flatMap(\.servers) }
        #expect(servers.map(\.description) == expected)
    }

    @Test func acknowledgementsNameStagesAndSteps() throws {
        let head = """
            acknowledge:
              - {hazard: fragile, stage: one, because: x}
              - {hazard: fragile, step: "1.2[zk1@old].1", because: x}
              - {hazard: fragile, step: Ask, because: x}
            """
        let plan = try Inputs.load(
            "- {name: Ask, confirm: a}\n- rolling: {servers: zk1@old, steps: [{restart: $server}]}", head: head)
        #expect(plan.acknowledgements.map(\.stage) == ["one", nil, nil])
        #expect(plan.acknowledgements.map(\.step) == [nil, "1.2[zk1@old].1", "1.1"])
    }

    @Test func aNameOfSeveralStepsIsAmbiguous() {
        let errors = Inputs.errors(
            "- {name: Ask, confirm: a}\n- {name: Ask, confirm: b}",
            head: "acknowledge: [{hazard: fragile, step: Ask, because: x}]")
        #expect(errors == ["5:39 several steps are named `Ask`"])
    }

    @Test func stepsKeepTheirNumbersWhereOthersAreWrong() throws {
        let errors = Inputs.errors(
            "- confirm: {}\n- confirm: x", head: "acknowledge: [{hazard: fragile, step: 1.2, because: x}]")
        #expect(errors.count == 1)
    }

    @Test func theArchivesSumIsChecked() throws {
        let sum = InputDigest.sum(of: "archive".utf8)
        func errors(_ sum: String) -> [String] {
            let plan = Inputs.plan("- install: {servers: zk1@new, archive: zk.tar.gz, sha256: \(sum)}")
            do throws(InvalidInput) {
                _ = try Inputs(["plan.yaml": plan, "zk.tar.gz": "archive"]).loader.load(plan: "plan.yaml")
                return []
            } catch {
                return error.diagnostics.map { "\($0.range?.column ?? 0) \($0.message)" }
            }
        }
        #expect(errors(sum) == [])
        #expect(errors(sum.uppercased()) == [])
        let other = InputDigest.sum(of: "other".utf8)
        #expect(errors(other) == ["65 the archive's sum is \(sum), not this one"])
    }

    @Test func parallelStartsAreOneGroup() throws {
        let groups = try Inputs.operations(
            "- start: {servers: [zk1@old, zk2@old], parallel: true}\n- start: [zk1@new, zk2@new]")
        #expect(groups.map(\.count) == [2, 1, 1])
    }

    @Test func aStopThatIsNotWaitedForIsWarnedOf() throws {
        let plan = try Inputs.load("- stop: {servers: zk1@old, settle: none}")
        #expect(plan.warnings.map(\.message) == ["a stop always waits until the process is gone"])
    }

    /// Any other name may be a system property.
    @Test func aMisspeltSettingIsWarnedOf() throws {
        let plan = try Inputs.load("- edit_config: {servers: zk1@old, set: {initLimt: 10, myOwn: 1, snapCount: 5}}")
        #expect(plan.warnings.map(\.message) == ["`initLimt` is no setting that ZooKeeper knows"])
        #expect(plan.warnings.map(\.hint) == ["did you mean `initLimit`?"])
    }

    @Test(arguments: [("500ms", 500), ("10s", 10_000), ("5m", 300_000), ("1.5s", 1500), ("2h", 7_200_000)])
    func durations(_ text: String, _ milliseconds: Int) {
        #expect(Duration(planText: text) == .milliseconds(milliseconds))
    }

    @Test(arguments: ["", "s", "10", "10 s", "-1s", "1.s", ".5s", "1e3s", "10sec", "٣s", "9999999999999s", "1.2.3s"])
    func noDurations(_ text: String) { #expect(Duration(planText: text) == nil) }
}

@Suite struct DigestTests {
    private func digest(
        _ change: (inout Inputs) -> Void = { _ in }, folder: String = "", variables: [String: String] = [:],
        facts: EnsembleFacts? = nil
    ) throws -> String {
        let plan = Inputs.plan(
            "- put_file: {servers: zk1@old, path: a, source: s.txt}\n- confirm: ${v}", head: "vars: {v: x}")
        var inputs = Inputs(["plan.yaml": plan, "s.txt": "source"])
        change(&inputs)
        inputs.files = Dictionary(uniqueKeysWithValues: inputs.files.map { (folder + $0.key, $0.value) })
        return try inputs.loader.load(plan: folder + "plan.yaml", variables: variables, facts: facts).digest
    }

    @Test func everyInputCounts() throws {
        let space = Array(" ".utf8)
        var digests = [try digest()]
        for name in ["plan.yaml", "inventory.yaml", "facts.yaml", "s.txt"] {
            digests.append(try digest { $0.files[name]? += space })
        }
        digests.append(try digest(variables: ["v": "x"]))
        digests.append(try digest(variables: ["v": "y"]))
        digests.append(try digest(facts: EnsembleFacts(servers: [:])))
        #expect(Set(digests).count == digests.count)
        #expect(digests.allSatisfy { $0.count == 64 })
    }

    @Test func itIsTheSameEachTimeAndEverywhere() throws {
        #expect(try digest() == digest())
        #expect(try digest() == digest(folder: "/srv/plans/"))
    }
}
