import Foundation

/// What a test waited for and did not come.
package struct NeverSo: Error, CustomStringConvertible {
    package var description: String
}

/// Looks until something is so. The limit is no measure: it is far above what a machine under load takes, so that a test fails that would
/// otherwise wait for ever.
package func waitFor(_ what: String, limit: Duration = .seconds(180), _ isSo: () throws -> Bool) throws {
    let deadline = ContinuousClock.now + limit
    while try !isSo() {
        guard ContinuousClock.now < deadline else { throw NeverSo(description: "never so: \(what)") }
        usleep(2_000)
    }
}

/// The same for asynchronous tests, whose threads have other work meanwhile.
package func eventually(
    _ what: String, limit: Duration = .seconds(180), isolation: isolated (any Actor)? = #isolation,
    _ isSo: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !isSo() {
        guard ContinuousClock.now < deadline else { throw NeverSo(description: "never so: \(what)") }
        try await Task.sleep(for: .milliseconds(2))
    }
}
