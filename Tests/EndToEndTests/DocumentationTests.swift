import Foundation
import TestSupport
import Testing

/// What the documentation points at is there.
@Suite struct DocumentationTests {
    /// Every Markdown file that people read; those that tests record are not.
    private static func pages() throws -> [String] {
        let listed = try Command.bash(
            "cd \"$1\" && git ls-files -co --exclude-standard -- '*.md'", Repository.folder.path)
        let pages = listed.output.split(separator: "\n").map(String.init)
        return pages.filter { !$0.hasPrefix("Tests/") && !$0.hasSuffix("/preview.md") }
    }

    private static func text(_ page: String) throws -> String {
        try String(contentsOf: Repository.folder.appendingPathComponent(page), encoding: .utf8)
    }

    /// Without what stands in code blocks.
    private static func prose(_ page: String) throws -> String {
        var isCode = false
        let lines = try text(page).components(separatedBy: "\n").filter { line in
            let isFence = line.trimmingCharacters(in: .whitespaces).hasPrefix("```")
            if isFence { isCode.toggle() }
            return !isFence && !isCode
        }
        return lines.joined(separator: "\n")
    }

    /// As GitHub makes it of a heading.
    private static func anchors(_ page: String) throws -> Set<String> {
        let headings = try prose(page).components(separatedBy: "\n").filter { $0.hasPrefix("#") }
        return Set(
            headings.map { heading in
                let words = heading.drop { $0 == "#" }.trimmingCharacters(in: .whitespaces).lowercased()
                return words.filter { $0.isLetter || $0.isNumber || " -_".contains($0) }.replacing(" ", with: "-")
            })
    }

    private static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: Repository.folder.appendingPathComponent(path).path)
    }

    @Test func everyLinkLeadsSomewhere() throws {
        var links = 0
        for page in try Self.pages() {
            let folder = (page as NSString).deletingLastPathComponent
            for link in try Self.prose(page).matches(of: /\]\(([^)\s]+)\)/).map({ String($0.output.1) }) {
                links += 1
                if link.hasPrefix("https://") { continue }
                let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                let path = parts[0].isEmpty ? page : (folder as NSString).appendingPathComponent(parts[0])
                #expect(Self.exists(path), "\(page) links to \(link)")
                if parts.count > 1, path.hasSuffix(".md"), Self.exists(path) {
                    #expect(try Self.anchors(path).contains(parts[1]), "\(page) links to \(link)")
                }
            }
        }
        #expect(links > 5)
    }

    /// `docs/lab.md`, `plans/`, `lab.md` of a page beside it: every path in backquotes that begins with a folder of the repository, or ends
    /// like a page or a script.
    @Test func everyFileThatIsNamedIsThere() throws {
        let folders = ["docs/", "plans/", "examples/", "scripts/", "schema/", "Tests/", "Sources/", "Benchmarks/"]
        var named = 0
        for page in try Self.pages() {
            let folder = (page as NSString).deletingLastPathComponent
            for path in try Self.prose(page).matches(of: /`([A-Za-z0-9_.\/-]+)`/).map({ String($0.output.1) }) {
                let isOfRepository = folders.contains { path.hasPrefix($0) }
                let isPage = path.hasSuffix(".md") && !path.hasPrefix("preview.")
                guard isOfRepository || isPage else { continue }
                named += 1
                let beside = (folder as NSString).appendingPathComponent(path)
                let source = "Sources/" + path
                #expect(Self.exists(path) || Self.exists(beside) || Self.exists(source), "\(page) names `\(path)`")
            }
        }
        #expect(named > 50)
    }

    /// What `make` is told to do, it knows.
    @Test func everyTargetOfMakeIsThere() throws {
        let makefile = try Self.text("Makefile")
        let targets = Set(makefile.matches(of: /(?m)^([a-z-]+):/).map { String($0.output.1) })
        for page in try Self.pages() {
            let text = try Self.text(page)
            let told =
                text.matches(of: /`make ([a-z-]+)/).map(\.output.1)
                + text.matches(of: /(?m)^make ([a-z-]+)/).map(\.output.1)
            for target in told { #expect(targets.contains(String(target)), "\(page): make \(target)") }
        }
    }

    /// The blocks of shell that tests run, and those that only call make.
    @Test func everyCommandOfReadmeAndTutorialIsRun() throws {
        let all = try ShellStory("README.md").blocks.map(\.commands)
        let run = try ShellStory("README.md", section: "Five minutes on the lab").blocks.map(\.commands)
        let rest = all.filter { !run.contains($0) }
        for commands in rest {
            let lines = commands.split(separator: "\n")
            #expect(lines.allSatisfy { $0.hasPrefix("make ") }, "nothing runs this block of README.md:\n\(commands)")
        }
        #expect(!run.isEmpty && !rest.isEmpty)
    }
}
