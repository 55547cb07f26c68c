package import Foundation

/// Where the files of the repository are.
package enum Repository {
    package static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    package static let examples = folder.appendingPathComponent("examples")
    package static let plans = folder.appendingPathComponent("plans")
    package static let fixtures = folder.appendingPathComponent("Tests/Fixtures")
    package static let golden = folder.appendingPathComponent("Tests/Golden")

    /// The names of the plans to adapt, `rolling-restart`; the inventory beside them is none.
    package static func planNames() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: plans.path)
            .filter { $0.hasSuffix(".yaml") && $0 != "inventory.yaml" }.map { String($0.dropLast(5)) }.sorted()
    }
}
