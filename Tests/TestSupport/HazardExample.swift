package import Foundation
package import PlanLanguage
import Testing
private import Yams

/// A folder of `examples/hazards/`: `bad.yaml` shows a hazard, `fixed.yaml` does the same work without it, and `expect.yaml` says
/// which hazard, where, and what real servers did.
package struct HazardExample: Sendable, CustomTestStringConvertible {
    package struct Expectation: Sendable, Decodable {
        package struct OnServers: Sendable, Decodable {
            /// ZooKeeper's version, or two with "to" between them.
            package var version: String
            /// What servers did under the bad plan and under the fixed one.
            package var bad: String
            package var fixed: String
        }

        /// What the bad plan does wrong, in half a sentence.
        package var shows: String
        package var hazard: String
        package var severity: String
        package var step: String
        package var realServers: OnServers?
        /// Why real servers can't show it.
        package var notStaged: String?

        private enum CodingKeys: String, CodingKey {
            case shows, hazard, severity, step
            case realServers = "real_servers"
            case notStaged = "not_staged"
        }
    }

    package let folder: URL
    package let expectation: Expectation

    package var name: String { folder.lastPathComponent }
    package var testDescription: String { name }

    package static let folder = Repository.examples.appendingPathComponent("hazards")

    package static func all() throws -> [HazardExample] {
        try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: [.isDirectoryKey])
            .filter { try $0.resourceValues(forKeys: [.isDirectoryKey]).isDirectory == true }
            .map { try HazardExample(folder: $0) }.sorted { $0.name < $1.name }
    }

    package static func named(_ name: String) throws -> HazardExample {
        try HazardExample(folder: folder.appendingPathComponent(name))
    }

    private init(folder: URL) throws {
        self.folder = folder
        let text = try String(contentsOf: folder.appendingPathComponent("expect.yaml"), encoding: .utf8)
        expectation = try YAMLDecoder().decode(Expectation.self, from: text)
    }

    package func file(_ name: String) -> URL { folder.appendingPathComponent(name) }

    /// `bad` or `fixed`, with the inventory and facts that it names or with others.
    package func load(_ plan: String, inventory: String? = nil, facts: String? = nil) throws -> ResolvedPlan {
        let loader = PlanLoader { path in Array(try Data(contentsOf: URL(fileURLWithPath: path))) }
        return try loader.load(plan: file("\(plan).yaml").path, inventoryFile: inventory, factsFile: facts)
    }
}
