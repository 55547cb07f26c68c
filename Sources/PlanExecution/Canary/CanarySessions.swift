import EnsembleAccess

/// Real client sessions that write and read all the time, so that what a change does to clients is measured and not guessed.
///
/// Each session owns one znode and sets it again and again, every time under the condition that the version is the one that it was
/// last told of. So a write that was acknowledged and is lost is noticed, whatever is written after it: the version falls behind.
/// The znodes lie under `/zkops-canary` and go away at the end.
package struct CanarySessions: Sendable {
    package struct Options: Sendable, Hashable {
        /// 1 to 100.
        package var sessions = 3
        /// Between two writes of a session.
        package var interval = Duration.milliseconds(100)
        /// What the sessions ask for; servers keep it within 2 and 20 of their ticks.
        package var timeout = Duration.seconds(10)

        package init() {}
    }

    /// Where the znodes of all canaries lie.
    package static let root = "/zkops-canary"

    private let addresses: String
    private let folder: String
    private let options: Options
    private let world: World
    private let record: CanaryRecord

    /// - Parameters:
    ///   - addresses: `address:port`, with commas between, of every server where the ensemble may be found now or later.
    ///   - name: of the znode that holds this canary's; no other canary of the ensemble may have it at the same time.
    package init(addresses: String, name: String, options: Options, world: World) {
        self.addresses = addresses
        folder = "\(Self.root)/\(name)"
        self.options = options
        self.world = world
        record = CanaryRecord(sessions: options.sessions, now: world.now)
    }

    /// What has been seen so far.
    package var report: CanaryReport { record.report }

    /// Does `work` while the sessions live, and then looks for every write that was acknowledged.
    ///
    /// - Parameter wait: for how long `work` waits until every session has written once; where no server takes them it begins without.
    package func during<Value: Sendable>(
        waiting wait: Duration = .seconds(20), _ work: () async -> Value
    ) async -> (value: Value, report: CanaryReport) {
        let writing = Task {
            await withTaskGroup(of: Seen.self) { group in
                for session in 0..<options.sessions { group.addTask { await live(session) } }
                var seen: [Seen] = []
                for await one in group { seen.append(one) }
                return seen
            }
        }
        let end = world.monotonic() + wait
        while record.writers < options.sessions, world.monotonic() < end {
            guard (try? await world.sleep(.milliseconds(20))) != nil else { break }
        }
        record.begin()
        let value = await work()
        // That sessions take a while to close is no outage.
        record.end()
        writing.cancel()
        let seen = await writing.value
        await check(seen)
        return (value, record.report)
    }

    // MARK: One session after the other

    /// What a client knows of its znode.
    struct Seen: Sendable {
        let session: Int
        /// The version of the last write that was acknowledged, or read; nil before there was one.
        var version: Int32?
        /// So many writes were not there when it looked last. Only a write that a quorum takes proves it: a server that was left
        /// behind may show what is old.
        var missing = 0
        /// At the end: where the answer is lost, that the znode is gone says that it was deleted.
        var isBeingDeleted = false
    }

    private func live(_ session: Int) async -> Seen {
        var seen = Seen(session: session)
        while !Task.isCancelled {
            do throws(ZooKeeperClientError) {
                let client = try await ZooKeeperClient.connect(
                    hosts: addresses, sessionTimeout: options.timeout, limit: options.timeout)
                await use(client, &seen)
                await client.close()
            } catch {
                record.failed()
                // There is nobody to tell us when servers come back.
                try? await world.sleep(options.interval)
            }
        }
        return seen
    }

    /// Writes and reads until the session is over.
    private func use(_ client: ZooKeeperClient, _ seen: inout Seen) async {
        var touched = world.monotonic()
        while !Task.isCancelled {
            do throws(ZooKeeperClientError) {
                try await look(client, &seen)
                while !Task.isCancelled {
                    try await write(client, &seen)
                    touched = world.monotonic()
                    try await read(client, &seen)
                    guard (try? await world.sleep(options.interval)) != nil else { return }
                }
            } catch {
                record.failed()
                if Task.isCancelled { return }
                let isStranded = world.monotonic() - touched > options.timeout * 2
                if isStranded || [.sessionExpired, .closed, .authenticationFailed].contains(error.code) {
                    record.expired(seen.session, isStranded ? "no server took it back" : "\(error)")
                    return
                }
                try? await world.sleep(options.interval / 2)
            }
        }
    }

    private func path(_ session: Int) -> String { "\(folder)/session-\(session)" }

    /// Finds out where the znode stands: at first, and whenever it is not known what became of a write.
    private func look(_ client: ZooKeeperClient, _ seen: inout Seen) async throws(ZooKeeperClientError) {
        let path = path(seen.session)
        try await client.sync(path)
        guard let stat = try await client.exists(path) else {
            seen.missing += Int(seen.version ?? 0)
            for place in [Self.root, folder, path] {
                do throws(ZooKeeperClientError) {
                    try await client.create(place)
                } catch {
                    guard error.code == .nodeExists else { throw error }
                }
            }
            seen.version = 0
            return
        }
        noticed(stat.version, &seen)
    }

    private func write(_ client: ZooKeeperClient, _ seen: inout Seen) async throws(ZooKeeperClientError) {
        let version = seen.version ?? 0
        let stat = try await client.set(path(seen.session), data: Array("\(version + 1)".utf8), version: version)
        seen.version = stat.version
        record.acknowledged(seen.session)
        if seen.missing > 0 { record.lost(seen.session, seen.missing) }
        seen.missing = 0
    }

    /// A session sees what it has written.
    private func read(_ client: ZooKeeperClient, _ seen: inout Seen) async throws(ZooKeeperClientError) {
        noticed(try await client.get(path(seen.session)).stat.version, &seen)
        record.read()
    }

    private func noticed(_ version: Int32, _ seen: inout Seen) {
        seen.missing += max(0, Int(seen.version ?? 0) - Int(version))
        seen.version = version
    }

    // MARK: The end

    /// Servers that have just come back may drop a session; this takes as many as it needs, within half a minute.
    private func check(_ all: [Seen]) async {
        let end = world.monotonic() + .seconds(30)
        var left = all.filter { $0.version != nil }
        while let failure = await look(&left, until: end) {
            if failure.code != .cancelled, world.monotonic() < end {
                // Cancelled in between, the next look says so.
                try? await world.sleep(options.interval)
                continue
            }
            if left.isEmpty { record.unchecked("\(failure)") }
            for seen in left { record.unchecked("session \(seen.session): \(failure)") }
            return
        }
    }

    /// In one session.
    private func look(_ left: inout [Seen], until end: Duration) async -> ZooKeeperClientError? {
        do throws(ZooKeeperClientError) {
            let client = try await ZooKeeperClient.connect(
                hosts: addresses, sessionTimeout: max(options.timeout, .seconds(10)), limit: end - world.monotonic())
            let failure = await check(&left, client)
            await client.close()
            return failure
        } catch {
            return error
        }
    }

    /// Takes those out that are done.
    private func check(_ left: inout [Seen], _ client: ZooKeeperClient) async -> ZooKeeperClientError? {
        do throws(ZooKeeperClientError) {
            while !left.isEmpty {
                try await check(&left[0], client)
                if left[0].missing > 0 { record.lost(left[0].session, left[0].missing) }
                left.removeFirst()
            }
        } catch {
            return error
        }
        for place in [folder, Self.root] { try? await client.delete(place) }
        return nil
    }

    private func check(_ seen: inout Seen, _ client: ZooKeeperClient) async throws(ZooKeeperClientError) {
        let path = path(seen.session)
        try await client.sync(path)
        if let stat = try await client.exists(path) {
            noticed(stat.version, &seen)
            // Deleted under the condition of what was read, the quorum has confirmed it.
            seen.isBeingDeleted = true
            try await client.delete(path, version: stat.version)
        } else if !seen.isBeingDeleted {
            seen.missing += Int(seen.version ?? 0)
        }
    }
}
