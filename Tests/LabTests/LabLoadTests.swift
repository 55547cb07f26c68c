import EnsembleAccess
import EnsembleModel
import Foundation
import Testing

@testable import Lab

@Suite(.serialized) struct LabLoadTests {
    @Test func fillsAndComparesAWholeTree() async throws {
        try await withLab(quickTopology(Version(3, 4, 6))) { lab in
            try await lab.createZnodes(4_000)
            let before = try await lab.readTree()
            #expect(before.entries.filter { $0.path.contains("/item-") }.count == 4_000)
            #expect(before.entries.filter { $0.version == 1 }.count == 400)
            // Every server has the same.
            let elsewhere = try await lab.readTree(through: lab.servers[1])
            #expect(before.differences(to: elsewhere, includingEphemerals: true) == [])
            // Done already: nothing changes.
            try await lab.createZnodes(4_000)
            #expect(before.differences(to: try await lab.readTree()) == [])

            try await withClient(lab.clientAddresses) { client in
                try await client.set("/apps/app-000/item-00003", data: [1])
                try await client.delete("/apps/app-000/item-00004")
                try await client.create("/new")
            }
            let differences = before.differences(to: try await lab.readTree())
            #expect(differences.count == 4)
            #expect(differences.contains("missing: /apps/app-000/item-00004"))
            #expect(differences.contains("added: /new"))
            #expect(differences.contains("version changed: /apps/app-000/item-00003 (0 before, 1 after)"))
            let file = "\(lab.directory)/tree.json"
            try before.write(to: file)
            #expect(try TreeSnapshot.read(from: file) == before)
        }
    }

    @Test func ephemeralsAndTheConfigurationAreLeftOut() {
        func entry(_ path: String, ephemeral: Bool = false) -> TreeSnapshot.Entry {
            .init(path: path, sha256: "", length: 0, version: 0, ephemeral: ephemeral)
        }
        let before = TreeSnapshot(entries: [entry("/p", ephemeral: true), entry("/q", ephemeral: true)])
        let after = TreeSnapshot(entries: [entry("/p"), entry("/zookeeper/config"), entry("/x/y"), entry("/xy")])
        #expect(before.differences(to: after) == ["added: /x/y", "added: /xy"])
        #expect(before.differences(to: after, ignoring: ["/x", "/zookeeper/config"]) == ["added: /xy"])
        #expect(
            before.differences(to: after, ignoring: ["/x", "/xy", "/zookeeper/config"], includingEphemerals: true)
                == ["kind changed: /p", "missing: /q"])
    }

    /// Through a link the file behind it is written; the link itself stays one, as /dev/stdout and the like do.
    @Test func neverReplacesWhatIsNoFile() async throws {
        try await withDirectory { path in
            try FileManager.default.createSymbolicLink(atPath: "\(path)/link", withDestinationPath: "\(path)/real")
            try LabFiles.write("", to: "\(path)/real")
            try TreeSnapshot(entries: []).write(to: "\(path)/link")
            #expect(try LabFiles.read("\(path)/real").contains("entries"))
            let type = try FileManager.default.attributesOfItem(atPath: "\(path)/link")[.type] as? FileAttributeType
            #expect(type == .typeSymbolicLink)
        }
    }

    @Test func proxiesRegisterAgainWheneverTheyAreGone() async throws {
        try await withLab(quickTopology(Version(3, 4, 6))) { lab in
            let sessions = Task { await ProxySessions(lab, count: 3, report: { _ in }).hold() }
            defer { sessions.cancel() }
            try await withClient(lab.clientAddresses) { client in
                func owner(_ name: String) async -> Int64? {
                    (try? await client.exists("\(Lab.proxiesPath)/\(name)"))??.ephemeralOwner
                }
                func allThere() async -> Bool {
                    await waitUntil(limit: .seconds(30), every: .milliseconds(20)) {
                        await ProxySessions.registered(client).count == 3
                    }
                }
                #expect(await allThere())
                let data = try await client.get("\(Lab.proxiesPath)/proxy-0002").data
                #expect(String(decoding: data, as: UTF8.self) == #"{"id":2,"addr":"127.0.\#(lab.subnet).2:19000"}"#)

                // A persistent copy in its place stays, as long as the session does.
                let path = "\(Lab.proxiesPath)/proxy-0001"
                try await client.multi([.delete(path), .create(path, data: data)])
                try await client.delete("\(Lab.proxiesPath)/proxy-0003")
                let back = await waitUntil(limit: .seconds(10), every: .milliseconds(20)) {
                    await owner("proxy-0003") ?? 0 != 0
                }
                #expect(back)
                #expect(await owner("proxy-0001") == 0)
            }
            // All servers away for longer than the sessions live: new sessions, and all are ephemeral again.
            for server in lab.ensemble { try await lab.stop(server) }
            for server in lab.ensemble {
                try LabFiles.remove("\(server.dataDir)/version-2")
                try LabFiles.remove("\(server.dataLogDir)/version-2")
            }
            for server in lab.ensemble { try await lab.start(server) }
            try await lab.waitUntilServing(lab.ensemble)
            try await withClient(lab.clientAddresses) { client in
                let back = await waitUntil(limit: .seconds(40), every: .milliseconds(50)) {
                    await ProxySessions.registered(client).count == 3
                }
                #expect(back)
            }
        }
    }

    /// By the real background process, which `down` ends.
    @Test func theBackgroundProcessGoesWithTheLab() async throws {
        let zkops = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            .appendingPathComponent("zkops").path
        try #require(FileManager.default.isExecutableFile(atPath: zkops), "build the executable first: \(zkops)")
        try await withLab(quickTopology(servers: 1)) { lab in
            try await lab.startProxies(2, executable: zkops)
            let first = try Lab.readState(lab.directory).processes
            #expect(first.count == 1)
            try await lab.startProxies(3, executable: zkops)
            let second = try Lab.readState(lab.directory).processes
            #expect(second.count == 1 && second != first)
            #expect(!ProcessTable.isAlive(first[0].pid, startTime: first[0].startTime))
            #expect(ProcessTable.isAlive(second[0].pid, startTime: second[0].startTime))
            try await lab.down()
            #expect(!ProcessTable.isAlive(second[0].pid, startTime: second[0].startTime))
            // For the fixture, which takes it down again.
            _ = try await Lab.up(quickTopology(servers: 1), in: lab.directory, surroundings)
        }
    }
}
