import CZooKeeper
package import EnsembleModel
import Glibc

extension ZooKeeperClient {
    /// Creates a znode; its parent must be there.
    package func create(
        _ path: String, data: [UInt8] = [], ephemeral: Bool = false, permissions: [ZnodePermission] = [.open]
    ) async throws(ZooKeeperClientError) {
        let _: String = try await unsafe perform("create \(path)") { handle, context in
            unsafe withAccessList(permissions) { list in
                unsafe withBytes(data) { bytes, count in
                    unsafe zoo_acreate(
                        handle, path, bytes, count, list, ephemeral ? zkops_ephemeral_mode() : 0, finishPath, context)
                }
            }
        }
    }

    package func get(_ path: String) async throws(ZooKeeperClientError) -> Znode {
        try await unsafe perform("read \(path)") { handle, context in
            unsafe zoo_aget(handle, path, 0, finishData, context)
        }
    }

    /// - Parameter version: the version that the data must have; nil for any.
    @discardableResult
    package func set(
        _ path: String, data: [UInt8], version: Int32? = nil
    ) async throws(ZooKeeperClientError) -> ZnodeStat {
        try await unsafe perform("write \(path)") { handle, context in
            unsafe withBytes(data) { bytes, count in
                unsafe zoo_aset(handle, path, bytes, count, version ?? -1, finishStat, context)
            }
        }
    }

    /// Nil where there is no such znode.
    package func exists(_ path: String) async throws(ZooKeeperClientError) -> ZnodeStat? {
        do {
            let stat: ZnodeStat = try await unsafe perform("look for \(path)") { handle, context in
                unsafe zoo_aexists(handle, path, 0, finishStat, context)
            }
            return stat
        } catch {
            if error.code == .noNode { return nil }
            throw error
        }
    }

    /// The names of the children, sorted.
    package func children(of path: String) async throws(ZooKeeperClientError) -> [String] {
        let names: [String] = try await unsafe perform("list \(path)") { handle, context in
            unsafe zoo_aget_children(handle, path, 0, finishNames, context)
        }
        return names.sorted()
    }

    package func delete(_ path: String, version: Int32? = nil) async throws(ZooKeeperClientError) {
        let _: Bool = try await unsafe perform("delete \(path)") { handle, context in
            unsafe zoo_adelete(handle, path, version ?? -1, finishVoid, context)
        }
    }

    /// Has the server catch up with all that the leader has committed before reads that follow.
    package func sync(_ path: String = "/") async throws(ZooKeeperClientError) {
        let _: String = try await unsafe perform("sync \(path)") { handle, context in
            unsafe zoo_async(handle, path, finishPath, context)
        }
    }

    package func permissions(of path: String) async throws(ZooKeeperClientError) -> [ZnodePermission] {
        try await unsafe perform("read the access list of \(path)") { handle, context in
            unsafe zoo_aget_acl(handle, path, finishAccessList, context)
        }
    }

    /// Adds credentials to the session; `digest` takes `user:password`.
    package func addAuth(scheme: String = "digest", _ credentials: String) async throws(ZooKeeperClientError) {
        let _: Bool = try await unsafe perform("authenticate by \(scheme)") { handle, context in
            unsafe withBytes(Array(credentials.utf8)) { bytes, count in
                unsafe zoo_add_auth(handle, scheme, bytes, count, finishVoid, context)
            }
        }
    }

    /// Changes the membership, 3.5 and later.
    ///
    /// - Parameters:
    ///   - joining: server lines such as `4=host:2888:3888:participant;2181`.
    ///   - fromVersion: the configuration's version that must stand now; nil for any.
    /// - Returns: the new configuration as `/zookeeper/config` holds it.
    package func reconfig(
        joining: [String] = [], leaving: [ServerID] = [], fromVersion: Int64? = nil
    ) async throws(ZooKeeperClientError) -> Znode {
        // The library joins what it is given into one request; lines have the form server.N=….
        let joiners = joining.isEmpty ? nil : joining.map { "server.\($0)" }.joined(separator: ",")
        let leavers = leaving.isEmpty ? nil : leaving.map(\.description).joined(separator: ",")
        return try await unsafe perform("reconfigure") { handle, context in
            unsafe zoo_areconfig(handle, joiners, leavers, nil, fromVersion ?? -1, finishData, context)
        }
    }

    /// The membership as `/zookeeper/config` holds it, 3.5 and later; may be old unless a sync came before.
    package func config() async throws(ZooKeeperClientError) -> Znode {
        try await unsafe perform("read the configuration") { handle, context in
            unsafe zoo_agetconfig(handle, 0, finishData, context)
        }
    }
}

// MARK: Completions, called on a thread of the library's

private let finishVoid: void_completion_t = { code, context in
    unsafe Completion<Bool>.take(context)?.finish(code, true)
}

private let finishStat: stat_completion_t = { code, stat, context in
    let value = unsafe stat.map { unsafe ZnodeStat($0.pointee) }
    unsafe Completion<ZnodeStat>.take(context)?.finish(code, value)
}

private let finishData: data_completion_t = { code, bytes, count, stat, context in
    let data = unsafe bytes.map { bytes in
        unsafe Array(UnsafeRawBufferPointer(start: bytes, count: max(Int(count), 0)))
    }
    let value = unsafe stat.map { unsafe Znode(data: data ?? [], stat: ZnodeStat($0.pointee)) }
    unsafe Completion<Znode>.take(context)?.finish(code, value)
}

private let finishPath: string_completion_t = { code, path, context in
    unsafe Completion<String>.take(context)?.finish(code, path.map { unsafe String(cString: $0) })
}

private let finishNames: strings_completion_t = { code, names, context in
    let value = unsafe names.map { names -> [String] in
        unsafe (0..<Int(names.pointee.count)).compactMap { place in
            unsafe names.pointee.data[place].map { unsafe String(cString: $0) }
        }
    }
    unsafe Completion<[String]>.take(context)?.finish(code, value)
}

private let finishAccessList: acl_completion_t = { code, list, _, context in
    let value = unsafe list.map { list -> [ZnodePermission] in
        unsafe (0..<Int(list.pointee.count)).map { place in
            let entry = unsafe list.pointee.data[place]
            return unsafe ZnodePermission(
                permissions: entry.perms, scheme: String(cString: entry.id.scheme), id: String(cString: entry.id.id))
        }
    }
    unsafe Completion<[ZnodePermission]>.take(context)?.finish(code, value)
}

// MARK: Arguments

/// Data in the library's form; the library copies it before it returns.
private func withBytes(_ bytes: [UInt8], _ body: (UnsafePointer<CChar>?, Int32) -> Int32) -> Int32 {
    unsafe bytes.withUnsafeBytes { buffer in
        unsafe body(buffer.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(buffer.count))
    }
}

/// An access control list in the library's form; the library copies it before it returns.
private func withAccessList(
    _ permissions: [ZnodePermission], _ body: (UnsafePointer<ACL_vector>) -> Int32
) -> Int32 {
    var entries = unsafe permissions.map { permission in
        unsafe ACL(
            perms: permission.permissions, id: Id(scheme: strdup(permission.scheme), id: strdup(permission.id)))
    }
    defer {
        for place in unsafe entries.indices {
            unsafe free(entries[place].id.scheme)
            unsafe free(entries[place].id.id)
        }
    }
    return unsafe entries.withUnsafeMutableBufferPointer { buffer in
        var list = unsafe ACL_vector(count: Int32(buffer.count), data: buffer.baseAddress)
        return unsafe body(&list)
    }
}
