package import Foundation
package import PlanLanguage
import Testing

/// A folder of `examples/`: a plan, which is a link into `plans/`, with an inventory, facts, and the preview that they give.
package struct Example: Sendable, CustomTestStringConvertible {
    package let folder: URL

    package var testDescription: String { folder.lastPathComponent }

    package static func all() throws -> [Example] {
        try FileManager.default.contentsOfDirectory(
            at: Repository.examples, includingPropertiesForKeys: nil
        )
        .filter { FileManager.default.fileExists(atPath: $0.appendingPathComponent("plan.yaml").path) }
        .map { Example(folder: $0) }.sorted { $0.folder.path < $1.folder.path }
    }

    /// The one whose plan is `plans/NAME.yaml`.
    package static func of(plan name: String) throws -> Example {
        try #require(try all().first { try $0.planName() == name }, "examples/ has no world for \(name)")
    }

    /// Which plan of `plans/` it shows.
    package func planName() throws -> String {
        let link = file("plan.yaml").path
        let plan = try FileManager.default.destinationOfSymbolicLink(atPath: link)
        return URL(fileURLWithPath: plan).deletingPathExtension().lastPathComponent
    }

    /// A file of the folder.
    package func file(_ name: String) -> URL { folder.appendingPathComponent(name) }

    package func load() throws -> ResolvedPlan {
        let loader = PlanLoader { path in
            Array(try Data(contentsOf: file(path)))
        }
        return try loader.load(plan: "plan.yaml")
    }
}
