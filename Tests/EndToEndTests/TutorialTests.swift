import Foundation
import TestSupport
import Testing

/// What the documentation tells people to type does what it says.
@Suite(.serialized) struct TutorialTests {
    private func withFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "zkops-tutorial-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder)
    }

    @Test func fiveMinutesOnTheLab() throws {
        let story = try ShellStory("README.md", section: "Five minutes on the lab")
        #expect(story.blocks.count >= 6 && story.blocks.filter { !$0.claims.isEmpty }.count >= 5)
        try tell(story, lab: "tutorial")
    }

    @Test func anUpgradeFromTheFirstLookToTheReport() throws {
        let story = try ShellStory("docs/tutorial.md")
        #expect(story.blocks.count >= 10 && story.blocks.filter { !$0.claims.isEmpty }.count >= 9)
        try tell(story, lab: "upgrade")
    }

    /// A story whose lab lies in `tutorial` and is gone at its end.
    private func tell(_ story: ShellStory, lab: String) throws {
        try withFolder { folder in
            defer {
                _ = try? ZkopsBinary().run(["lab", "down", "--name", lab, "--dir", "\(folder.path)/tutorial"])
            }
            try story.tell(in: folder)
            #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/tutorial"), "the lab is gone at the end")
        }
    }

    @Test func theExamples() throws {
        let story = try ShellStory("examples/README.md")
        #expect(!story.blocks.isEmpty)
        try withFolder { try story.tell(in: $0) }
    }

    @Test func aClaimThatDoesNotHoldIsFound() {
        let printed = "zk1  follower  1\nzk2  leader    2\ndone in 3.1 s\n"
        #expect(ShellStory.missing(["zk1 ... 1", "...", "done in ... s"], in: printed) == [])
        #expect(ShellStory.missing(["zk1 ... 2"], in: printed) == ["zk1 ... 2"])
        #expect(ShellStory.missing(["follower"], in: printed) == ["follower"])
        #expect(ShellStory.missing(["done ...", "zk1 ..."], in: printed) == ["zk1 ..."])
    }
}
