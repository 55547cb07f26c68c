import Foundation
import TestSupport
import Testing

/// The threat model of `docs/safety-model.md` names the tests that show each line; they must be there.
@Suite struct ThreatModelTests {
    private static func rows() throws -> [Substring] {
        let text = try String(
            contentsOf: Repository.folder.appendingPathComponent("docs/safety-model.md"), encoding: .utf8)
        let start = try #require(
            text.range(of: "| threat | what stands against it | shown by |\n| --- | --- | --- |\n"))
        return text[start.upperBound...].split(separator: "\n").filter { $0.hasPrefix("|") }
    }

    private static func sources() throws -> String {
        let folder = Repository.folder.appendingPathComponent("Tests")
        let names = FileManager.default.subpaths(atPath: folder.path) ?? []
        return try names.filter { $0.hasSuffix("Tests.swift") }
            .map { try String(contentsOf: folder.appendingPathComponent($0), encoding: .utf8) }.joined()
    }

    @Test func everyLineNamesTestsThatAreThere() throws {
        let sources = try Self.sources()
        let rows = try Self.rows()
        #expect(rows.count > 15)
        for row in rows {
            let shown = row.split(separator: "|").last ?? ""
            let names = shown.matches(of: /`([A-Za-z0-9]*)(?:\.([A-Za-z0-9]+))?`/).map { ($0.1, $0.2) }
            #expect(names.contains { !$0.0.isEmpty }, "no test in: \(row)")
            for (suite, test) in names {
                if !suite.isEmpty { #expect(sources.contains("struct \(suite) {"), "no \(suite)") }
                if let test { #expect(sources.contains("func \(test)("), "no \(suite).\(test)") }
            }
        }
    }
}
