import TestSupport
import Testing

@testable import EnsembleAccess
@testable import TerminalUI

@Suite struct ContentsViewTests {
    /// Two groups that are shown, one that is not, and names that a terminal must not take for commands.
    static let contents: TreeContents = {
        var contents = TreeContents(depth: 1, top: 2)
        let june = 1_750_000_000_000
        let znodes: [(path: String, data: Int, age: Int, kind: ZnodeKind)] = [
            ("/", 0, 0, .persistent), ("/zookeeper/quota", 0, 0, .persistent),
            ("/ours/tables/1", 600_000, 3, .persistent), ("/ours/tables/2", 400_000, 1, .container),
            ("/theirs/locks/\u{1b}[2J", 12, 2, .ephemeral), ("/theirs/state|now", 250_000, 900, .timed),
            ("/rest", 8, 5, .persistent),
        ]
        for znode in znodes {
            contents.add(
                ZnodeSize(
                    path: znode.path, data: znode.data, bytes: 76 + znode.path.utf8.count + znode.data,
                    createdAt: znode.age > 0 ? june - 1000 * 86_400_000 : 0,
                    changedAt: znode.age > 0 ? june - znode.age * 86_400_000 : 0, kind: znode.kind))
        }
        return contents
    }()

    private static let ofSnapshot = ContentsView(
        contents, source: "snapshot.10000c350.gz",
        summary: .init(isCompressed: true, bytes: 1_250_700, sessions: 1))

    private static let ofServer: ContentsView = {
        var contents = Self.contents
        contents.unreadable = 2
        return ContentsView(contents, source: "zk3@v3.8.0", summary: nil)
    }()

    @Test func aSnapshotAsText() throws {
        try expectGolden(Self.ofSnapshot.text(Palette(colour: false)), "TerminalUI/contents.txt")
    }

    @Test func inColour() throws {
        try expectGolden(Self.ofServer.text(Palette(colour: true)), "TerminalUI/contents-colours.txt")
    }

    @Test func asMarkdown() throws { try expectGolden(Self.ofServer.markdown, "TerminalUI/contents.md") }

    @Test func asJSON() throws { try expectGolden(Self.ofSnapshot.json, "TerminalUI/contents.json") }
}
