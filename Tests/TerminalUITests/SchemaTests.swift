import Foundation
import PlanLanguage
import TerminalUI
import TestSupport
import Testing

/// The schemas and the reader are of one opinion on every file that is shipped, and on files that are wrong in their form.
@Suite struct SchemaTests {
    @Test(arguments: FileFormat.allCases) func theFileIsMadeFromTheDefinitions(_ format: FileFormat) throws {
        try expectGolden(
            SchemaJSON(format).document, at: Repository.folder.appendingPathComponent("schema/\(format).schema.json"))
    }

    static let shipped: [String] = {
        let complete = ["plan", "inventory", "facts"].map { "Tests/Fixtures/PlanLanguage/complete/\($0).yaml" }
        let names = [Repository.plans, Repository.examples].flatMap { folder in
            (FileManager.default.subpaths(atPath: folder.path) ?? []).map { "\(folder.lastPathComponent)/\($0)" }
        }
        return names.filter { $0.hasSuffix(".yaml") && !$0.hasSuffix("/expect.yaml") }.sorted() + complete
    }()

    @Test func theCorpusIsThere() { #expect(Self.shipped.count > 100) }

    /// That the reader accepts them is what the tests of the plans and examples say.
    @Test(arguments: shipped) func everyShippedFileIsValid(_ name: String) throws {
        let file = Repository.folder.appendingPathComponent(name)
        let format = file.lastPathComponent.hasPrefix("inventory") ? FileFormat.inventory : Self.otherFormat(file)
        #expect(try Self.schema(format).faults(in: String(contentsOf: file, encoding: .utf8)) == [])
    }

    /// Seen from `plans/` and, through the link `examples/schema`, from the examples that link to a plan.
    @Test(arguments: shipped.filter { !$0.hasPrefix("Tests/") }) func everyShippedFileNamesItsSchema(_ name: String)
        throws
    {
        let file = Repository.folder.appendingPathComponent(name)
        let line = try #require(String(contentsOf: file, encoding: .utf8).split(separator: "\n").first)
        let path = try #require(line.wholeMatch(of: #/# yaml-language-server: \$schema=(\S+)/#)?.1)
        let expected = name.hasSuffix("/inventory.yaml") ? FileFormat.inventory : Self.otherFormat(file)
        #expect(path.hasSuffix("/\(expected.rawValue).schema.json"))
        #expect(
            FileManager.default.fileExists(atPath: "\(file.deletingLastPathComponent().path)/\(path)"),
            "no schema at \(path)")
    }

    @Test(arguments: StepKinds.all.map { $0.documentation.example })
    func everyExampleOfAStepIsValid(_ example: String) throws {
        let steps = example.split(separator: "\n").map { "      \($0)\n" }.joined()
        #expect(try Self.schema(.plan).faults(in: Self.plan(steps: steps)) == [])
    }

    @Test(arguments: ConditionKind.all.map(\.example))
    func everyExampleOfAConditionIsValid(_ example: String) throws {
        let plan = Self.plan(steps: "      - require: [\(example)]\n      - wait: \(example)\n")
        #expect(try Self.schema(.plan).faults(in: plan) == [])
    }

    static let badSteps = [
        "stopp: zk1@v", "restart: zk1", "restart: [zk1@v, 3]", "restart: []", "restart:",
        "restart: zk1@v\n        stop: zk1@v",
        "restart: {servers: zk1@v, settel: none}", "restart: {settle: none}",
        "restart: {servers: zk1@v, settle: later}",
        "restart: {servers: zk1@v, parallel: yes}", "name: only a name", "confirm: [a, b]", "wait: []",
        "wait: [{leader: zk1@v}]\n        timeout: 10", "wait: [{leeder: zk1@v}]",
        "wait: [{server: zk1@v, mode: king}]",
        "wait: [{serving: zk1@v, leader: zk1@v}]", "wait: [{lost_writes: 0, from: zk1@v}]", "set_myid: {zk1@v: 300}",
        "set_myid: {zk1: 1}", "edit_config: {servers: zk1@v, members: {one: zk1}}", "copy_data: {from: zk1@v}",
        "edit_config: {servers: zk1@v, set: [a]}", "rolling: {servers: zk1@v, steps: []}",
        "rolling: {servers: zk1@v, order: random, steps: [{restart: $server}]}",
        "install: {servers: zk1@v, archive: a.tar.gz, sha256: abc}", "run: {hosts: zk1, undo: b}",
        "put_file: {servers: zk1@v, path: a, content: b, mode: rw}",
    ]

    @Test(arguments: badSteps) func bothRefuseAStep(_ step: String) throws {
        try Self.expectRefused(.plan, Self.plan(steps: "      - \(step)\n"))
    }

    static let badFiles: [(FileFormat, String)] = [
        (.plan, "version: 2\nname: a\ninventory: i.yaml\nstages: [{name: s, steps: [{confirm: a}]}]"),
        (.plan, "version: 1\ninventory: i.yaml\nstages: [{name: s, steps: [{confirm: a}]}]"),
        (.plan, "version: 1\nname: a\ninventory: i.yaml\nstages: [{steps: [{confirm: a}]}]"),
        (.plan, "version: 1\nname: a\ninventory: i.yaml\nstages: {name: s}"),
        (
            .plan,
            "version: 1\nname: a\ninventory: i.yaml\nsettings: {max_unavailable: 0}\nstages: [{name: s, steps: [{confirm: a}]}]"
        ),
        (
            .plan,
            "version: 1\nname: a\ninventory: i.yaml\nacknowledge: [{hazard: bad, because: a}]\nstages: [{name: s, steps: [{confirm: a}]}]"
        ),
        (.inventory, "version: 1\ninstallations: {v: {home: /opt/v}}\nhosts: {zk1: {address: 10.0.0.1}}"),
        (.inventory, "version: 1\nensemble: a\ninstallations: {v: {home: /opt/v}}\nhosts: {zk1: {adress: 10.0.0.1}}"),
        (.inventory, "version: 1\nensemble: a\ninstallations: {v: {home: /opt/v}}\nhosts: [zk1]"),
        (
            .inventory,
            "version: 1\nensemble: a\ninstallations: {v: {home: /opt/v}}\nssh: {port: 70000}\nhosts: {zk1: {address: 10.0.0.1}}"
        ),
        (
            .inventory,
            "version: 1\nensemble: a\ninstallations: {v: {home: /opt/v}}\nssh: {transport: telnet}\nhosts: {zk1: {address: 10.0.0.1}}"
        ),
        (.facts, "servers: {zk1@v: {running: false}}"),
        (.facts, "version: 1\nservers: {zk1: {running: false}}"),
        (.facts, "version: 1\nservers: {zk1@v: {mode: king}}"),
        (.facts, "version: 1\nservers: {zk1@v: {zxid: 12g}}"),
        (.facts, "version: 1\nservers: {zk1@v: {epochs: {accepted: 1}}}"),
        (.facts, "version: 1\ncaptured_at: yesterday\nservers: {zk1@v: {running: false}}"),
        (.drill, "version: 1\nworld: {lab: {version: 3.8.0}}\nplan: p.yaml"),
        (.drill, "version: 1\ndrill: d\nworld: {lab: {hosts: 3}}\nplan: p.yaml"),
        (.drill, "version: 1\ndrill: d\nworld: {lab: {version: 3.8.0}}\nplan: p.yaml\nfaults: [{break: heart}]"),
        (.drill, "version: 1\ndrill: d\nworld: {lab: {version: 3.8.0}}\nplan: p.yaml\nexpect: {outcome: fine}"),
        (.drill, "version: 1\ndrill: d\nworld: {lab: {version: 3.8.0}}\nplan: p.yaml\nexpect: {state: {leeder: a}}"),
    ]

    @Test(arguments: badFiles.indices) func bothRefuseAFile(_ index: Int) throws {
        try Self.expectRefused(Self.badFiles[index].0, Self.badFiles[index].1)
    }

    /// What the corpus is a mutation of is accepted by both, so each refusal is for the one thing that is wrong.
    @Test func bothAcceptWhatTheCorpusIsMadeFrom() throws {
        let plan = Self.plan(steps: "      - confirm: ready?\n      - restart: {servers: zk1@v, settle: none}\n")
        #expect(try Self.schema(.plan).faults(in: plan) == [])
        #expect(try Self.schema(.inventory).faults(in: Self.inventory) == [])
        #expect(throws: Never.self) { try Self.loader(["file.yaml": plan]).load(plan: "file.yaml") }
        let small = "version: 1\nname: a\ninventory: i.yaml\nstages: [{name: s, steps: [{confirm: a}]}]"
        #expect(throws: Never.self) { try Self.loader(["file.yaml": small]).load(plan: "file.yaml") }
        let empty =
            "version: 1\nname: a\ninventory: i.yaml\nvars: {x: }\nstages: [{name: s, steps: [{confirm: 'a${x}'}]}]"
        #expect(try Self.schema(.plan).faults(in: empty) == [])
        #expect(throws: Never.self) { try Self.loader(["file.yaml": empty]).load(plan: "file.yaml") }
        let facts = "version: 1\nservers: {zk1@v: {running: false}}"
        let loader = Self.loader(["facts.yaml": facts])
        #expect(throws: Never.self) {
            try loader.loadFacts("facts.yaml", inventory: loader.loadInventory("i.yaml"))
        }
        let drill =
            "version: 1\ndrill: d\nworld: {lab: {version: 3.8.0}}\nplan: p.yaml\nfaults: [{break: kill, server: leader}]\n"
            + "expect: {outcome: failed, state: {synced_followers: 2}}"
        #expect(try Self.schema(.drill).faults(in: drill) == [])
        #expect(throws: Never.self) { try Self.loader(["drill.yaml": drill]).loadDrill("drill.yaml") }
    }

    private static func expectRefused(_ format: FileFormat, _ text: String) throws {
        #expect(try schema(format).faults(in: text) != [], "the schema accepts it")
        let loader = loader(["file.yaml": text])
        #expect(throws: (any Error).self, "the reader accepts it") {
            switch format {
            case .plan: _ = try loader.load(plan: "file.yaml")
            case .inventory: _ = try loader.loadInventory("file.yaml")
            case .facts: _ = try loader.loadFacts("file.yaml", inventory: loader.loadInventory("i.yaml"))
            case .drill: _ = try loader.loadDrill("file.yaml")
            }
        }
    }

    private static func schema(_ format: FileFormat) throws -> JSONSchema {
        try JSONSchema(SchemaJSON(format).document)
    }

    private static func otherFormat(_ file: URL) -> FileFormat {
        if file.deletingLastPathComponent().lastPathComponent == "drills" { return .drill }
        return file.lastPathComponent.hasPrefix("facts") ? .facts : .plan
    }

    private static func plan(steps: String) -> String {
        "version: 1\nname: a\ninventory: i.yaml\nfacts: {servers: {}}\nstages:\n  - name: s\n    steps:\n\(steps)"
    }

    private static let inventory =
        "version: 1\nensemble: a\ninstallations: {v: {home: /opt/v}}\nhosts: {zk1: {address: 10.0.0.1}}\n"

    private static func loader(_ files: [String: String]) -> PlanLoader {
        struct Missing: Error, CustomStringConvertible { var description: String { "no such file" } }
        return PlanLoader { path in
            // A drill's plan has to be there.
            let others = ["i.yaml": inventory, "p.yaml": "{}"]
            guard let text = files[path] ?? others[path] else { throw Missing() }
            return Array(text.utf8)
        }
    }
}
