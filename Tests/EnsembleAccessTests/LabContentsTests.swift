import EnsembleModel
import Foundation
import Lab
import TestSupport
import Testing

@testable import EnsembleAccess

/// What fills a tree, from snapshots that real servers wrote and from the servers themselves.
@Suite(.fewLabs) struct LabContentsTests {
    @Test(arguments: [
        (Version(3, 4, 6), false), (Version(3, 6, 3), true), (Version(3, 8, 0), false), (Version(3, 9, 3), true),
    ])
    func isWhatWasPutIntoTheTree(_ version: Version, compressed: Bool) async throws {
        // 3.4.6 writes a snapshot when it joins a leader; later versions do when they start alone.
        var topology = LabTopology.ensemble(
            name: "t-\(UInt32.random(in: .min ... .max))", of: version < Version(3, 5, 0) ? 3 : 1,
            version: version)
        topology.tickTime = 200
        if compressed { topology.settings = [.init("snapshot.compression.method", "gz")] }
        try await AccessLab.with(topology) { made in
            try await made.lab.createZnodes(700)
            let server = try made.lab.server("zk1")
            try await made.lab.stop(server)
            try await made.lab.start(server)
            let name = made.server("zk1")
            _ = try await made.pulse(name) { $0.mode == .standalone || $0.mode == .follower }
            let tree = try await made.lab.readTree().entries

            let folder = "\(server.dataDir)/version-2"
            let snapshots = try FileManager.default.contentsOfDirectory(atPath: folder)
                .filter { $0.hasPrefix("snapshot.") }
            let newest = try #require(
                snapshots.max {
                    (ServerLook.DataFile(name: $0, bytes: 0).zxid ?? 0)
                        < (ServerLook.DataFile(name: $1, bytes: 0).zxid ?? 0)
                })
            #expect(newest.hasSuffix(".gz") == compressed)
            var written = TreeContents(depth: 2, top: 5)
            var reader = try SnapshotReader("\(folder)/\(newest)")
            let summary = try reader.read { written.add($0) }
            #expect(summary.isCompressed == compressed)

            let live = try await made.ensemble.contents(through: name, depth: 2, top: 5)
            for contents in [written, live] {
                #expect(contents.all.ephemerals == 0 && contents.unreadable == 0)
                let groups = contents.groups.filter { $0.path?.hasPrefix("/apps") == true }
                let expected = Dictionary(grouping: tree.filter { $0.path.hasPrefix("/apps") }) {
                    TreeContents.beginning(of: $0.path, names: 2)
                }
                #expect(groups.count == 4 && Set(groups.compactMap(\.path)) == Set(expected.keys))
                for group in groups {
                    let entries = expected[group.path ?? ""] ?? []
                    #expect(group.znodes == entries.count)
                    #expect(group.data == entries.reduce(0) { $0 + $1.length })
                }
                let longest = tree.map(\.length).max()
                #expect(contents.largest.first?.data == longest)
            }
            #expect(
                written.groups.filter { $0.path != "/zookeeper/config" }
                    == live.groups.filter { $0.path != "/zookeeper/config" })
            #expect(written.oldest.map(\.path).count == 5)
        }
    }
}

extension ServerLook.DataFile {
    fileprivate var zxid: UInt64? {
        if case .snapshot(let zxid) = kind { zxid.rawValue } else { nil }
    }
}
