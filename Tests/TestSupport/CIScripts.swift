import Foundation
import Testing
private import Yams

/// The shell commands of a workflow in `examples/github/` or `examples/gitlab/`, in the order in which a runner runs them.
package enum CIScripts {
    /// As much as is needed of either forge's format.
    private struct Workflow: Decodable {
        struct Job: Decodable {
            struct Step: Decodable {
                var run: String?
            }

            var steps: [Step]
        }

        struct Plans: Decodable {
            var script: [String]
        }

        var jobs: [String: Job]?
        var plans: Plans?
    }

    package static func of(_ forge: String) throws -> [String] {
        let folder = Repository.examples.appendingPathComponent(forge)
        let name = try #require(FileManager.default.contentsOfDirectory(atPath: folder.path).first)
        let text = try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
        let workflow = try YAMLDecoder().decode(Workflow.self, from: text)
        return workflow.plans?.script ?? workflow.jobs?.values.flatMap { $0.steps.compactMap(\.run) } ?? []
    }
}
