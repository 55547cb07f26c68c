import EnsembleModel
import Foundation
import TestSupport

@testable import EnsembleAccess
@testable import PlanLanguage

/// The files that operators write, and those that servers and hosts keep.
extension FuzzTarget {
    private static let planWords = [
        "version: 1", "steps:", "stages:", "${new}", "$server", "$host", "zk1@v3.4.14", "zk1@old", "order: leader_last",
        "require:",
        "- stop: zk1@old\n", "{leader: zk1@old}", "members: {1: zk1}", "timeout: 10s", "10s", "1.5h", "999999999999h",
        "002:00", "!!int ",
    ]

    static let plan = FuzzTarget(name: "plan", words: planWords) { bytes in
        let folder = Repository.fixtures.appendingPathComponent("PlanLanguage/complete")
        let loader = PlanLoader { path in
            path == "plan.yaml" ? bytes : Array(try Data(contentsOf: folder.appendingPathComponent(path)))
        }
        try told { () throws(InvalidInput) in
            let plan = try loader.load(plan: "plan.yaml")
            for step in plan.stages.flatMap(\.steps) { _ = step.operations.map(\.summary) }
        }
    }

    static let inventory = FuzzTarget(name: "inventory", words: planWords + ["jump: ", "{host}", "home: /"]) { bytes in
        let loader = PlanLoader { _ in bytes }
        try told { () throws(InvalidInput) in _ = try loader.loadInventory("inventory.yaml") }
    }

    static let facts = FuzzTarget(name: "facts", words: planWords + ["mode: ", "config: |\n", "0x", "none"]) { bytes in
        let folder = Repository.fixtures.appendingPathComponent("PlanLanguage/complete")
        let loader = PlanLoader { path in
            path == "facts.yaml" ? bytes : Array(try Data(contentsOf: folder.appendingPathComponent(path)))
        }
        var read: (facts: EnsembleFacts, inventory: Inventory)?
        try told { () throws(InvalidInput) in
            let inventory = try loader.loadInventory("inventory.yaml")
            read = (try loader.loadFacts("facts.yaml", inventory: inventory), inventory)
        }
        guard let (facts, inventory) = read else { return }
        let yaml = facts.yaml(ensemble: inventory.ensemble)
        let again = try PlanLoader { _ in Array(yaml.utf8) }.loadFacts("facts.yaml", inventory: inventory)
        try expect(again == facts, "the facts read back otherwise: \(yaml)")
    }

    private static let drillWords = [
        "break: kill", "server: leader", "before: ", "between: [1s, 2s]", "for: 3s", "when: {synced_followers: 1}",
        "lab:",
    ]

    static let drill = FuzzTarget(name: "drill", words: planWords + drillWords) { bytes in
        try told { () throws(InvalidInput) in _ = try PlanLoader { _ in bytes }.loadDrill("drill.yaml") }
    }

    /// Runs `body`; an error of the input must say where it is, at a place that exists.
    private static func told(_ body: () throws(InvalidInput) -> Void) throws {
        do {
            try body()
        } catch {
            try expect(!error.diagnostics.isEmpty && !error.rendered.isEmpty, "an error without words")
            for diagnostic in error.diagnostics {
                guard let range = diagnostic.range else { throw Broken(description: "no place: \(diagnostic)") }
                guard let source = error.sources.first(where: { $0.name == range.file }) else { continue }
                let lines = SourceLines(source.text)
                let isInside =
                    (1...lines.count).contains(range.line) && range.column >= 1 && range.length >= 1
                    && range.column <= (lines.line(range.line)?.count ?? 0) + 1
                try expect(isInside, "a place outside: \(diagnostic)")
            }
        }
    }

    /// Plain or compressed, as its first bytes say.
    static let snapshots = FuzzTarget(name: "snapshot", words: ["ZKSN", "/", "/zookeeper/quota"]) { bytes in
        let path = NSTemporaryDirectory() + "zkops-fuzz-snapshot-\(ProcessInfo.processInfo.processIdentifier)"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        var contents = TreeContents(depth: 2, top: 5)
        do {
            var reader = try SnapshotReader(path)
            let summary = try reader.read { contents.add($0) }
            try expect(summary.isCompressed || summary.bytes <= bytes.count, "more was read than is there")
        } catch let error as SnapshotError {
            try expect(error.message.hasPrefix(path), "no place: \(error)")
        }
        let (all, groups) = (contents.all, contents.groups)
        try expect(groups.reduce(0) { $0 + $1.znodes } == all.znodes, "znodes are in no group, or in two")
        try expect(all.data >= 0 && all.bytes >= all.data, "\(all.data) bytes of data in \(all.bytes)")
    }

    static let zooConfig = FuzzTarget(
        name: "zoo.cfg",
        words: [
            "server.1=", "group.1=", "weight.1=", "dataDir=", "\\u0041", "\\\n", "clientPort",
            ":2888:3888:observer;2181", "|",
        ]
    ) { bytes in
        let text = TextEncoding.decode(bytes).text
        let config = ZooConfig(text)
        try expect(config.text == text, "reading alone changes the text")
        _ = config.problems(version: Version(3, 4, 6))
        _ = (config.dataDir, config.transactionLogDir, config.quorumRule, config.adminServer, config.joinLimit)
        var edited = config
        edited.setMembers([ServerID(1): MemberAddress(host: "h", quorumPort: 2888, electionPort: 3888)])
        try expect(edited.members.count == 1, "members are not what they were set to")
        var edit = TextEdit()
        edit.set = [.init(key: "initLimit", value: "20"), .init(key: "a b", value: " c\\")]
        edit.comment = ["syncLimit"]
        edit.remove = ["tickTime"]
        let server = ServerName(host: "zk1", installation: "a")
        for target in [
            EditTarget.config(server), .file(server, path: "conf/zkEnv.sh"), .file(server, path: "a.properties"),
        ] {
            guard let once = try? edit.applied(to: text, target: target) else { continue }
            try expect((try? edit.applied(to: once, target: target)) == once, "an edit made twice differs")
        }
    }
}
