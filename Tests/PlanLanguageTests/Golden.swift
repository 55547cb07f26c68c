import Foundation
import Testing

/// Compares `text` with the file `Tests/Golden/PlanLanguage/NAME`. `UPDATE_GOLDEN=1` writes the file, and the test fails even
/// so, since nobody has read the new text yet.
func expectGolden(_ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let place = TestFolder.tests.appendingPathComponent("Golden/PlanLanguage/\(name)")
    if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
        try FileManager.default.createDirectory(
            at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: place)
        Issue.record("recorded \(name); read it, then run again without UPDATE_GOLDEN", sourceLocation: sourceLocation)
        return
    }
    guard let data = FileManager.default.contents(atPath: place.path) else {
        Issue.record("there is no \(place.path); UPDATE_GOLDEN=1 makes it", sourceLocation: sourceLocation)
        return
    }
    let golden = String(decoding: data, as: UTF8.self)
    guard golden != text else { return }
    let (old, new) = (golden.components(separatedBy: "\n"), text.components(separatedBy: "\n"))
    let line = zip(old, new).enumerated().first { $1.0 != $1.1 }?.offset ?? min(old.count, new.count)
    Issue.record(
        """
        \(name) differs from line \(line + 1):
        expected: \(line < old.count ? old[line] : "(end)")
        found:    \(line < new.count ? new[line] : "(end)")
        --- all that was found ---
        \(text)
        """, sourceLocation: sourceLocation)
}

enum TestFolder {
    /// `Tests/` of the package.
    static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    static let fixtures = tests.appendingPathComponent("Fixtures/PlanLanguage")
}
