import Foundation
import TestSupport
import Testing

@testable import PlanLanguage

/// Whatever is done to a good plan, reading it never crashes, ends, and says of every error where it is.
@Suite struct MutationTests {
    private static let files = ["plan.yaml", "inventory.yaml", "facts.yaml"]

    @Test(arguments: 0..<10) func brokenFilesAreToldWithPlaces(_ seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let place = Repository.fixtures.appendingPathComponent("PlanLanguage/complete")
        var accepted = 0
        for _ in 0..<100 {
            let broken = Self.files.randomElement(using: &random)!
            var bytes = Array(try Data(contentsOf: place.appendingPathComponent(broken)))
            for _ in 0..<Int.random(in: 1...4, using: &random) { mutate(&bytes, &random) }
            let loader = PlanLoader { [bytes] path in
                path == broken ? bytes : Array(try Data(contentsOf: place.appendingPathComponent(path)))
            }
            do throws(InvalidInput) {
                _ = try loader.load(plan: "plan.yaml")
                accepted += 1
            } catch {
                #expect(!error.diagnostics.isEmpty)
                check(error)
            }
        }
        // Many a change is harmless, in a comment for example; but not most.
        #expect(accepted < 70)
    }

    private func check(_ invalid: InvalidInput) {
        for diagnostic in invalid.diagnostics {
            guard let range = diagnostic.range else {
                Issue.record("no place: \(diagnostic)")
                continue
            }
            guard let source = invalid.sources.first(where: { $0.name == range.file }) else { continue }
            let lines = SourceLines(source.text)
            #expect((1...lines.count).contains(range.line), "\(diagnostic)")
            #expect(range.column >= 1 && range.column <= (lines.line(range.line)?.count ?? 0) + 1, "\(diagnostic)")
            #expect(range.length >= 1)
        }
        #expect(!invalid.rendered.isEmpty)
    }

    private func mutate(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
        let tokens = [
            "{", "}", "[", "]", ": ", "\n", "  ", "\t", "- ", "&a ", "*a", "<<: ", "${new}", "${", "$server", "\"", "'",
            "|\n", "#", "!!x ",
            "---\n", "\u{FEFF}", "\u{0}", "é", "null", "999999999999999999999", "-1", "zk1@v3.4.14", "%YAML 9.9\n", ",",
            "? ", "\r", "@", "`",
        ]
        let place = Int.random(in: 0...bytes.count, using: &random)
        let end = min(bytes.count, place + Int.random(in: 0...30, using: &random))
        switch Int.random(in: 0..<6, using: &random) {
        case 0: bytes.removeSubrange(place..<end)
        case 1: bytes.insert(contentsOf: Array(tokens.randomElement(using: &random)!.utf8), at: place)
        case 2: bytes.replaceSubrange(place..<end, with: Array(tokens.randomElement(using: &random)!.utf8))
        case 3: if place < bytes.count { bytes[place] = UInt8.random(in: 0...255, using: &random) }
        case 4: bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &random))
        default:
            var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
            let one = Int.random(in: 0..<lines.count, using: &random)
            lines.swapAt(one, Int.random(in: 0..<lines.count, using: &random))
            bytes = Array(lines.joined(separator: [0x0A]))
        }
    }

    private static let garbage = [
        "unknown names": head + String(repeating: "  - stop: zk9@old\n", count: 20_000),
        "duplicate keys": String(repeating: "name: x\n", count: 20_000),
        "undefined variables": head + String(repeating: "  - confirm: ${gone}\n", count: 20_000),
        "bad names": "vars: {" + (0..<20_000).map { "\($0): x" }.joined(separator: ", ") + "}",
    ]
    private static let head = "version: 1\nname: x\ninventory: inventory.yaml\nstages:\n- name: s\n  steps:\n"

    @Test(arguments: garbage.keys.sorted()) func aFileOfGarbageIsToldInPart(_ kind: String) throws {
        let text = try #require(Self.garbage[kind])
        do throws(InvalidInput) {
            _ = try Inputs(["plan.yaml": text]).loader.load(plan: "plan.yaml")
            Issue.record("accepted")
        } catch {
            #expect(error.diagnostics.count == InputFiles.diagnosticsLimit + 1)
        }
    }
}
