import Foundation

/// A folder with a plan, its inventory and its facts: three servers of 3.8.0 that serve.
struct PlanFolder: Sendable {
    let place: URL

    init(steps: String, vars: Bool, addresses: String) throws {
        place = FileManager.default.temporaryDirectory.appendingPathComponent("zkops-plan-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        let hosts = (1...3).map { "  zk\($0): {address: \(addresses)\($0)}\n" }.joined()
        try write(
            "inventory.yaml",
            """
            version: 1
            ensemble: trio
            ssh: {port: 1, connect_timeout: 2s}
            installations: {a: {home: /opt/zookeeper}}
            hosts:
            \(hosts)
            """)
        let config = (1...3).map { "server.\($0)=\(addresses)\($0):2888:3888\\n" }.joined()
        let servers = (1...3).map { number in
            """
              zk\(number)@a: {running: true, mode: \(number == 3 ? "leader" : "follower"), myid: \(number), version: 3.8.0,
                zxid: 0x100000010, snapshot: 0x100000000, log: 0x100000001, election_listener: alive,
                config: "tickTime=2000\\ninitLimit=10\\nsyncLimit=5\\ndataDir=/var/zk\\nclientPort=2181\\n\(config)"}

            """
        }
        try write("facts.yaml", "version: 1\ncaptured_at: 2026-01-11T18:02:11Z\nservers:\n" + servers.joined())
        let lines = steps.split(separator: "\n").map { "      \($0)\n" }.joined()
        try write(
            "plan.yaml",
            """
            version: 1
            name: rolling-restart
            inventory: inventory.yaml
            facts: facts.yaml
            \(vars ? "vars: {installed: none}\n" : "")stages:
              - name: All
                steps:
            \(lines)
            """)
    }

    func path(_ name: String) -> String { place.appendingPathComponent(name).path }

    func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: place.appendingPathComponent(name))
    }

    func read(_ name: String) throws -> String {
        try String(contentsOf: place.appendingPathComponent(name), encoding: .utf8)
    }

    func exists(_ name: String) -> Bool {
        FileManager.default.fileExists(atPath: place.appendingPathComponent(name).path)
    }

    func change(_ name: String, _ old: String, _ new: String) throws {
        try write(name, try read(name).replacing(old, with: new))
    }
}

let wholeRestart = "- rolling: {servers: [zk1@a, zk2@a, zk3@a], order: leader_last, steps: [{restart: $server}]}"

/// Makes the folder, and takes it away whatever happens.
/// - Parameter addresses: the hosts' addresses without their last digit.
func withFiles(
    steps: String = wholeRestart, vars: Bool = false, addresses: String = "127.0.99.",
    _ body: (PlanFolder) throws -> Void
) throws {
    let folder = try PlanFolder(steps: steps, vars: vars, addresses: addresses)
    defer { try? FileManager.default.removeItem(at: folder.place) }
    try body(folder)
}
