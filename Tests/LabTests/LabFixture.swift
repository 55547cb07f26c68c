import EnsembleAccess
import EnsembleModel
import Foundation
import Lab

/// The machine's own cache of versions, and labs under a temporary directory.
let surroundings = LabSurroundings(environment: ProcessInfo.processInfo.environment)

/// A quick ensemble without sshds: most tests need no more.
func quickTopology(_ version: Version = Version(3, 8, 0), servers: Int = 3) -> LabTopology {
    var topology = LabTopology.ensemble(name: uniqueName(), of: servers, version: version)
    topology.tickTime = 200
    topology.initLimit = 50
    topology.syncLimit = 25
    topology.hasSSH = false
    return topology
}

func uniqueName() -> String { "t-\(UInt32.random(in: .min ... .max))" }

/// Makes a directory, and removes it after `body`.
@discardableResult
func withDirectory<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let path = "\(NSTemporaryDirectory())/zkops-lab-\(uniqueName())".replacing("//", with: "/")
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try await body(path)
}

/// Raises a lab and takes it down after `body`, whatever happens in it.
@discardableResult
func withLab<Result>(
    _ topology: LabTopology, _ machine: LabSurroundings = surroundings, _ body: (Lab) async throws -> Result
) async throws -> Result {
    try await withDirectory { path in
        let lab = try await Lab.up(topology, in: "\(path)/lab", machine)
        do {
            let result = try await body(lab)
            try await lab.down()
            return result
        } catch {
            try? await lab.down()
            throw error
        }
    }
}

/// Opens a session and closes it after `body`.
@discardableResult
func withClient<Result>(
    _ hosts: String, _ body: (ZooKeeperClient) async throws -> Result
) async throws -> Result {
    let client = try await ZooKeeperClient.connect(hosts: hosts)
    do {
        let result = try await body(client)
        await client.close()
        return result
    } catch {
        await client.close()
        throw error
    }
}

/// The processes whose command line names a path below `directory`.
func processes(below directory: String) -> [ProcessEntry] {
    ProcessTable.all().filter { entry in
        !entry.isZombie && entry.arguments.contains { $0.contains("\(directory)/") }
    }
}
