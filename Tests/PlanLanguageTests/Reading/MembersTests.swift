import EnsembleModel
import Testing

@testable import PlanLanguage

/// Server lines made of hosts and the ports that the facts know.
@Suite struct MembersTests {
    private static let inventory = """
        version: 1
        ensemble: e
        installations: {v: {home: /z}}
        hosts: {zk1: {address: 10.0.0.1}, zk2: {address: 10.0.0.2, quorum_address: 192.168.0.2}, zk3: {address: 10.0.0.3}, zk4: {address: 10.0.0.4}}
        """

    /// What the `members` become in zk1's configuration, or what is wrong.
    private func members(_ members: String, own: [String] = [], others: [String] = []) throws -> [String] {
        func config(_ lines: [String]) -> String {
            "\"" + lines.map { "server.\($0)" }.joined(separator: "\\n") + "\""
        }
        let text = """
            version: 1
            name: n
            inventory: inventory.yaml
            facts: {servers: {zk1@v: {config: \(config(own))}, zk2@v: {config: \(config(others))}}}
            stages: [{name: s, steps: [{edit_config: {servers: zk1@v, members: \(members)}}]}]
            """
        do throws(InvalidInput) {
            let loader = Inputs(["plan.yaml": text, "inventory.yaml": Self.inventory]).loader
            let plan = try loader.load(plan: "plan.yaml")
            guard case .editFile(_, let edit)? = plan.allSteps[0].operations.first else { return [] }
            return (edit.members ?? [:]).sorted { $0.key < $1.key }.map { "\($0)=\($1.text)" }
        } catch {
            return error.diagnostics.map { "error: \($0.message)" }
        }
    }

    @Test func theOwnConfigurationComesFirst() throws {
        let found = try members("{1: zk1}", own: ["1=10.0.0.1:1000:2000"], others: ["1=10.0.0.1:2888:3888"])
        #expect(found == ["1=10.0.0.1:1000:2000"])
    }

    @Test func thenTheOthers() throws {
        #expect(try members("{3: zk3}", own: ["1=10.0.0.1:1:2"], others: ["7=10.0.0.3:3:4"]) == ["3=10.0.0.3:3:4"])
    }

    @Test func aHostIsKnownByEachOfItsNames() throws {
        #expect(try members("{2: zk2}", own: ["2=10.0.0.2:1:2"]) == ["2=192.168.0.2:1:2"])
        #expect(try members("{2: zk2}", own: ["2=192.168.0.2:1:2"]) == ["2=192.168.0.2:1:2"])
        #expect(try members("{2: zk2}", own: ["2=zk2:1:2"]) == ["2=192.168.0.2:1:2"])
    }

    @Test func configurationsWithNamesKeepThem() throws {
        #expect(try members("{5: zk3}", own: ["3=zk3:1:2"]) == ["5=zk3:1:2"])
    }

    @Test func roleAndClientPortAreKept() throws {
        #expect(
            try members("{3: zk3}", own: ["3=10.0.0.3:1:2:observer;0.0.0.0:2181"]) == [
                "3=10.0.0.3:1:2:observer;0.0.0.0:2181"
            ])
        #expect(
            try members("{3: {host: zk3, role: participant}}", own: ["3=10.0.0.3:1:2:observer;2181"]) == [
                "3=10.0.0.3:1:2;2181"
            ])
        #expect(
            try members("{3: {host: zk3, quorum: 7, election: 8, client: 9}}", own: ["3=10.0.0.3:1:2:observer;2181"])
                == ["3=10.0.0.3:7:8:observer;9"])
    }

    @Test func aNewHostTakesThePortsThatAllAgreeOn() throws {
        let lines = ["1=10.0.0.1:2888:3888;2181", "2=192.168.0.2:2888:3888;2181"]
        #expect(try members("{4: zk4}", own: lines, others: lines) == ["4=10.0.0.4:2888:3888;2181"])
        #expect(try members("{4: {host: zk4, role: observer}}", own: lines) == ["4=10.0.0.4:2888:3888:observer;2181"])
    }

    @Test func portsThatNobodyKnows() throws {
        let message = "error: no known configuration has the ports of `zk4`, and the others don't agree on any"
        #expect(try members("{4: zk4}") == [message])
        #expect(try members("{4: zk4}", own: ["1=10.0.0.1:1:2", "2=192.168.0.2:3:4"]) == [message])
        #expect(try members("{4: {host: zk4, quorum: 1, election: 2}}") == ["4=10.0.0.4:1:2"])
    }

    @Test func portsThatConfigurationsDisagreeOn() throws {
        let message =
            "error: configurations have different ports of `zk3`: 10.0.0.3:1:2 in zk2@v; 10.0.0.3:3:4 in zk2@v"
        #expect(try members("{3: zk3}", others: ["3=10.0.0.3:1:2", "4=10.0.0.3:3:4"]) == [message])
        // The own line decides.
        #expect(
            try members("{3: zk3}", own: ["3=10.0.0.3:5:6"], others: ["3=10.0.0.3:1:2", "4=10.0.0.3:3:4"]) == [
                "3=10.0.0.3:5:6"
            ])
    }

    @Test func withoutFactsItIsAWarning() throws {
        var inputs = Inputs(["plan.yaml": Inputs.plan("- edit_config: {servers: zk1@old, members: {1: zk1}}")])
        inputs.files["plan.yaml"] = inputs.files["plan.yaml"].map {
            Array(String(decoding: $0, as: UTF8.self).replacing("facts: facts.yaml\n", with: "").utf8)
        }
        let plan = try inputs.loader.load(plan: "plan.yaml")
        #expect(plan.facts == nil)
        #expect(plan.warnings.map(\.message) == ["the ports of `zk1` are not known without facts"])
    }
}
