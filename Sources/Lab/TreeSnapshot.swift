import Checksums
package import EnsembleAccess
import Foundation

/// All znodes of an ensemble at about one moment: what must be the same before and after.
package struct TreeSnapshot: Sendable, Codable, Equatable {
    package struct Entry: Sendable, Codable, Equatable {
        package var path: String
        /// SHA-256 of the data, in hexadecimal.
        package var sha256: String
        /// Bytes.
        package var length: Int
        /// How often the data was changed.
        package var version: Int32
        package var ephemeral: Bool
    }

    /// Of the file format.
    package var version = 1
    /// Sorted by path.
    package var entries: [Entry]

    package init(entries: [Entry]) {
        self.entries = entries.sorted { $0.path < $1.path }
    }

    /// Reads the tree through `client`, level by level, hundreds of requests at a time. Znodes that go away meanwhile
    /// are left out.
    package static func read(
        _ client: ZooKeeperClient, below root: String = "/"
    ) async throws(ZooKeeperClientError) -> TreeSnapshot {
        try await client.sync(root)
        var entries: [Entry] = []
        var level = [root]
        while !level.isEmpty {
            let found = try await pipeline(level) { path throws(ZooKeeperClientError) in
                try await visit(path, client)
            }
            entries += found.compactMap { $0?.entry }
            level = found.flatMap { $0?.children ?? [] }
        }
        return TreeSnapshot(entries: entries)
    }

    private struct Visit: Sendable {
        var entry: Entry
        var children: [String]
    }

    private static func visit(
        _ path: String, _ client: ZooKeeperClient
    ) async throws(ZooKeeperClientError) -> Visit? {
        do {
            let znode = try await client.get(path)
            let names = znode.stat.childrenCount == 0 ? [] : try await client.children(of: path)
            return Visit(
                entry: Entry(
                    path: path, sha256: SHA256.hexDigest(of: znode.data), length: znode.data.count,
                    version: znode.stat.version, ephemeral: znode.stat.isEphemeral),
                children: names.map { path == "/" ? "/\($0)" : "\(path)/\($0)" })
        } catch {
            if error.code == .noNode { return nil }
            throw error
        }
    }

    /// What is different in `after`, one line a znode: missing, added, data changed, version changed.
    ///
    /// Znodes that are ephemeral in either tree belong to sessions, not to the ensemble, and are left out unless asked
    /// for, as is what lies under one of `ignoring`.
    package func differences(
        to after: TreeSnapshot, ignoring: [String] = ["/zookeeper/config"], includingEphemerals: Bool = false
    ) -> [String] {
        func counts(_ path: String) -> Bool {
            !ignoring.contains { path == $0 || path.hasPrefix($0.hasSuffix("/") ? $0 : "\($0)/") }
        }
        let old = Dictionary(entries.map { ($0.path, $0) }) { first, _ in first }
        let new = Dictionary(after.entries.map { ($0.path, $0) }) { first, _ in first }
        var lines: [String] = []
        for path in Set(old.keys).union(new.keys).sorted() where counts(path) {
            let (one, other) = (old[path], new[path])
            if !includingEphemerals, one?.ephemeral == true || other?.ephemeral == true { continue }
            switch (one, other) {
            case (_?, nil): lines.append("missing: \(path)")
            case (nil, _?): lines.append("added: \(path)")
            case (let one?, let other?):
                if one.sha256 != other.sha256 {
                    lines.append("data changed: \(path) (\(one.length) bytes before, \(other.length) after)")
                }
                if one.version != other.version {
                    lines.append("version changed: \(path) (\(one.version) before, \(other.version) after)")
                }
                if one.ephemeral != other.ephemeral { lines.append("kind changed: \(path)") }
            case (nil, nil): break
            }
        }
        return lines
    }

    package func write(to path: String) throws(LabError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else {
            throw LabError(.fileFailed, "the tree can't be written as JSON")
        }
        try LabFiles.write(String(decoding: data, as: UTF8.self) + "\n", to: path)
    }

    package static func read(from path: String) throws(LabError) -> TreeSnapshot {
        let text = try LabFiles.read(path)
        do {
            return try JSONDecoder().decode(TreeSnapshot.self, from: Data(text.utf8))
        } catch {
            throw LabError(.fileFailed, "\(path) is not a tree written by `zkops lab tree`")
        }
    }
}
