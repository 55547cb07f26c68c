import Foundation
import TestSupport
import Testing

/// The commands of a Markdown section, in the order in which a reader types them, and what is said to come of them.
struct ShellStory {
    struct Block {
        var commands: String
        /// Lines that are printed in this order; `...` stands for anything. Empty where nothing is said.
        var claims: [String] = []
    }

    var blocks: [Block] = []

    /// Each ```` ```sh ```` of the section, with the ```` ```text ```` that follows it.
    init(_ file: String, section: String? = nil) throws {
        let text = try String(contentsOf: Repository.folder.appendingPathComponent(file), encoding: .utf8)
        var isWanted = section == nil
        var fence: String?
        var lines: [String] = []
        for line in text.components(separatedBy: "\n") {
            if let open = fence {
                guard line == "```" else {
                    lines.append(line)
                    continue
                }
                if open == "sh" { blocks.append(Block(commands: lines.joined(separator: "\n"))) }
                if open == "text" {
                    try #require(!blocks.isEmpty)
                    blocks[blocks.count - 1].claims += lines
                }
                (fence, lines) = (nil, [])
            } else if line.hasPrefix("## ") {
                isWanted = section.map { line == "## \($0)" } ?? true
            } else if isWanted, line.hasPrefix("```") {
                fence = String(line.dropFirst(3))
            }
        }
    }

    /// Runs all blocks in one shell, in a folder that looks like the repository after a build, with a home of its own. The first
    /// command that fails ends it.
    func tell(in folder: URL) throws {
        let files = FileManager.default
        for name in ["home", ".build/debug", "out"] {
            try files.createDirectory(at: folder.appendingPathComponent(name), withIntermediateDirectories: true)
        }
        for name in ["plans", "examples"] {
            try files.createSymbolicLink(
                at: folder.appendingPathComponent(name),
                withDestinationURL: Repository.folder.appendingPathComponent(name))
        }
        try files.createSymbolicLink(
            at: folder.appendingPathComponent(".build/debug/zkops"),
            withDestinationURL: URL(fileURLWithPath: ZkopsBinary.path).standardizedFileURL)
        var script = """
            cd "$1" && export HOME="$1/home" LC_ALL=C.UTF-8 PATH="$1/.build/debug:$PATH" && unset ${!XDG_*}
            set -e

            """
        for (number, block) in blocks.enumerated() {
            script += "{\n\(block.commands)\n} >\"$1/out/\(number)\" 2>&1\n"
        }
        let outcome = try Command.bash(script, folder.path)
        for (number, block) in blocks.enumerated() {
            let printed =
                (try? String(contentsOf: folder.appendingPathComponent("out/\(number)"), encoding: .utf8))
                ?? "(it was never reached)"
            for missing in Self.missing(block.claims, in: printed) {
                Issue.record("\(block.commands)\nshould have printed: \(missing)\n--- it printed\n\(printed)")
            }
            if outcome.code != 0,
                number + 1 == blocks.count || !files.fileExists(atPath: "\(folder.path)/out/\(number + 1)")
            {
                Issue.record("\(block.commands)\nended with \(outcome.code)\n--- it printed\n\(printed)")
                return
            }
        }
    }

    /// The first claim that no line of `printed` fulfils after those of the claims before it.
    static func missing(_ claims: [String], in printed: String) -> [String] {
        var rest = printed.components(separatedBy: "\n")[...]
        for claim in claims where !claim.allSatisfy({ ". ".contains($0) }) {
            guard let found = rest.firstIndex(where: { fulfils($0, claim) }) else { return [claim] }
            rest = rest[(found + 1)...]
        }
        return []
    }

    /// Whether the pieces between `...` stand in the line in their order, whatever the width of columns.
    private static func fulfils(_ line: String, _ claim: String) -> Bool {
        func words(_ text: some StringProtocol) -> String { text.split(separator: " ").joined(separator: " ") }
        var rest = Substring(words(line))
        let pieces = claim.components(separatedBy: "...").map(words)
        for (number, piece) in pieces.enumerated() where !piece.isEmpty {
            guard let range = rest.range(of: piece), number > 0 || range.lowerBound == rest.startIndex else {
                return false
            }
            rest = rest[range.upperBound...]
        }
        return pieces.last?.isEmpty == true || rest.isEmpty
    }
}
