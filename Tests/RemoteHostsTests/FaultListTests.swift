import Foundation
import TestSupport
import Testing

/// `docs/faults.md` can't name a test that is not there.
@Suite struct FaultListTests {
    @Test func everyRowNamesItsTests() throws {
        let text = try String(
            contentsOf: Repository.folder.appendingPathComponent("docs/faults.md"), encoding: .utf8)
        var sources = ""
        let tests = Repository.folder.appendingPathComponent("Tests")
        let files = FileManager.default.enumerator(at: tests, includingPropertiesForKeys: nil)
        for case let file as URL in files ?? .init()
        where file.pathExtension == "swift" {
            sources += try String(contentsOf: file, encoding: .utf8)
        }
        let rows = text.split(separator: "\n").filter { $0.hasPrefix("| ") && !$0.hasPrefix("| ---") }
        try #require(rows.count > 40)
        for row in rows where !row.hasPrefix("| fault |") {
            let cells = row.split(separator: " | ")
            let names = try #require(cells.last).matches(of: /`(\w+Tests)(?:\.(\w+))?`/)
            #expect(!names.isEmpty || row.contains("…ScriptTests"), "\(row)")
            for name in names {
                #expect(sources.contains("struct \(name.1) "), "\(name.1)")
                if let test = name.2 { #expect(sources.contains("func \(test)("), "\(name.1).\(test)") }
            }
        }
    }
}
