import Foundation
import TestSupport
import Testing

@testable import PlanLanguage

@Suite struct UnifiedDiffTests {
    @Test func sameTextsGiveNothing() {
        #expect(UnifiedDiff.make(old: "a\n", new: "a\n", oldName: "x", newName: "x") == "")
        #expect(UnifiedDiff.make(old: "", new: "", oldName: "x", newName: "x") == "")
    }

    @Test func writesAHunk() {
        let diff = UnifiedDiff.make(old: "a\nb\nc", new: "a\nB\nc", oldName: "old", newName: "new")
        #expect(
            diff == """
                --- old
                +++ new
                @@ -1,3 +1,3 @@
                 a
                -b
                +B
                 c
                \\ No newline at end of file

                """)
    }

    static let config = """
        # The number of milliseconds of each tick
        tickTime=2000
        initLimit=10
        syncLimit=5
        dataDir=/data/zk
        clientPort=2181
        server.6=10.0.0.6:2888:3888
        server.7=10.0.0.7:2888:3888
        server.8=10.0.0.8:2888:3888
        server.9=10.0.0.9:2888:3888
        server.10=10.0.0.10:2888:3888
        autopurge.purgeInterval=1
        """

    static let pairs: [(String, String)] = [
        (config, config.replacingOccurrences(of: "initLimit=10", with: "initLimit=100")),
        (config, config.replacingOccurrences(of: "server.7=", with: "#server.7=") + "\n"),
        (config + "\n", config.replacingOccurrences(of: "server.", with: "#server.") + "\nserver.1=a:1:2\n"),
        (config, config.replacingOccurrences(of: "tickTime=2000\n", with: "")),
        (config, config + "\nlast=1"),
        ("", config), (config, ""), ("a\n", "a"), ("a", "a\n"), ("a\r\nb\r\n", "a\r\nc\r\n"),
        ("a\nb\na\nb\n", "a\nb\n"), ("a\nb\n", "a\nb\na\nb\n"), ("x\nx\nx\n", "x\nx\n"),
        ("a\n\nb\n\nc\n", "a\n\nb\n\nn\n\nc\n"), ("caf\u{e9}\n", "cafe\u{301}\n"),
    ]

    @Test(arguments: pairs.indices) func equalsDiffU(_ index: Int) throws {
        let (old, new) = Self.pairs[index]
        let folder = try TemporaryFolder()
        try folder.write(old, "old")
        try folder.write(new, "new")
        let diff = ["/usr/bin/diff", "-u", "--label", "old", "--label", "new", "old", "new"]
        let expected = try Command.run(diff, in: folder.path)
        #expect(expected.code == 1)
        #expect(UnifiedDiff.make(old: old, new: new, oldName: "old", newName: "new") == expected.output)
    }

    /// What `patch` makes of the diff is the new text, for texts with many equal lines.
    @Test func patchesBack() throws {
        var random = SeededGenerator(seed: 7)
        let folder = try TemporaryFolder()
        for _ in 0..<60 {
            let old = random.text(lines: 30)
            let new = Bool.random(using: &random) ? random.text(lines: 30) : random.mutate(old)
            try folder.write(old, "file")
            try folder.write(UnifiedDiff.make(old: old, new: new, oldName: "file", newName: "file"), "diff")
            if old != new { try Command.output(["/usr/bin/patch", "-s", "-p0", "file", "diff"], in: folder.path) }
            #expect(try folder.read("file") == new)
        }
    }

    @Test func isSmallest() {
        var random = SeededGenerator(seed: 3)
        for _ in 0..<200 {
            let (old, new) = (random.text(lines: 12), random.text(lines: 12))
            let lines = { (text: String) in text.split(separator: "\n").map { Array($0.utf8) } }
            let changes = LineChanges(old: lines(old), new: lines(new))
            let kept = changes.removed.filter { !$0 }.count
            #expect(kept == longestCommonSubsequence(lines(old), lines(new)))
            #expect(kept == changes.added.filter { !$0 }.count)
        }
    }

    /// Two texts of 20,000 different lines are done in time, since costs have a limit.
    /// The limit is there for an algorithm that would take hours, not to measure this one.
    @Test(.timeLimit(.minutes(10))) func endsForLongTextsWithNothingInCommon() {
        let old = (0..<20_000).map { "a\($0)\n" }.joined()
        let new = (0..<20_000).map { "b\($0)\n" }.joined()
        #expect(UnifiedDiff.make(old: old, new: new, oldName: "a", newName: "b").utf8.count > 40_000)
    }

    private func longestCommonSubsequence(_ one: [[UInt8]], _ other: [[UInt8]]) -> Int {
        var row = Array(repeating: 0, count: other.count + 1)
        for line in one {
            var diagonal = 0
            for (index, candidate) in other.enumerated() {
                let above = row[index + 1]
                row[index + 1] = line == candidate ? diagonal + 1 : max(above, row[index])
                diagonal = above
            }
        }
        return row[other.count]
    }
}

extension SeededGenerator {
    mutating func text(lines: Int) -> String {
        let count = Int.random(in: 1...lines, using: &self)
        let words = ["a", "b", "c", "d"]
        return (0..<count).map { _ in words.randomElement(using: &self)! + "\n" }.joined()
    }

    mutating func mutate(_ text: String) -> String {
        var lines = text.split(separator: "\n").map { $0 + "\n" }
        for _ in 0..<3 {
            lines.insert(
                "new\(Int.random(in: 0...3, using: &self))\n", at: Int.random(in: 0...lines.count, using: &self))
            if lines.count > 2 { lines.remove(at: Int.random(in: 0..<lines.count, using: &self)) }
        }
        return lines.joined()
    }
}

/// A folder that goes with the value.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "zkops-tests-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ text: String, _ name: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path + "/" + name))
    }

    func read(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(fileURLWithPath: path + "/" + name)), as: UTF8.self)
    }
}
