import EnsembleModel
import Testing

@testable import PlanLanguage

@Suite struct VariablesTests {
    private let head = "vars: {new: new, host: zk1, server: \"${host}@${new}\", n: 2}"

    @Test func textsAndKeysAreFilled() throws {
        let plan = try Inputs.load(
            "- set_myid: {\"${server}\": \"${n}\"}\n- confirm: \"$${new} is ${new}, $5\"", head: head)
        let operations = plan.allSteps.flatMap(\.operations)
        #expect(
            operations == [
                .setMyid(ServerName(host: "zk1", installation: "new"), ServerID(2)), .confirm("${new} is new, $5"),
            ])
    }

    @Test func theCommandLineWins() throws {
        let plan = try Inputs.load("- stop: \"${server}\"", head: head, variables: ["host": "zk2", "new": "old"])
        #expect(plan.serversTouched == [ServerName(host: "zk2", installation: "old")])
        #expect(plan.variables == ["host": "zk2", "new": "old"])
    }

    @Test func aVariableOfTheCommandLineAloneMayBeUsed() throws {
        let plan = try Inputs.load("- confirm: ${why}", variables: ["why": "${not} again"])
        #expect(plan.allSteps.flatMap(\.operations) == [.confirm("${not} again")])
    }

    @Test func oneOfNoUseIsAnError() {
        let errors = Inputs.errors("- confirm: x", head: head, variables: ["hots": "zk2"])
        #expect(errors == ["5:1 the plan has no variable `hots`, which `--var` gives"])
    }

    @Test func aMistakeInAVariableIsReportedOnceAndThere() {
        let steps = "- stop: \"zk1@${v}\"\n- start: [\"zk1@${v}\", \"zk2@${v}\"]\n- stop: zk1@nwe"
        #expect(
            Inputs.errors(steps, head: "vars: {v: nwe}") == [
                "5:11 the variable `v` is `nwe`, which does not fit in lines 9, 10: the host `zk1` has no installation `nwe`",
                "11:15 the host `zk1` has no installation `nwe`",
            ])
        #expect(
            Inputs.errors(steps, head: "vars: {v: new}", variables: ["v": "nwe"]).first?.hasPrefix(
                "5:8 the variable `v`")
                == true)
        #expect(Inputs.errors("- stop: \"zk1@${v}\"", head: "vars: {v: nwe}").first?.hasPrefix("9:15") == true)
    }

    @Test func keysThatBecomeTheSameAreReported() {
        let errors = Inputs.errors("- set_myid: {zk1@new: 1, \"${server}\": 2}", head: head)
        #expect(errors == ["9:32 the key `zk1@new` stands here a second time"])
    }

    @Test func anEmptyVariableIsNoMissingValue() {
        let errors = Inputs.errors("- confirm: ${empty}", head: "vars: {empty: \"\"}")
        #expect(errors == ["9:18 found an empty text where a question is wanted"])
    }

    @Test func variablesThatGrowWithoutEndAreStopped() {
        let names = "abcdefghijkl".map(String.init)
        var vars = "vars:\n  a: \(String(repeating: "x", count: 100))\n"
        for (name, before) in zip(names.dropFirst(), names) {
            vars += "  \(name): \"\(String(repeating: "${\(before)}", count: 10))\"\n"
        }
        let errors = Inputs.errors("- confirm: ${l}", head: vars)
        #expect(errors.contains { $0.contains("longer than 1048576 bytes") })
    }

    @Test func theUndefinedIsReportedAtItsOwnPlace() {
        let errors = Inputs.errors("- confirm: >\n    first ${new}\n    then ${gone} and ${gone}", head: head)
        #expect(errors == ["11:16 the variable `gone` is not defined"])
    }

    @Test func rollingNames() {
        let server = ServerName(host: "zk1", installation: "new")
        #expect(
            RollingNames.filled("$server on $host, $hostname $servers $ $$server $", with: server)
                == "zk1@new on zk1, $hostname $servers $ $zk1@new $")
        #expect(RollingNames.first(in: "x$host@y") == "$host")
        #expect(RollingNames.first(in: "$hosts") == nil)
    }
}
