import Checksums
import EnsembleModel
import Foundation
import TestSupport
import Testing

@testable import EnsembleAccess

@Suite(.fewScripts) struct TransferTests {
    private func file(_ name: String, _ bytes: Int) -> CopyManifest.File {
        CopyManifest.File(kind: .data, name: name, path: "/source/" + name, bytes: bytes)
    }

    /// What system tars make of the archive is what went in, however the content is cut.
    @Test(arguments: TestShell.two, [1, 7, 511, 512, 513, 100_000]) func anArchive(
        _ shell: TestShell, piece: Int
    ) async throws {
        let host = try FakeHost(shell)
        let sizes = [0, 1, 511, 512, 513, 3000, 0]
        let contents = sizes.map { size in (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ size) } }
        let files = sizes.indices.map { file("log.\($0 + 1)", sizes[$0]) }
        var archive: [UInt8] = []
        var tar = TarStream(files)
        let all = contents.flatMap { $0 }
        for start in stride(from: 0, to: all.count, by: piece) {
            archive += try tar.feed(Array(all[start..<min(start + piece, all.count)]))
        }
        archive += try tar.finish()
        for (file, content) in zip(files, contents) {
            #expect(tar.sums[file.path] == SHA256.hexDigest(of: content))
        }
        let path = host.directory + "/archive.tar"
        try Data(archive).write(to: URL(fileURLWithPath: path))
        let result = try await host.ensemble.check(
            HostCommand(host: "zk1", script: #"cd "$1" && tar -xf archive.tar"#, arguments: [host.directory]))
        #expect(result.exitCode == 0)
        for (file, content) in zip(files, contents) {
            #expect(try Data(contentsOf: URL(fileURLWithPath: host.directory + "/" + file.name)) == Data(content))
        }
    }

    @Test func contentOfAnotherLength() throws {
        var short = TarStream([file("log.1", 10)])
        _ = try short.feed([1, 2, 3])
        #expect(throws: TarStream.Problem.tooShort("log.1")) { _ = try short.finish() }
        var long = TarStream([file("log.1", 2)])
        #expect(throws: TarStream.Problem.tooLong) { _ = try long.feed([1, 2, 3]) }
    }

    /// 8 GiB and more don't fit into eleven octal digits.
    @Test func aHugeFile() {
        let header = TarStream.header(file("snapshot.1", 1 << 40))
        #expect(Array(header[124..<136]) == [0x80, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0])
        let sum = Int(String(decoding: header[148..<154], as: UTF8.self), radix: 8)
        #expect(sum == header.indices.reduce(0) { $0 + ((148..<156).contains($1) ? 32 : Int(header[$1])) })
    }

    @Test func onlyFilesOfZooKeepersAreCopied() throws {
        func manifest(_ line: String) -> CopyManifest? {
            ScriptReply(Array("live no\nfile \(line)\n".utf8)).flatMap { CopyManifest($0) }
        }
        #expect(manifest("data 3 /d/version-2/snapshot.1a")?.bytes == 3)
        #expect(manifest("data 3 /d/version-2/snapshot.1a.gz")?.files.first?.name == "snapshot.1a.gz")
        #expect(manifest("logs 3 /with a blank/version-2/log.1")?.files.first?.path == "/with a blank/version-2/log.1")
        for line in ["data 3 /d/version-2/myid", "data x /d/version-2/log.1", "both 3 /d/log.1", "data 3 /d/log.xyz"] {
            #expect(manifest(line) == nil)
        }
    }

    @Test func aPipeHoldsLittle() async throws {
        let pipe = BytePipe(limit: 100)
        let writing = Task {
            for number in 0..<50 { try await pipe.write([UInt8](repeating: UInt8(number), count: 60)) }
            await pipe.end()
        }
        var seen: [UInt8] = []
        while let piece = try await pipe.read() {
            #expect(piece.count == 60)
            seen.append(piece[0])
            #expect(await pipe.held <= 160)
        }
        #expect(seen == (0..<50).map { UInt8($0) })
        try await writing.value
    }

    @Test func aBrokenPipeEndsBothSides() async throws {
        let full = BytePipe(limit: 1)
        let writing = Task { try await full.write([1, 2, 3]) }
        try await eventually("a full pipe") { await full.held > 0 }
        await full.fail()
        await #expect(throws: BytePipe.Broken.self) { try await writing.value }
        await #expect(throws: BytePipe.Broken.self) { _ = try await full.read() }
        let empty = BytePipe()
        let reading = Task { try await empty.read() }
        reading.cancel()
        await #expect(throws: BytePipe.Broken.self) { _ = try await reading.value }
    }
}
