import Foundation
import TestSupport
import Testing

@testable import EnsembleAccess

/// Snapshots made here byte by byte; those of real servers are read in `LabContentsTests`.
@Suite struct SnapshotReaderTests {
    /// Writes what `FileSnap.serialize` writes.
    private struct Writer {
        var bytes: [UInt8] = []

        mutating func int(_ value: Int) { bytes += (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
        mutating func long(_ value: Int) { bytes += (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * $0)) } }
        mutating func text(_ text: String) {
            int(text.utf8.count)
            bytes += Array(text.utf8)
        }

        mutating func head(sessions: Int = 2) {
            int(0x5a4b_534e)
            int(2)
            long(-1)
            int(sessions)
            for session in 0..<sessions {
                long(0x100_0000 + session)
                int(4000)
            }
            int(1)
            long(1)
            int(1)
            int(31)
            text("world")
            text("anyone")
        }

        mutating func znode(_ path: String, data: Int, changedAt: Int = 1000, owner: Int = 0) {
            text(path)
            int(data)
            if data > 0 { bytes += [UInt8](repeating: 7, count: data) }
            long(1)
            for _ in 0..<2 { long(5) }
            long(900)
            long(changedAt)
            for _ in 0..<3 { int(0) }
            long(owner)
            long(5)
        }

        mutating func seal() {
            var (low, high) = (1, 0)
            for byte in bytes {
                low = (low + Int(byte)) % 65521
                high = (high + low) % 65521
            }
            long(high << 16 | low)
            text("/")
        }

        /// Five znodes; a later version writes the digest and the last zxid behind.
        static func snapshot(trailers: Int = 0) -> [UInt8] {
            var writer = Writer()
            writer.head()
            writer.znode("", data: 0)
            writer.znode("/app", data: -1)
            writer.znode("/app/large", data: 700_000, changedAt: 3000)
            writer.znode("/app/session", data: 3, owner: 0x100_0000)
            writer.znode("/other", data: 10, changedAt: 500)
            writer.text("/")
            writer.seal()
            if trailers > 0 {
                writer.long(5)
                writer.int(2)
                writer.long(77)
                writer.seal()
            }
            if trailers > 1 {
                writer.long(5)
                writer.seal()
            }
            return writer.bytes
        }
    }

    private func read(
        _ bytes: [UInt8], gzip: Bool = false
    ) throws -> Result<(TreeContents, SnapshotReader.Summary), SnapshotError> {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("zkops-snap-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var file = folder.appendingPathComponent("snapshot.5")
        try Data(bytes).write(to: file)
        if gzip {
            try Command.output(["/usr/bin/gzip", file.path])
            file.appendPathExtension("gz")
        }
        var contents = TreeContents(depth: 1, top: 2)
        do throws(SnapshotError) {
            var reader = try SnapshotReader(file.path)
            let summary = try reader.read { contents.add($0) }
            return .success((contents, summary))
        } catch {
            return .failure(error)
        }
    }

    @Test(arguments: [0, 1, 2], [false, true]) func aWholeSnapshot(trailers: Int, gzip: Bool) throws {
        let bytes = Writer.snapshot(trailers: trailers)
        let (contents, summary) = try read(bytes, gzip: gzip).get()
        #expect(summary == .init(isCompressed: gzip, bytes: bytes.count, sessions: 2))
        #expect(contents.all.znodes == 5 && contents.all.ephemerals == 1 && contents.all.data == 700_013)
        #expect(contents.groups.map(\.path) == ["/app", "/other", "/"])
        #expect(contents.groups[0].znodes == 3 && contents.groups[0].data == 700_003)
        #expect(contents.groups.map(\.bytes).reduce(0, +) == contents.all.bytes)
        #expect(contents.largest.map(\.path) == ["/app/large", "/other"])
        #expect(contents.oldest.map(\.path) == ["/other", "/app"])
    }

    @Test func damageIsFoundWhereverItIs() throws {
        let bytes = Writer.snapshot()
        for place in stride(from: 0, to: bytes.count, by: bytes.count / 41) {
            var changed = bytes
            changed[place] ^= 0x10
            guard case .failure = try read(changed) else {
                Issue.record("a changed byte \(place) was not noticed")
                continue
            }
            guard case .failure(let error) = try read(Array(bytes.prefix(place))) else {
                Issue.record("an end at \(place) was not noticed")
                continue
            }
            #expect(place < 4 || error.code == .damaged, "\(place): \(error)")
        }
        var changed = bytes
        changed[bytes.count / 2] ^= 1
        guard case .failure(let error) = try read(changed) else { throw Unnoticed() }
        #expect(error.code == .checksumDiffers)
    }

    private struct Unnoticed: Error {}

    @Test func whatIsNoSnapshotSaysSo() throws {
        func code(_ bytes: [UInt8], gzip: Bool = false) throws -> SnapshotError.Code? {
            if case .failure(let error) = try read(bytes, gzip: gzip) { error.code } else { nil }
        }
        #expect(try code(Array("ZKLG and more".utf8)) == .notASnapshot)
        #expect(try code([]) == .damaged)
        #expect(try code([0x82] + Array("SNAPPY\0".utf8)) == .unsupported)
        #expect(try code([0x1f, 0x8b, 1, 2, 3, 4]) == .damaged)
        #expect(try code(Array("not at all".utf8), gzip: true) == .notASnapshot)
        guard
            case .failure(let error) = Result(catching: { () throws(SnapshotError) in
                var reader = try SnapshotReader("/nonexistent/snapshot.1")
                _ = try reader.read { _ in }
            })
        else { throw Unnoticed() }
        #expect(error.code == .unreadable && error.message.contains("No such file"))
    }

    @Test func memoryIsBounded() {
        var contents = TreeContents(depth: 1, top: 3)
        for number in 0..<TreeContents.groupLimit + 10 {
            contents.add(
                ZnodeSize(
                    path: "/\(number)", data: number, bytes: 1, createdAt: 0, changedAt: 1, kind: .persistent))
        }
        #expect(contents.groups.count == TreeContents.groupLimit + 1)
        #expect(contents.groups.first { $0.path == nil }?.znodes == 10)
        #expect(contents.largest.map(\.data) == [50_009, 50_008, 50_007])
    }

    @Test func pathsAreCutAtNames() {
        #expect(TreeContents.beginning(of: "/a/b/c/d", names: 2) == "/a/b")
        #expect(TreeContents.beginning(of: "/a/b", names: 2) == "/a/b")
        #expect(TreeContents.beginning(of: "/a", names: 2) == "/a")
        #expect(TreeContents.beginning(of: "/", names: 1) == "/")
    }

    @Test func kindsByTheirOwner() {
        #expect(ZnodeKind(ephemeralOwner: 0) == .persistent)
        #expect(ZnodeKind(ephemeralOwner: 0x2_0000_0000_0001) == .ephemeral)
        #expect(ZnodeKind(ephemeralOwner: .min) == .container)
        #expect(ZnodeKind(ephemeralOwner: Int(bitPattern: 0xff00_0000_0000_1388)) == .timed)
    }
}
