import Foundation

/// A lab raised for one measurement, by the binary that is measured.
struct BenchLab {
    let zkops: String
    let folder: URL
    let name: String

    var lab: URL { folder.appendingPathComponent("lab") }
    var inventory: String { lab.appendingPathComponent("inventory.yaml").path }
    var environment: [String: String] { ["XDG_STATE_HOME": folder.appendingPathComponent("state").path] }

    init(zkops: String, name: String) throws {
        self.zkops = zkops
        self.name = "bench-\(name)"
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("zkops-bench-\(name)-\(getpid())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    @discardableResult
    func callAsFunction(_ arguments: String...) throws -> Finished {
        try run(zkops, arguments, environment: environment)
    }

    @discardableResult
    func lab(_ command: String, _ arguments: [String] = []) throws -> Finished {
        try run(zkops, ["lab", command, "--name", name, "--dir", lab.path] + arguments, environment: environment)
    }

    func down() {
        _ = try? lab("down")
        try? FileManager.default.removeItem(at: folder)
    }

    /// The addresses of the hosts, from the inventory that the lab wrote.
    func addresses() throws -> [String: String] {
        let text = try String(contentsOfFile: inventory, encoding: .utf8)
        var found: [String: String] = [:]
        for line in text.split(separator: "\n") where line.contains("address:") {
            let parts = line.replacingOccurrences(of: "{", with: " ").replacingOccurrences(of: "}", with: " ")
                .split(whereSeparator: { $0 == ":" || $0 == " " || $0 == "," })
            if parts.count >= 3, parts[1] == "address" { found[String(parts[0])] = String(parts[2]) }
        }
        return found
    }
}
