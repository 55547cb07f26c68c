import Checksums
import EnsembleModel
import Foundation
import TestSupport
import Testing

@testable import EnsembleAccess

/// What moves, removes and unpacks stays in the directories that it is meant for, whatever links somebody has laid there.
@Suite(.fewScripts) struct LinkTests {
    private func link(_ path: String, to target: String) throws {
        try FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
    }

    private func code<Value>(_ body: () async throws(AccessError) -> Value) async -> AccessError.Code? {
        await failure(body)?.code
    }

    /// Each place through which data are moved or removed, as a link to what must stay as it is.
    @Test(
        arguments: TestShell.two,
        ["version-2", "version-2.zkops-partial", ".zkops", ".zkops/run-1", ".zkops/run-1/ACTION"])
    func dataNeverGoThroughALink(_ shell: TestShell, place: String) async throws {
        let host = try FakeHost(shell)
        try await host.lock([host.server, host.other])
        try host.fillData(host.otherData, host.otherData)
        try host.fillData(host.directory + "/precious", host.directory + "/precious")
        if place != "version-2" { try host.write("1", to: host.data + "/version-2/currentEpoch") }
        let precious = host.tree(host.directory + "/precious")
        try link(
            host.data + "/" + place.replacing("ACTION", with: host.run.fileName),
            to: host.directory + "/precious/version-2")
        let ensemble = host.ensemble
        #expect(
            await code { () async throws(AccessError) in try await ensemble.clearData(host.server, under: host.run) }
                == .configurationInvalid)
        #expect(
            await code { () async throws(AccessError) in try await ensemble.restoreData(host.server, under: host.run) }
                == .configurationInvalid)
        #expect(
            await code { () async throws(AccessError) in
                try await ensemble.copyData(from: host.other, to: host.server, under: host.run) { _, _ in }
            } == .configurationInvalid)
        #expect(
            await code { () async throws(AccessError) in
                try await ensemble.removeCopiedData(host.server, under: host.run)
            } == .configurationInvalid)
        #expect(host.tree(host.directory + "/precious") == precious)
    }

    /// Who may write in a file's directory lays a link, or a folder, in the place where the new file is made.
    @Test(arguments: TestShell.two, [true, false]) func aNewFileIsNotWrittenThroughALink(
        _ shell: TestShell, toFile: Bool
    )
        async throws
    {
        let host = try FakeHost(shell)
        try await host.lock()
        let (precious, file) = (host.directory + "/precious", host.home + "/conf/java.env")
        try host.write("precious", to: precious + "/new", mode: 0o600)
        try host.write("old\n", to: file)
        let place = FilePlace.installation(host.server, path: "conf/java.env")
        let old = try #require(try await host.ensemble.readFile(place))
        let sum = SHA256.hexDigest(of: Array(file.utf8)).prefix(24)
        let trap = host.home + "/conf/.zkops.file-\(sum)"
        for restores in [false, true] {
            try link(trap, to: toFile ? precious + "/new" : precious)
            let change =
                restores
                ? try await host.ensemble.restoreFile(place, under: host.run)
                : try await host.ensemble.replaceFile(
                    place, with: Array("new\n".utf8), mode: nil, expected: old.sha256, under: host.run)
            #expect(change == .changed)
            #expect(host.text(file) == (restores ? "old\n" : "new\n"))
            #expect(host.text(precious + "/new") == "precious" && host.mode(precious + "/new") == 0o600)
            #expect((try? FileManager.default.destinationOfSymbolicLink(atPath: file)) == nil)
            #expect(!host.exists(trap))
        }
    }

    /// Linking and letting go of a running source's files, too.
    @Test(arguments: TestShell.two) func aSourceIsNotFrozenThroughALink(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        try await host.lock([host.server, host.other])
        try host.fillData(host.data, host.logs)
        try host.write("precious", to: host.directory + "/precious/run-1/\(host.run.fileName)/source/data/file")
        try link(host.data + "/.zkops", to: host.directory + "/precious")
        let precious = host.tree(host.directory + "/precious")
        let error = await failure { () async throws(AccessError) in
            try await host.ensemble.copyData(from: host.server, to: host.other, under: host.run) { _, _ in }
        }
        #expect(error?.code == .configurationInvalid)
        #expect(host.tree(host.directory + "/precious") == precious)
    }

    @Test(arguments: TestShell.two) func onlyDirectoriesNamedVersion2AreTouched(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        try await host.lock([host.server, host.other])
        try host.fillData(host.data, host.logs)
        for directory in [host.data, host.logs, host.otherData] {
            for name in ["myid", "version-1/log.1", "version-2.bak/log.1", "backup/version-2/log.1"] {
                try host.write("not ours", to: directory + "/" + name)
            }
        }
        func others(_ directory: String) -> [String: String] {
            host.tree(directory).filter {
                !$0.key.hasPrefix("version-2/") && $0.key != "version-2" && !$0.key.hasPrefix(".zkops")
            }
        }
        let before = [host.data, host.logs, host.otherData].map(others)
        #expect(before[0].values.contains("not ours"))
        let ensemble = host.ensemble
        _ = try await ensemble.copyData(from: host.server, to: host.other, under: host.run) { _, _ in }
        _ = try await ensemble.removeCopiedData(host.other, under: host.run)
        _ = try await ensemble.clearData(host.server, under: host.run)
        _ = try await ensemble.restoreData(host.server, under: host.run)
        _ = try await ensemble.backups(of: host.run.run, on: host.server, removing: true)
        #expect([host.data, host.logs, host.otherData].map(others) == before)
    }

    @Test(arguments: TestShell.two) func backupsAreNotRemovedThroughALink(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        for place in [host.home + "/.zkops", host.data + "/.zkops", host.logs + "/.zkops"] {
            try host.write("precious", to: host.directory + "/precious/backups/run-1/file")
            try host.write("precious", to: host.directory + "/precious/run-1/file")
            try link(place, to: host.directory + "/precious")
        }
        let precious = host.tree(host.directory + "/precious")
        let kept = try await host.ensemble.backups(of: "run-1", on: host.server, in: ["/x/../y", "z"], removing: true)
        #expect(kept.files == 0)
        #expect(host.tree(host.directory + "/precious") == precious)
        for run in ["", ".", "..", "../backups", ".hidden", "a/b"] {
            #expect(
                await code { () async throws(AccessError) in
                    try await host.ensemble.backups(of: run, on: host.server, removing: true)
                } == .configurationInvalid)
        }
        #expect(host.tree(host.directory + "/precious") == precious)
    }

    /// Archives that would write outside the home, or take what lies elsewhere into it: each is refused, or unpacked into the home alone; and
    /// the home can be had as it was.
    @Test(arguments: TestShell.two, ["dots", "absolute", "through a link", "a link alone"])
    func anArchiveStaysInItsHome(_ shell: TestShell, kind: String) async throws {
        let host = try FakeHost(shell)
        try await host.lock()
        try host.write("precious", to: host.directory + "/precious/file")
        let build = host.directory + "/build"
        try host.write("evil", to: build + "/zk/evil")
        let archive = host.directory + "/evil.tar.gz"
        let tar = ["/bin/tar", "-C", build, "-czPf", archive]
        switch kind {
        case "dots":
            try Command.output(tar + ["--transform", "s,zk/evil,zk/../../../precious/evil,", "zk/evil"])
        case "absolute":
            try Command.output(tar + ["--transform", "s,zk/evil,\(host.directory)/precious/evil,", "zk/evil"])
        case "through a link":
            try link(build + "/zk/way", to: host.directory + "/precious")
            try Command.output(tar + ["--transform", "s,zk/evil,zk/way/evil,", "zk/way", "zk/evil"])
        default:
            try link(build + "/way", to: host.directory + "/precious")
            try Command.output(tar + ["way"])
        }
        let sum = SHA256.hexDigest(of: try Data(contentsOf: URL(fileURLWithPath: archive)))
        let before = host.tree(host.home).filter { !$0.key.hasPrefix(".zkops") }
        let refused = await code { () async throws(AccessError) in
            try await host.ensemble.install(host.server, archive: archive, sha256: sum, under: host.run)
        }
        #expect(host.tree(host.directory + "/precious") == ["file": "precious"])
        // A link alone is one entry of the home; busybox's tar drops what leads out of it from names, so they are names of the home.
        let staysInside = kind == "a link alone" || shell == .busybox && kind != "through a link"
        #expect((refused == nil) == staysInside)
        if staysInside { #expect(try await host.ensemble.uninstall(host.server, under: host.run) == .changed) }
        #expect(host.tree(host.home).filter { !$0.key.hasPrefix(".zkops") } == before)
        #expect(host.tree(host.directory + "/precious") == ["file": "precious"])
    }
}
