import EnsembleAccess
import EnsembleModel
import Foundation
import Lab
import Testing

/// What is done to servers besides the plan's steps, and what is seen on them.
extension StagedWorld {
    // MARK: What is done

    func start(_ names: String...) async throws { for name in names { try await lab.start(server(name)) } }
    func stop(_ names: String...) async throws { for name in names { try await lab.stop(server(name)) } }
    func kill(_ names: String...) async throws { for name in names { try await lab.kill(server(name)) } }

    /// As an operator who does not wait for it to serve.
    func restart(_ name: String) async throws {
        let target = try server(name)
        try await lab.stop(target)
        try await lab.start(target)
    }

    /// Slow: the process stands still, and its connections stay.
    func pause(_ names: String...) async throws {
        _ = try await lab.carryOut(.pause, on: servers(names))
    }

    /// Pauses followers and waits until the leader has given them up: what it proposes from then on does not reach them.
    func silence(_ names: String..., leader: String) async throws {
        let leader = try server(leader)
        func goodbyes() -> Int { leader.log().components(separatedBy: "GOODBYE").count }
        let before = goodbyes()
        _ = try await lab.carryOut(.pause, on: servers(names))
        let dropped = await waitUntil(limit: Self.limit, every: .milliseconds(50)) {
            goodbyes() >= before + names.count
        }
        try #require(dropped, "\(leader.name) has not given up \(names)")
    }

    func resume(_ names: String...) throws { for name in names { try lab.resume(server(name)) } }

    /// Whether a write of one byte, the znode created before where it isn't there, is acknowledged by this server.
    func write(_ path: String, through server: LabServer, limit: Duration = .seconds(5)) async -> Bool {
        guard
            let client = try? await ZooKeeperClient.connect(
                hosts: server.clientAddress, sessionTimeout: limit, limit: limit)
        else { return false }
        var acknowledged = false
        do throws(ZooKeeperClientError) {
            try await client.create(path)
            acknowledged = true
        } catch {
            if error.code == .nodeExists { acknowledged = (try? await client.set(path, data: [1])) != nil }
        }
        await client.close()
        return acknowledged
    }

    // MARK: What is seen

    /// Waits until all of them serve under one leader.
    @discardableResult
    func serve(_ names: String...) async throws -> LabServer {
        try await lab.waitUntilServing(servers(names), limit: Self.limit)
    }

    func joins(_ server: LabServer) async throws {
        try await lab.wait(for: server, modes: [.leader, .follower, .observer], limit: Self.limit)
    }

    func acknowledges(_ path: String, through name: String) async throws {
        let server = try server(name)
        let done = await waitUntil(limit: Self.limit, every: .milliseconds(50)) {
            await write(path, through: server)
        }
        try #require(done, "\(name) does not acknowledge a write")
    }

    func has(_ path: String, through name: String) async throws -> Bool {
        try await Lab.withClient(of: server(name).clientAddress) { client throws(ZooKeeperClientError) in
            try await client.sync(path)
            return try await client.exists(path) != nil
        }
    }

    /// What of the first tree is not there any more, seen by a client of this server.
    func missing(through name: String) async throws -> [String] {
        before.differences(to: try await lab.readTree(through: server(name))).filter {
            $0.hasPrefix("missing") || $0.hasPrefix("data")
        }
    }

    func expect(_ modes: [String: Mode], sourceLocation: SourceLocation = #_sourceLocation) async throws {
        for (name, mode) in modes {
            let seen = await lab.ask(try server(name))?.mode
            #expect(seen == mode, "\(name)", sourceLocation: sourceLocation)
        }
    }

    /// Waits until it has asked the others five times, at growing intervals, and still looks for a leader.
    func looksInVain(_ name: String) async throws {
        let server = try server(name)
        let inVain = await waitUntil(limit: Self.limit, every: .milliseconds(50)) {
            server.log().contains("Notification time out: 3200")
        }
        try #require(inVain, "\(name) has not asked again and again")
        #expect(await lab.ask(server)?.mode == .looking)
    }

    /// Waits until it neither leads nor follows.
    func servesNoMore(_ name: String) async throws {
        try await lab.wait(for: server(name), modes: [.looking, .stopped], limit: Self.limit)
    }

    /// Waits until the log says so.
    func says(_ name: String, _ words: String) async throws {
        let server = try server(name)
        let said = await waitUntil(limit: Self.limit, every: .milliseconds(50)) { server.log().contains(words) }
        let last = server.log().split(separator: "\n").suffix(5).joined(separator: "\n")
        #expect(said, "\(name) does not say: \(words)\nbut: \(last)")
    }

    /// How often the log says so.
    func said(_ name: String, _ words: String) throws -> Int {
        try server(name).log().components(separatedBy: words).count - 1
    }

    /// Waits until its process has ended by itself.
    func ends(_ name: String) async throws {
        let server = try server(name)
        let ended = await waitUntil(limit: Self.limit, every: .milliseconds(50)) { server.process() == nil }
        #expect(ended, "\(name) still runs")
    }
}
