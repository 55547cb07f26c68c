import EnsembleModel
import Foundation
import Testing

@testable import PlanLanguage

/// The plans of `plans/` can be read, each with observed facts of an ensemble such as it is meant for.
@Suite struct ShippedPlansTests {
    static let folder = TestFolder.tests.deletingLastPathComponent().appendingPathComponent("plans")
    static let names =
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
        .filter { $0.hasSuffix(".yaml") && $0 != "inventory.yaml" }.sorted()

    @Test(arguments: names) func isReadable(_ name: String) throws {
        let loader = PlanLoader { path in
            try Array(Data(contentsOf: Self.folder.appendingPathComponent(path)))
        }
        let plan = try loader.load(plan: name, facts: Self.facts)
        #expect(plan.warnings == [])
        #expect(!plan.serversTouched.isEmpty)
    }

    private static let facts: EnsembleFacts = {
        var servers: [ServerName: ServerFacts] = [:]
        let config = (1...10).map { "server.\($0)=192.0.2.\($0):2888:3888" }.joined(separator: "\n")
        for number in 1...10 {
            for installation in ["v3.4.6", "v3.8.0"] {
                servers[ServerName(host: "zk\(number)", installation: installation)] = ServerFacts(
                    myid: ServerID(number), config: config)
            }
        }
        return EnsembleFacts(servers: servers)
    }()
}
