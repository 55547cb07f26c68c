import Foundation
import TestSupport
import Testing

/// A lab of a test's own, with a state directory of its own, gone when the test ends.
final class TestLab: Sendable {
    let name: String
    let folder: URL
    let zkops: ZkopsBinary

    var inventory: String { folder.appendingPathComponent("lab/inventory.yaml").path }
    var facts: String { folder.appendingPathComponent("facts.yaml").path }
    var hosts: URL { folder.appendingPathComponent("lab/hosts") }

    static func plan(_ name: String) -> String { Repository.plans.appendingPathComponent("\(name).yaml").path }

    init(_ name: String) throws {
        self.name = name
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("zkops-e2e-\(name)-\(getpid())")
        try? FileManager.default.removeItem(at: folder)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        zkops = ZkopsBinary(environment: ["XDG_STATE_HOME": folder.appendingPathComponent("state").path])
    }

    func up(_ arguments: [String]) throws {
        let outcome = try zkops.run(["lab", "up"] + choice + arguments)
        try #require(outcome.code == 0, "\(outcome.all)")
    }

    func lab(_ command: String, _ arguments: String...) throws { try lab(command, arguments) }

    func lab(_ command: String, _ arguments: [String]) throws {
        let outcome = try zkops.run(["lab", command] + choice + arguments)
        try #require(outcome.code == 0, "\(outcome.all)")
    }

    func captureFacts(for plan: String, variables: [String] = []) throws {
        let outcome = try zkops.run(
            ["ensemble", "facts", "-i", inventory, "--plan", plan, "-o", facts] + variables)
        try #require(outcome.code == 0, "\(outcome.all)")
    }

    /// Of every host, by its name.
    func addresses() throws -> [String: String] {
        let text = try String(contentsOfFile: inventory, encoding: .utf8)
        let found = text.matches(of: /(zk[0-9]+): .*address: ([0-9.]+)/).map { (String($0.1), String($0.2)) }
        return Dictionary(uniqueKeysWithValues: found)
    }

    func status() throws -> EnsembleStatus {
        let outcome = try zkops.expect(0, "ensemble", "status", "-i", inventory, "--format", "json")
        return try JSONDecoder().decode(EnsembleStatus.self, from: Data(outcome.output.utf8))
    }

    /// Writes every znode's path, data and version to a file.
    func tree(_ name: String) throws -> String {
        let file = folder.appendingPathComponent("\(name).tree").path
        try lab("tree", "-o", file)
        return file
    }

    func expectSameTree(as before: String) throws {
        let outcome = try zkops.run(["lab", "compare", before, try tree("after")])
        #expect(outcome.code == 0, "\(outcome.all)")
    }

    func down() {
        _ = try? zkops.run(["lab", "down"] + choice)
        try? FileManager.default.removeItem(at: folder)
    }

    private var choice: [String] { ["--name", name, "--dir", folder.appendingPathComponent("lab").path] }

    /// Every file and folder of the hosts with its checksum, but for what servers write by themselves: logs, transaction
    /// logs and process ids.
    func hostFiles() throws -> [String: String] {
        let text = try Command.bash(
            """
            cd "$1" && find . \\( -name '*.out' -o -name '*.log' -o -name 'log.*' -o -name '*.pid' -o -name sshd \\) \
            -prune -o -type f -exec sha256sum {} + -o -type d -exec printf 'dir %s\\n' {} +
            """, hosts.path
        ).output
        var files: [String: String] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
            if parts.count == 2 { files[parts[1].trimmingCharacters(in: .whitespaces)] = String(parts[0]) }
        }
        return files
    }
}

extension TestLab {
    /// Configurations, myids and scripts of all installations, with their checksums. The lab's addresses are left out: another lab of the
    /// same name may have others.
    func settings() throws -> [String: String] {
        let text = try Command.bash(
            """
            cd "$1" && find . -path '*/.zkops' -prune -o -type f \\( -path '*/conf/*' -o -path '*/bin/*' -o -name myid \\) -print |
            while read -r file; do
                printf '%s %s\\n' "$(sed -E 's/127\\.0\\.[0-9]+\\./127.0.X./g' "$file" | sha256sum | cut -c 1-64)" "$file"
            done
            """, hosts.path
        ).output
        let pairs = text.split(separator: "\n").map { $0.split(separator: " ", maxSplits: 1) }
        return Dictionary(uniqueKeysWithValues: pairs.map { (String($0[1]), String($0[0])) })
    }
}

/// Raises a lab, runs the body, and takes the lab down whatever happens.
func withLab(_ name: String, _ up: [String], _ body: (TestLab) throws -> Void) throws {
    let lab = try TestLab(name)
    defer { lab.down() }
    try lab.up(up)
    try body(lab)
}
