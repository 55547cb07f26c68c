package import EnsembleAccess
import Foundation

/// Filling a lab: znodes with data, and proxies that live as ephemeral znodes.
extension Lab {
    /// Where the proxies of the lab announce themselves.
    package static let proxiesPath = "/jodis/demo"

    /// Every address where a client can find the lab's servers, now or after they have moved to other hosts.
    package var clientAddresses: String {
        hosts.map { "\($0.address):\(topology.ports.client)" }.joined(separator: ",")
    }

    /// A session with any server of the lab that serves.
    package func connect(limit: Duration = .seconds(30)) async throws(LabError) -> ZooKeeperClient {
        try await loading { () async throws(ZooKeeperClientError) in
            try await ZooKeeperClient.connect(hosts: clientAddresses, sessionTimeout: .seconds(10), limit: limit)
        }
    }

    /// Reads every znode, through one server or any.
    package func readTree(through server: LabServer? = nil) async throws(LabError) -> TreeSnapshot {
        try await Self.withClient(of: server?.clientAddress ?? clientAddresses) { client throws(ZooKeeperClientError) in
            try await TreeSnapshot.read(client)
        }
    }

    /// Creates `count` znodes with data in groups of 250 under /apps, the same ones every time; every tenth is written
    /// twice, so that versions differ. What is there already stays.
    package func createZnodes(_ count: Int) async throws(LabError) {
        try await Self.withClient(of: clientAddresses) { client throws(ZooKeeperClientError) in
            try await Self.createZnodes(count, client)
        }
    }

    /// Does `work`, which can be done again from its beginning, in a session of its own. A session that ends on the way is
    /// made again, a few times; so is what met a znode that the ended one had created after all.
    package static func withClient<Value: Sendable>(
        of addresses: String, _ work: (ZooKeeperClient) async throws(ZooKeeperClientError) -> Value
    ) async throws(LabError) -> Value {
        var last: LabError?
        for _ in 1...5 {
            do throws(ZooKeeperClientError) {
                let client = try await ZooKeeperClient.connect(
                    hosts: addresses, sessionTimeout: .seconds(10), limit: .seconds(30))
                let outcome: Result<Value, ZooKeeperClientError>
                do throws(ZooKeeperClientError) {
                    outcome = .success(try await work(client))
                } catch {
                    outcome = .failure(error)
                }
                await client.close()
                return try outcome.get()
            } catch {
                let interrupted =
                    switch error.code {
                    case .connectionLost, .sessionExpired: true
                    case .nodeExists: last != nil
                    default: false
                    }
                last = LabError(.loadFailed, "\(error)")
                guard interrupted else { break }
            }
        }
        throw last ?? LabError(.loadFailed, "no session")
    }

    private static func createZnodes(_ count: Int, _ client: ZooKeeperClient) async throws(ZooKeeperClientError) {
        let groups = (0..<(count + 249) / 250).map { "/apps/app-\(padded($0, 3))" }
        // One session's requests are carried out in order: parents are there before their children.
        _ = try await pipeline(["/apps"] + groups, window: 1) { path throws(ZooKeeperClientError) in
            try await ensure(path, data: [], client)
        }
        let missing = try await pipeline(Array(groups.indices)) { (group: Int) throws(ZooKeeperClientError) in
            let there = Set(try await client.children(of: groups[group]))
            return (group * 250..<min(group * 250 + 250, count)).filter { !there.contains("item-\(padded($0, 5))") }
        }
        // A group is one transaction, since a server spends its time on transactions rather than on their size.
        _ = try await pipeline(missing.filter { !$0.isEmpty }, window: 16) { numbers throws(ZooKeeperClientError) in
            try await client.multi(
                numbers.flatMap { number -> [ZnodeChange] in
                    let path = "\(groups[number / 250])/item-\(padded(number, 5))"
                    let create = ZnodeChange.create(path, data: data(number, revision: 0))
                    return number % 10 == 0 ? [create, .set(path, data: data(number, revision: 1))] : [create]
                })
        }
    }

    /// About 130 bytes that differ from znode to znode.
    private static func data(_ number: Int, revision: Int) -> [UInt8] {
        let filler = String(repeating: "\(number % 97).", count: 24)
        return Array(#"{"item":\#(number),"revision":\#(revision),"slots":"\#(filler)"}"#.utf8)
    }

    /// - Returns: whether it was made now.
    @discardableResult
    static func ensure(
        _ path: String, data: [UInt8], _ client: ZooKeeperClient
    ) async throws(ZooKeeperClientError) -> Bool {
        do {
            try await client.create(path, data: data)
            return true
        } catch {
            if error.code == .nodeExists { return false }
            throw error
        }
    }

    /// Starts the process that holds the proxies' sessions, in place of one that runs, and waits until all are registered.
    ///
    /// - Parameter executable: zkops itself, which has the hidden command `lab hold-sessions`.
    package func startProxies(_ count: Int, executable: String) async throws(LabError) {
        try await endProxies()
        let pid = try ChildProcess.detach(
            executable, ["lab", "hold-sessions", "--dir", directory, "--proxies", "\(count)"],
            environment: surroundings.environment, directory: directory, log: "\(directory)/proxies.log")
        guard let entry = ProcessTable.entry(pid) else {
            throw LabError(.startFailed, "the process that holds the proxies' sessions ended at once")
        }
        let record = RecordedProcess(pid: pid, startTime: entry.startTime, purpose: Self.proxiesPurpose)
        try changeState { $0.processes.append(record) }

        let client = try await connect()
        let registered = await waitUntil(limit: .seconds(30), every: .milliseconds(20)) {
            await ProxySessions.registered(client).count == count
        }
        await client.close()
        guard registered else {
            let log = LabFiles.textIfThere("\(directory)/proxies.log")?.split(separator: "\n").last ?? "nothing"
            throw LabError(.loadFailed, "the proxies did not all register within 30 s; they said last: \(log)")
        }
    }

    func endProxies() async throws(LabError) {
        let recorded = try Lab.readState(directory).processes.filter { $0.purpose == Self.proxiesPurpose }
        let alive = ProcessTable.all().filter { entry in
            recorded.contains { $0.pid == entry.pid && $0.startTime == entry.startTime }
        }
        try await ProcessTable.end(alive)
        try changeState { $0.processes.removeAll { $0.purpose == Self.proxiesPurpose } }
    }

    private static let proxiesPurpose = "proxies"
}

func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

func loading<Result>(
    _ body: () async throws(ZooKeeperClientError) -> Result
) async throws(LabError) -> Result {
    do {
        return try await body()
    } catch {
        throw LabError(.loadFailed, "\(error)")
    }
}
