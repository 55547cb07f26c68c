import Foundation
import TestSupport
import Testing

/// `run list --format json`, as far as the tests ask.
struct RunList: Decodable {
    struct Run: Decodable {
        var run: String
        var outcome: String
    }

    var runs: [Run]
}

extension TestLab {
    /// The runs of the lab's own state directory, newest first.
    func runs() throws -> [RunList.Run] {
        let outcome = try zkops.expect(0, "run", "list", "--format", "json")
        return try JSONDecoder().decode(RunList.self, from: Data(outcome.output.utf8)).runs
    }

    func newestRun() throws -> RunList.Run { try #require(try runs().first) }
}
