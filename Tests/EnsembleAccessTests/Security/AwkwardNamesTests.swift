import Checksums
import EnsembleModel
import Foundation
import TestSupport
import Testing

@testable import EnsembleAccess

/// Whatever a value holds, it stays a value: each verb is carried out where every path, file name and argument is made of what shells
/// take for their own, and nothing of it is run.
@Suite(.fewScripts) struct AwkwardNamesTests {
    /// A folder below `root` whose name makes a file `canary` there if any shell reads it.
    private static func folder(_ root: String) -> String {
        let deed = "touch \(root)/canary"
        let names = "-rf two  words 'q' \"d\" $(\(deed))`\(deed)`;\(deed)&&\(deed)|\(deed) ${x:-$(\(deed))}"
        return "/" + names + " *?[a] ~ # ! {a,b} é服务器"
    }

    private static func words(_ root: String) -> [String] {
        let deed = "touch \(root)/canary"
        return [
            "", " ", "-rf", "--", "-n", "a b", "'", "\"", "'; \(deed); '", "\"; \(deed); \"", "$(\(deed))",
            "`\(deed)`", "; \(deed)", "| \(deed)", "\n\(deed)\n", "a[$(\(deed))]", "$((a[$(\(deed))]))",
            "${x:=$(\(deed))}",
            "'\u{301}$(\(deed))'\u{301}", "\u{600}'; \(deed); \u{600}'", "'\u{200d}`\(deed)`'\u{fe0f}", "\\", "*", "~",
            "é服务器😀", "\u{1}\u{1b}[2J\u{7f}",
        ]
    }

    private struct World {
        var host: FakeHost
        var root: String

        init(_ shell: TestShell) throws {
            var root = ""
            host = try FakeHost(
                shell,
                below: { folder in
                    root = folder
                    return AwkwardNamesTests.folder(folder)
                })
            self.root = root
        }

        /// Nothing that any value holds was run. A file's name has no slash, so what one makes lies where the shell was.
        func expectNothingRan(_ location: SourceLocation = #_sourceLocation) {
            #expect(!host.exists(root + "/canary"), sourceLocation: location)
            let flat = (root + "/canary").replacing("/", with: "+")
            for folder in [FileManager.default.currentDirectoryPath, "/tmp", host.home, host.home + "/conf", host.data]
            {
                #expect(!host.exists(folder + "/" + flat), sourceLocation: location)
            }
        }
    }

    /// The canary sings where a shell does read the folder's name: else the tests below could not fail.
    @Test func theNamesAreDangerous() throws {
        let world = try World(.dash)
        _ = try Command.output(["/bin/sh", "-c", "echo \(world.host.home)"])
        #expect(world.host.exists(world.root + "/canary"))
    }

    @Test(arguments: TestShell.allCases) func filesInAwkwardPlaces(_ shell: TestShell) async throws {
        let world = try World(shell)
        let (host, ensemble) = (world.host, world.host.ensemble)
        try await host.lock()
        #expect(try await ensemble.heldLock(host.server)?.owner == host.owner(host.run.run))
        for name in Self.words(world.root).map({ $0.replacing("/", with: "+") })
        where name.contains(where: { $0 != " " }) {
            let place = FilePlace.installation(host.server, path: "conf/" + name)
            let bytes = Array("content of $(touch \(world.root)/canary)\n".utf8)
            #expect(try await ensemble.readFile(place) == nil)
            #expect(
                try await ensemble.replaceFile(place, with: bytes, mode: 0o640, expected: nil, under: host.run)
                    == .changed)
            #expect(try await ensemble.readFile(place)?.bytes == bytes)
            #expect(host.mode(host.home + "/conf/" + name) == 0o640)
            let facts = try await ensemble.observe(host.server, files: ["conf/" + name])
            #expect(facts.files["conf/" + name] == String(decoding: bytes, as: UTF8.self))
            #expect(try await ensemble.restoreFile(place, under: host.run) == .changed)
            #expect(try await ensemble.readFile(place) == nil)
        }
        try await ensemble.renewLock(host.server, owner: host.owner(host.run.run))
        #expect(try await ensemble.backups(of: host.run.run, on: host.server, removing: true).files > 0)
        try await ensemble.unlock(host.server, owner: host.owner(host.run.run))
        #expect(try await ensemble.heldLock(host.server) == nil)
        world.expectNothingRan()
    }

    @Test(arguments: TestShell.allCases) func dataInAwkwardPlaces(_ shell: TestShell) async throws {
        let world = try World(shell)
        let (host, ensemble) = (world.host, world.host.ensemble)
        try await host.lock([host.server, host.other])
        try host.fillData(host.data, host.logs)
        let (data, logs) = (host.tree(host.data + "/version-2"), host.tree(host.logs + "/version-2"))
        #expect(try await ensemble.clearData(host.server, under: host.run) == .changed)
        #expect(!host.exists(host.data + "/version-2"))
        #expect(try await ensemble.restoreData(host.server, under: host.run) == .changed)
        #expect(host.tree(host.data + "/version-2") == data)
        #expect(
            try await ensemble.copyData(from: host.server, to: host.other, under: host.run) { _, _ in } == .changed)
        #expect(host.tree(host.otherData + "/version-2") == data.merging(logs) { $1 })
        #expect(try await ensemble.removeCopiedData(host.other, under: host.run) == .changed)

        // Of a running source too, whose files are linked first.
        #expect(try await ensemble.start(host.server, under: host.run) == .changed)
        let process = try #require(try await ensemble.pulse(host.server).process)
        #expect(
            try await ensemble.copyData(from: host.server, to: host.other, under: host.run) { _, _ in } == .changed)
        #expect(host.tree(host.otherData + "/version-2") == data.merging(logs) { $1 })
        let stopped = try await ensemble.stop(host.server, process: process, limit: .seconds(8), under: host.run)
        #expect(stopped == .changed)
        world.expectNothingRan()
    }

    @Test(arguments: TestShell.allCases) func softwareInAwkwardPlaces(_ shell: TestShell) async throws {
        let world = try World(shell)
        let (host, ensemble) = (world.host, world.host.ensemble)
        try await host.lock()
        let awkward = Self.words(world.root).map { $0.replacing("/", with: "+") }
            // Busybox's ls shows what is not plain ASCII as `?`, so that software with such names is refused there.
            .filter { name in name.contains { $0 != " " } && name.unicodeScalars.allSatisfy { $0.isASCII && !$0.steers }
            }
        let top = host.directory + "/dist/$(touch canary) -n"
        for name in awkward { try host.write("new", to: top + "/" + name) }
        try host.write("new", to: top + "/bin/zkServer.sh")
        let archive = host.directory + "/-x $(touch canary).tar.gz"
        try Command.output(["/bin/tar", "-czf", archive, "-C", host.directory + "/dist", "./$(touch canary) -n"])
        let sum = SHA256.hexDigest(of: try Data(contentsOf: URL(fileURLWithPath: archive)))
        let before = host.tree(host.home).filter { !$0.key.hasPrefix(".zkops") }
        #expect(try await ensemble.install(host.server, archive: archive, sha256: sum, under: host.run) == .changed)
        #expect(host.text(host.home + "/bin/zkServer.sh") == "new")
        #expect(try await ensemble.uninstall(host.server, under: host.run) == .changed)
        #expect(host.tree(host.home).filter { !$0.key.hasPrefix(".zkops") } == before)
        world.expectNothingRan()
    }

    @Test(arguments: TestShell.allCases) func argumentsOfCommands(_ shell: TestShell) async throws {
        let world = try World(shell)
        let (host, ensemble) = (world.host, world.host.ensemble)
        try await host.lock()
        let words = Self.words(world.root)
        let command = HostCommand(host: "zk1", script: #"for word do printf '%s\001' "$word"; done"#, arguments: words)
        let expected = words.map { $0 + "\u{1}" }.joined()
        #expect(try await ensemble.check(command).output == expected)
        #expect(try await ensemble.run(command, under: host.run).output == expected)
        world.expectNothingRan()
    }

    /// What a server's configuration names as its directories is the host's word, and may be as bad.
    @Test(arguments: TestShell.allCases) func directoriesThatAConfigurationNames(_ shell: TestShell) async throws {
        let world = try World(shell)
        let (host, ensemble) = (world.host, world.host.ensemble)
        try await host.lock()
        for word in Self.words(world.root) where !word.contains("\n") {
            try host.write(
                "dataDir=/\(word)/x\ndataLogDir=\(word)\ndynamicConfigFile=\(word)\nclientPort=\(word)\n",
                to: host.config)
            _ = try await ensemble.observe(host.server, files: [])
            _ = try await ensemble.pulse(host.server)
            // Most are refused, some have no data: either way nothing is moved, and nothing run.
            _ = await failure { () async throws(AccessError) in
                try await ensemble.clearData(host.server, under: host.run)
            }
            _ = await failure { () async throws(AccessError) in
                try await ensemble.stop(host.server, process: nil, limit: .seconds(1), under: host.run)
            }
        }
        world.expectNothingRan()
    }
}
