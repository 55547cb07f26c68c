package import Foundation
package import Testing

/// Compares `text` with a file under `Tests/Golden`, named as `TerminalUI/preview.txt`.
package func expectGolden(_ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    try expectGolden(text, at: Repository.golden.appendingPathComponent(name), sourceLocation: sourceLocation)
}

/// Compares `text` with a file. `UPDATE_GOLDEN=1` writes the file, and the test fails even so, since nobody has read the new
/// text yet.
package func expectGolden(_ text: String, at place: URL, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let name = place.path.replacing(Repository.folder.path + "/", with: "")
    if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
        try FileManager.default.createDirectory(
            at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: place)
        Issue.record("recorded \(name); read it, then run again without UPDATE_GOLDEN", sourceLocation: sourceLocation)
        return
    }
    guard let data = FileManager.default.contents(atPath: place.path) else {
        Issue.record("there is no \(name); UPDATE_GOLDEN=1 makes it", sourceLocation: sourceLocation)
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

/// Compares `text` with what stands in a file after `marker`, up to the next line that begins with `<!--` or to its end.
/// `UPDATE_GOLDEN=1` renews it, and the test fails even so.
package func expectGoldenPart(
    _ text: String, after marker: String, of place: URL, sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let whole = try String(contentsOf: place, encoding: .utf8)
    let start = try #require(whole.range(of: marker)?.upperBound, "no \(marker)", sourceLocation: sourceLocation)
    let end = whole[start...].range(of: "\n<!--").map { whole.index(after: $0.lowerBound) } ?? whole.endIndex
    guard whole[start..<end] != text else { return }
    if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
        try (whole[..<start] + text + whole[end...]).write(to: place, atomically: true, encoding: .utf8)
    }
    Issue.record(
        "\(place.lastPathComponent) is out of date after \(marker); UPDATE_GOLDEN=1 writes it anew",
        sourceLocation: sourceLocation)
}
