package import EnsembleModel

extension RemoteEnsemble {
    package func znode(_ path: String, through server: ServerName) async throws(AccessError) -> ZnodeFacts? {
        try await withClient(server, "looking at \(path)") { client throws(ZooKeeperClientError) in
            try await client.sync(path)
            return try await client.exists(path).map { stat in
                ZnodeFacts(
                    version: Int(stat.version), mzxid: stat.mzxid, children: stat.childrenCount,
                    ephemeral: stat.isEphemeral)
            }
        }
    }

    package func probeWrite(
        through writer: ServerName, readThrough reader: ServerName, under mutation: Mutation
    ) async throws(AccessError) -> Zxid {
        // The run may hold the lock of neither: one of its locks tells of all.
        let locked = memory.lockedServers(run: mutation.run)
        if let server = [reader, writer].first(where: locked.contains) ?? locked.first {
            try await requireLock(server, under: mutation)
        }
        let path = "/zkops-probe-" + String(random(), radix: 16)
        // The znode is of the writer's session: it goes with it, whatever happens.
        let outcome = try await withClient(writer, "a probe write") { writing throws(ZooKeeperClientError) in
            try await writing.create(path, ephemeral: true)
            let written = try await writing.exists(path)
            if reader == writer {
                try await writing.delete(path)
                return ProbeOutcome(written: written?.czxid, seen: .success(written?.czxid))
            }
            let seen = await self.outcome { () async throws(AccessError) in try await self.lookedUp(path, reader) }
            try await writing.delete(path)
            return ProbeOutcome(written: written?.czxid, seen: seen)
        }
        guard let written = outcome.written else {
            throw AccessError(
                .notServing, host: writer.host, server: writer, "a znode just written through it is not there")
        }
        guard try outcome.seen.get() == written else {
            throw AccessError(
                .notServing, host: reader.host, server: reader,
                "after a sync it does not hold what was written through \(writer); are both of one ensemble?")
        }
        return written
    }

    private struct ProbeOutcome: Sendable {
        var written: Zxid?
        var seen: Result<Zxid?, AccessError>
    }

    private func lookedUp(_ path: String, _ reader: ServerName) async throws(AccessError) -> Zxid? {
        try await withClient(reader, "reading a probe write") { client throws(ZooKeeperClientError) in
            try await client.sync(path)
            return try await client.exists(path)?.czxid
        }
    }

    // MARK: Persistent copies

    package func znodesToPersist(
        from glob: String, to parent: String?, through server: ServerName
    ) async throws(AccessError) -> [String] {
        let pattern = try pattern(glob, server)
        return try await withClient(server, "looking for \(glob)") { client throws(ZooKeeperClientError) in
            try await client.sync("/")
            var paths: [String] = []
            var copied: [String: (path: String, data: [UInt8])] = [:]
            for path in try await Self.paths(pattern, client) {
                guard try await client.exists(path)?.isEphemeral == true else { continue }
                guard let parent else {
                    paths.append(path)
                    continue
                }
                let (target, data) = (Self.target(path, under: parent), try await client.get(path).data)
                if let other = copied.updateValue((path, data), forKey: target), other.data != data {
                    throw ZooKeeperClientError(
                        .nodeExists, "\(other.path) and \(path) differ, and the copy of both would be \(target)")
                }
                try await Self.refuseOther(target, than: data, client)
                for place in Self.places(path, under: parent) where !paths.contains(place) {
                    if try await client.exists(place) == nil { paths.append(place) }
                }
            }
            return paths
        }
    }

    private func pattern(_ glob: String, _ server: ServerName) throws(AccessError) -> ZnodeGlob {
        if let pattern = ZnodeGlob(glob) { return pattern }
        throw AccessError(
            .configurationInvalid, host: server.host, server: server,
            "\(glob) is no pattern for znodes; it must begin with / and have no empty part")
    }

    /// The parents under which a copy stands, the outermost first, and its own place.
    private static func places(_ path: String, under parent: String) -> [String] {
        let parts = parent.split(separator: "/") + (path.split(separator: "/").last.map { [$0] } ?? [])
        return parts.indices.map { "/" + parts[...$0].joined(separator: "/") }
    }

    private static func target(_ path: String, under parent: String) -> String {
        places(path, under: parent).last ?? parent
    }

    /// Throws where a persistent znode of other data stands in a copy's place: it is someone's, and going back would delete it.
    private static func refuseOther(
        _ target: String, than data: [UInt8], _ client: ZooKeeperClient
    ) async throws(ZooKeeperClientError) {
        guard let there = try await client.exists(target), !there.isEphemeral,
            try await client.get(target).data != data
        else { return }
        throw ZooKeeperClientError(
            .nodeExists,
            "\(target) is there already and holds other data; it is left as it is. Delete it, or give another parent (`under`)"
        )
    }

    package func persistZnodes(
        from glob: String, to parent: String?, through server: ServerName, under mutation: Mutation
    ) async throws(AccessError) -> [String] {
        let pattern = try pattern(glob, server)
        try await requireLock(server, under: mutation)
        return try await withClient(server, "writing persistent copies of \(glob)", isChange: true) {
            client throws(ZooKeeperClientError) in
            try await client.sync("/")
            var written: [String] = []
            for path in try await Self.paths(pattern, client) {
                if let parent {
                    written += try await Self.copy(path, under: parent, client)
                } else if try await Self.makePersistent(path, client) {
                    written.append(path)
                }
            }
            return written
        }
    }

    /// The paths that match, by walking down the tree.
    private static func paths(
        _ pattern: ZnodeGlob, _ client: ZooKeeperClient
    ) async throws(ZooKeeperClientError) -> [String] {
        var found = [""]
        for segment in pattern.segments {
            var next: [String] = []
            for path in found {
                if ZnodeGlob.isPlain(segment) {
                    next.append(path + "/" + segment)
                    continue
                }
                do throws(ZooKeeperClientError) {
                    let names = try await client.children(of: path.isEmpty ? "/" : path)
                    next += names.filter { ZnodeGlob.matches($0, segment) }.map { path + "/" + $0 }
                } catch {
                    // Another one went away meanwhile, or a plain part of the pattern is not there.
                    if error.code != .noNode { throw error }
                }
            }
            found = next
        }
        return found
    }

    /// Replaces an ephemeral znode by a persistent one of the same data and access list, in one transaction: nobody finds
    /// it missing. Its session no longer owns it then.
    private static func makePersistent(
        _ path: String, _ client: ZooKeeperClient
    ) async throws(ZooKeeperClientError) -> Bool {
        for attempt in 1... {
            do throws(ZooKeeperClientError) {
                guard let stat = try await client.exists(path), stat.isEphemeral else { return false }
                let znode = try await client.get(path)
                let permissions = try await client.permissions(of: path)
                try await client.multi([
                    .delete(path, version: znode.stat.version),
                    .create(path, data: znode.data, permissions: permissions),
                ])
                return true
            } catch {
                // Its owner changed it, or went away, between the look and the transaction.
                guard error.code == .badVersion || error.code == .noNode, attempt < 5 else { throw error }
            }
        }
        return false
    }

    /// Writes the copy under another parent, which is made where it is missing.
    /// - Returns: what was made.
    private static func copy(
        _ path: String, under parent: String, _ client: ZooKeeperClient
    ) async throws(ZooKeeperClientError) -> [String] {
        guard let stat = try await client.exists(path), stat.isEphemeral else { return [] }
        let znode = try await client.get(path)
        let permissions = try await client.permissions(of: path)
        var written: [String] = []
        let places = Self.places(path, under: parent)
        for place in places.dropLast() {
            guard try await client.exists(place) == nil else { continue }
            try await client.create(place)
            written.append(place)
        }
        let target = target(path, under: parent)
        guard try await client.exists(target) == nil else {
            try await refuseOther(target, than: znode.data, client)
            return written
        }
        try await client.create(target, data: znode.data, permissions: permissions)
        return written + [target]
    }

    package func deleteZnodes(
        _ paths: [String], through server: ServerName, under mutation: Mutation
    ) async throws(AccessError) {
        try await requireLock(server, under: mutation)
        // Children before their parents; a parent in which others have put znodes since stays.
        let order = paths.sorted { $0.split(separator: "/").count > $1.split(separator: "/").count }
        try await withClient(server, "removing persistent copies", isChange: true) {
            client throws(ZooKeeperClientError) in
            try await client.sync("/")
            for path in order {
                do throws(ZooKeeperClientError) {
                    // An ephemeral one is a client's that has registered again.
                    guard let stat = try await client.exists(path), !stat.isEphemeral else { continue }
                    try await client.delete(path)
                } catch {
                    guard error.code == .noNode || error.code == .notEmpty else { throw error }
                }
            }
        }
    }

    // MARK: Reconfiguration

    package func reconfig(
        add: [String], remove: [ServerID], through server: ServerName, under mutation: Mutation
    ) async throws(AccessError) -> Change {
        let wanted = Dictionary(
            add.compactMap { line -> (ServerID, MemberAddress)? in
                let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
                guard parts.count == 2, let id = Int(parts[0].trimmingPrefix("server.")),
                    let address = MemberAddress(parts[1])
                else { return nil }
                return (ServerID(id), address)
            }, uniquingKeysWith: { $1 })
        guard wanted.count == add.count else {
            throw AccessError(
                .configurationInvalid, host: server.host, server: server,
                "server lines to add must read like server.4=host:2888:3888:participant;2181: \(add.joined(separator: ", "))"
            )
        }
        try await requireLock(server, under: mutation)
        if try await isMember(wanted, remove, server) { return .already }
        do throws(AccessError) {
            _ = try await withClient(server, "reconfiguration", isChange: true) {
                client throws(ZooKeeperClientError) in
                try await client.reconfig(joining: add, leaving: remove)
            }
        } catch {
            // The leader that is removed may close the connection before it answers (ZOOKEEPER-2014 and its tests).
            guard error.code == .outcomeUnknown, (try? await isMember(wanted, remove, server)) == true else {
                throw error
            }
        }
        return .changed
    }

    private func isMember(
        _ wanted: [ServerID: MemberAddress], _ removed: [ServerID], _ server: ServerName
    ) async throws(AccessError) -> Bool {
        let members = try await withClient(server, "reading the membership") { client throws(ZooKeeperClientError) in
            try await client.sync("/zookeeper/config")
            return ZooConfig(TextEncoding.decode(try await client.config().data).text).members
        }
        return removed.allSatisfy { members[$0] == nil }
            && wanted.allSatisfy { id, address in
                members[id].map { $0.isSamePlace(as: address) && $0.role == address.role } ?? false
            }
    }
}
