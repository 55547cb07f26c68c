import EnsembleModel
import Foundation
import TestSupport
import Testing

@testable import Lab

@Suite(.serialized) struct LabBreakTests {
    @Test func listenerDeathIsTheRealDefect() async throws {
        var story = LabTopology.story(name: uniqueName(), version: Version(3, 4, 6), next: nil)
        story.hasSSH = false
        try await withLab(story) { lab in
            _ = try await lab.carryOut(.listenerDeath, on: [])
            let modes = Dictionary(uniqueKeysWithValues: await lab.status().servers.map { ($0.server.host, $0.mode) })
            #expect(modes["zk10"] == .leader)
            #expect(modes["zk7"] == .follower && modes["zk9"] == .follower)
            #expect(modes["zk6"] == .looking && modes["zk8"] == .looking)
            let deaf = try lab.server("zk9").host.address
            // The kernel accepts, nobody answers; a living listener ends a silent connection's stream at once.
            #expect(await LabProbe.connects(deaf, 3888))
            #expect(try lab.server("zk9").log().contains("NegativeArraySizeException"))
        }
    }

    @Test func listenerDeathWantsAVersionThatHasIt() async throws {
        try await withLab(quickTopology(Version(3, 4, 14))) { lab in
            let error = await #expect(throws: LabError.self) { try await lab.carryOut(.listenerDeath, on: []) }
            #expect(error?.code == .breakImpossible)
            // The message itself leaves a later listener alive.
            let server = lab.servers[0]
            #expect(await LabProbe.send(Lab.deadlyMessage, server.host.address, 3888))
            try await lab.stop(lab.servers[1])
            try await lab.start(lab.servers[1])
            try await lab.waitUntilServing(lab.ensemble)
        }
    }

    @Test func breaksProcessesAndData() async throws {
        try await withLab(quickTopology(Version(3, 4, 14), servers: 5)) { lab in
            let servers = lab.servers
            _ = try await lab.carryOut(.kill, on: [servers[0]])
            #expect(servers[0].process() == nil && LabFiles.exists(servers[0].pidFile))

            _ = try await lab.carryOut(.pause, on: [servers[1]])
            #expect(await LabProbe.connects(servers[1].host.address, 2181))
            #expect(await lab.ask(servers[1], limit: .milliseconds(300)) == nil)
            try lab.resume(servers[1])
            try await lab.wait(for: servers[1], modes: [.follower])

            try await lab.start(servers[0])
            try await lab.wait(for: servers[0], modes: [.follower])
            _ = try await lab.carryOut(.wrongMyid(nil), on: [servers[0]])
            #expect(try LabFiles.read("\(servers[0].dataDir)/myid") == "5\n")

            _ = try await lab.carryOut(.loseData, on: [servers[1]])
            #expect(servers[1].process() == nil)
            #expect(LabFiles.names(in: servers[1].dataDir) == [] && LabFiles.names(in: servers[1].dataLogDir) == [])

            let error = await #expect(throws: LabError.self) { try await lab.carryOut(.kill, on: [servers[1]]) }
            #expect(error?.code == .breakImpossible)
        }
    }

    @Test(.needs(.mounts)) func aFullDiskHasNoRoomLeftAndGoesWithTheLab() async throws {
        let topology = quickTopology(Version(3, 4, 14))
        try await withLab(topology) { lab in
            let server = lab.servers[0]
            _ = try await lab.carryOut(.fillDisk(.log), on: [server])
            #expect(await lab.ask(server)?.mode == .follower)
            #expect(throws: (any Error).self) {
                try Data(repeating: 1, count: 4096).write(to: URL(fileURLWithPath: "\(server.dataLogDir)/more"))
            }
            // The next transactions take it down, the rest serves on.
            try await lab.createZnodes(2000)
            try await lab.wait(for: server, modes: [.stopped, .looking])
            #expect(await lab.ask(lab.servers[2])?.mode == .leader)
            let again = try await Lab.up(topology, in: lab.directory, surroundings)
            #expect(LabFiles.textIfThere("/proc/mounts")?.contains(again.directory) == false)
        }
    }

    /// The firewall is played by a script that writes down what it is asked for.
    @Test func aBlockedPortIsOpenedAgainByDown() async throws {
        try await withDirectory { path in
            try LabFiles.write("#!/bin/sh\necho \"$@\" >> '\(path)/calls'\n", to: "\(path)/iptables", mode: 0o755)
            var machine = surroundings
            machine.environment["PATH"] = "\(path):\(machine.environment["PATH"] ?? "")"
            machine.isRoot = true
            let subnet = try await withLab(quickTopology(servers: 1), machine) { lab in
                _ = try await lab.carryOut(.blockPort(.election), on: [lab.servers[0]])
                #expect(try LabFiles.read("\(path)/calls").contains("-w -I INPUT"))
                return lab.subnet
            }
            let calls = try LabFiles.read("\(path)/calls").split(separator: "\n")
            let rule = "INPUT -d 127.0.\(subnet).1 -p tcp --dport 3888 -j DROP"
            #expect(calls == ["-w -I \(rule)", "-w -D \(rule)"])
        }
    }

    private func rules() throws -> String {
        try Command.output([try surroundings.program("iptables", remedy: ""), "-w", "-S", "INPUT"])
    }

    @Test(.needs(.firewall)) func aBlockedPortSaysNothingUntilItIsMended() async throws {
        try await withLab(quickTopology(servers: 1)) { lab in
            let address = lab.servers[0].host.address
            _ = try await lab.carryOut(.blockPort(.client), on: [lab.servers[0]])
            #expect(await lab.ask(lab.servers[0], limit: .milliseconds(300)) == nil)
            #expect(try rules().contains("-d \(address)/32"))
            try await lab.mend()
            #expect(await lab.ask(lab.servers[0]) != nil)
            #expect(try !rules().contains(address))
        }
    }

    @Test func onlyRootMayTouchTheFirewallAndMountDisks() async throws {
        var machine = surroundings
        machine.isRoot = false
        try await withLab(quickTopology(servers: 1), machine) { lab in
            for fault in [LabBreak.blockPort(.client), .fillDisk(.log)] {
                let error = await #expect(throws: LabError.self) {
                    try await lab.carryOut(fault, on: [lab.servers[0]])
                }
                #expect(error?.code == .breakImpossible)
            }
        }
    }
}
