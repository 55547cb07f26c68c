import EnsembleModel
import Foundation
import Testing

@testable import Lab

@Suite(.serialized) struct LabUpTests {
    @Test func raisesTheStoryAndLeavesNothingBehind() async throws {
        try await withDirectory { path in
            let directory = "\(path)/lab"
            let story = LabTopology.story(name: uniqueName(), version: Version(3, 4, 6), next: Version(3, 4, 14))
            let lab = try await Lab.up(story, in: directory, surroundings)
            let status = await lab.status()
            #expect(status.hosts.filter { !$0.sshd }.isEmpty)
            let modes = Dictionary(uniqueKeysWithValues: status.servers.map { ($0.server.description, $0.mode) })
            #expect(modes["zk10@v3.4.6"] == .leader)
            for name in ["zk6@v3.4.6", "zk7@v3.4.6", "zk8@v3.4.6", "zk9@v3.4.6"] { #expect(modes[name] == .follower) }
            #expect(modes["zk1@v3.4.6"] == .stopped && modes["zk10@v3.4.14"] == .stopped)
            #expect(!processes(below: directory).isEmpty)

            // A server that somebody started by hand must go too.
            try await lab.start(try lab.server("zk1@v3.4.14"))
            try await lab.down()
            #expect(processes(below: directory).isEmpty)
            #expect(!FileManager.default.fileExists(atPath: directory))
            let error = #expect(throws: LabError.self) { try Lab.open(directory, surroundings) }
            #expect(error?.code == .notALab)
        }
    }

    /// The system's own ssh, with nothing but the files that the lab wrote.
    @Test func itsHostsAreReachedAndWorkedOnBySSH() async throws {
        var topology = quickTopology(Version(3, 4, 6))
        topology.hasSSH = true
        try await withLab(topology) { lab in
            let server = try lab.server("zk1")
            let before = try #require(server.process())
            func ssh(_ command: String) async throws -> ChildProcess.Outcome {
                try await ChildProcess.run(
                    try surroundings.program("ssh", remedy: ""),
                    [
                        "-F", "none", "-i", "\(lab.directory)/id_ed25519", "-o", "IdentitiesOnly=yes", "-o",
                        "UserKnownHostsFile=\(lab.directory)/known_hosts", "-o", "StrictHostKeyChecking=yes", "-o",
                        "BatchMode=yes", "-p", "\(topology.ports.ssh)", "\(surroundings.user)@\(server.host.address)",
                        command,
                    ], environment: surroundings.environment)
            }
            let status = try await ssh("cd \(server.home) && bin/zkServer.sh status")
            #expect(status.output.contains("Mode: follower"), "\(status.output)")
            // A second start says so and succeeds, as 3.4 does.
            let second = try await ssh("cd \(server.home) && bin/zkServer.sh start")
            #expect(second.succeeded && second.output.contains("already running as process \(before.pid)"))

            let restart = try await ssh("cd \(server.home) && bin/zkServer.sh stop && bin/zkServer.sh start")
            #expect(restart.output.contains("STOPPED") && restart.output.contains("STARTED"), "\(restart.output)")
            try await lab.wait(for: server, modes: [.follower])
            let after = try #require(server.process())
            #expect(after.pid != before.pid)
            #expect(LabFiles.textIfThere(server.pidFile) == "\(after.pid)")
            // The start truncated the log.
            #expect(server.log().components(separatedBy: "Starting quorum peer").count == 2)

            let inventory = try LabFiles.read("\(lab.directory)/inventory.yaml")
            #expect(inventory.contains("zk1: {address: \(server.host.address)}"))
            #expect(inventory.contains("zookeeper-3.4.6"))
        }
    }

    @Test(arguments: [Version(3, 4, 14), Version(3, 6, 3), Version(3, 8, 0), Version(3, 9, 3)])
    func runsEveryVersion(_ version: Version) async throws {
        var topology = quickTopology(version)
        topology.hosts.append(.init("zk4", myid: 4, role: .observer))
        try await withLab(topology) { lab in
            let status = await lab.status()
            #expect(status.servers.map(\.mode) == [.follower, .follower, .leader, .observer])
            let first = lab.servers[0]
            let mntr = try #require(await LabProbe.ask("mntr", first.host.address, first.ports.client))
            #expect(mntr.contains("zk_version\t\(version)"))
            #expect(first.log().contains("FOLLOWING"))
            // 3.5 and later are ended by TERM: they leave their pid file to the script, and the process goes.
            try await lab.stop(first)
            #expect(first.process() == nil && LabFiles.textIfThere(first.pidFile) == nil)
        }
    }

    @Test func leavesLaterVersionsTheirDefaults() async throws {
        var topology = quickTopology(Version(3, 8, 0), servers: 1)
        topology.allowsFourLetterWords = false
        topology.hasAdminServer = true
        try await withLab(topology) { lab in
            let server = lab.servers[0]
            #expect(await lab.ask(server)?.mode == .standalone)
            let refusal = await LabProbe.ask("mntr", server.host.address, server.ports.client)
            #expect(refusal?.contains("not in the whitelist") == true)
            let answered = await waitUntil(limit: .seconds(10), every: .milliseconds(20)) {
                let request = Array("GET /commands/ruok HTTP/1.0\r\n\r\n".utf8)
                let reply = await LabProbe.exchange(request, server.host.address, 8080, limit: .seconds(2))
                return reply.map { String(decoding: $0, as: UTF8.self).contains("200 OK") } ?? false
            }
            #expect(answered)
        }
    }

    @Test func twoLabsStandSideBySide() async throws {
        try await withLab(quickTopology(servers: 1)) { one in
            try await withLab(quickTopology(Version(3, 4, 14), servers: 1)) { other in
                #expect(one.subnet != other.subnet)
                #expect(await one.ask(one.servers[0])?.mode == .standalone)
                #expect(await other.ask(other.servers[0])?.mode == .standalone)
            }
            #expect(await one.ask(one.servers[0])?.mode == .standalone)
        }
    }

    @Test func upAnewRebuildsTheLabAtTheSameAddresses() async throws {
        let topology = quickTopology(Version(3, 4, 6), servers: 1)
        try await withLab(topology) { lab in
            try await lab.kill(lab.servers[0])
            try LabFiles.write("broken", to: lab.servers[0].configPath)
            let again = try await Lab.up(topology, in: lab.directory, surroundings)
            #expect(again.subnet == lab.subnet)
            #expect(await again.status().servers.map(\.mode) == [.standalone])
        }
    }

    @Test func refusesAddressesThatAreTaken() async throws {
        try await withLab(quickTopology(servers: 1)) { lab in
            var topology = quickTopology(servers: 1)
            topology.subnet = lab.subnet
            let error = await #expect(throws: LabError.self) {
                try await Lab.up(topology, in: "\(lab.directory)-other", surroundings)
            }
            #expect(error?.code == .addressTaken)
            #expect(error?.message.contains("127.0.\(lab.subnet).1:2181") == true)
            #expect(!LabFiles.exists("\(lab.directory)-other"))
        }
    }

    @Test func leavesADirectoryAloneThatIsNoLab() async throws {
        try await withDirectory { path in
            try LabFiles.write("mine", to: "\(path)/letter")
            let error = await #expect(throws: LabError.self) {
                try await Lab.up(quickTopology(servers: 1), in: path, surroundings)
            }
            #expect(error?.code == .directoryInUse)
            #expect(try LabFiles.read("\(path)/letter") == "mine")
        }
    }

    @Test func anUpgradeInPlaceHasOneDataDirectoryAHost() async throws {
        var topology = quickTopology(Version(3, 8, 0))
        topology.installations.append(.init(Version(3, 9, 3)))
        topology.sharesData = true
        try await withLab(topology) { lab in
            let (old, new) = (try lab.server("zk1@v3.8.0"), try lab.server("zk1@v3.9.3"))
            #expect(old.dataDir == new.dataDir && old.dataLogDir == new.dataLogDir)
            try await lab.stop(old)
            try await lab.start(new)
            try await lab.wait(for: new, modes: [.follower])
            #expect(new.process() != nil && old.process() == nil)
        }
    }
}
