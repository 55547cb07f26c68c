import CZooKeeper
import Glibc

/// One part of a transaction that is carried out whole or not at all.
package enum ZnodeChange: Sendable, Hashable {
    case create(String, data: [UInt8], ephemeral: Bool = false, permissions: [ZnodePermission] = [.open])
    case set(String, data: [UInt8], version: Int32? = nil)
    case delete(String, version: Int32? = nil)
    /// Fails unless the znode has this version.
    case check(String, version: Int32)

    var deed: String {
        switch self {
        case .create(let path, _, _, _): "create \(path)"
        case .set(let path, _, _): "write \(path)"
        case .delete(let path, _): "delete \(path)"
        case .check(let path, _): "check \(path)"
        }
    }
}

extension ZooKeeperClient {
    /// Carries out all changes as one transaction (3.4 and later), or none of them; the error names the change that failed.
    package func multi(_ changes: [ZnodeChange]) async throws(ZooKeeperClientError) {
        let results = MultiResults(count: changes.count)
        do throws(ZooKeeperClientError) {
            let _: Bool = try await unsafe perform("a transaction of \(changes.count) changes") { handle, context in
                let operations = MultiOperations(changes)
                return unsafe zoo_amulti(
                    handle, Int32(changes.count), operations.pointer, results.pointer, finishMulti, context)
            }
        } catch {
            throw results.culprit(changes, hosts: hosts) ?? error
        }
    }
}

private let finishMulti: void_completion_t = { code, context in
    unsafe Completion<Bool>.take(context)?.finish(code, true)
}

/// Where the library writes each change's outcome; it must live until the completion was called.
@safe
private final class MultiResults: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<zoo_op_result_t>
    private let count: Int

    init(count: Int) {
        self.count = count
        unsafe pointer = .allocate(capacity: max(count, 1))
        unsafe pointer.initialize(repeating: zoo_op_result_t(), count: count)
    }

    deinit { unsafe pointer.deallocate() }

    /// The change that failed; the others only say that they were not carried out because of it.
    func culprit(_ changes: [ZnodeChange], hosts: String) -> ZooKeeperClientError? {
        for place in 0..<count {
            let code = unsafe pointer[place].err
            if code != ZOK.rawValue && code != ZRUNTIMEINCONSISTENCY.rawValue {
                return ZooKeeperClientError(number: code, deed: changes[place].deed, hosts: hosts)
            }
        }
        return nil
    }
}

/// Changes in the library's form; it copies what it needs before `zoo_amulti` returns.
@safe
private final class MultiOperations {
    let pointer: UnsafeMutablePointer<zoo_op_t>
    private let count: Int
    private var strings: [UnsafeMutablePointer<CChar>] = unsafe []
    private var lists: [(list: UnsafeMutablePointer<ACL_vector>, entries: UnsafeMutablePointer<ACL>)] = unsafe []

    init(_ changes: [ZnodeChange]) {
        count = changes.count
        unsafe pointer = .allocate(capacity: max(count, 1))
        unsafe pointer.initialize(repeating: zoo_op_t(), count: count)
        for (place, change) in changes.enumerated() {
            let operation = unsafe pointer + place
            switch change {
            case .create(let path, let data, let ephemeral, let permissions):
                unsafe zoo_create_op_init(
                    operation, keep(Array(path.utf8)), keep(data), Int32(data.count), keep(permissions),
                    ephemeral ? zkops_ephemeral_mode() : 0, nil, 0)
            case .set(let path, let data, let version):
                unsafe zoo_set_op_init(
                    operation, keep(Array(path.utf8)), keep(data), Int32(data.count), version ?? -1, nil)
            case .delete(let path, let version):
                unsafe zoo_delete_op_init(operation, keep(Array(path.utf8)), version ?? -1)
            case .check(let path, let version):
                unsafe zoo_check_op_init(operation, keep(Array(path.utf8)), version)
            }
        }
    }

    deinit {
        unsafe pointer.deallocate()
        for place in unsafe strings.indices { unsafe strings[place].deallocate() }
        for place in unsafe lists.indices {
            unsafe lists[place].list.deallocate()
            unsafe lists[place].entries.deallocate()
        }
    }

    /// The bytes with a zero after them.
    private func keep(_ bytes: [UInt8]) -> UnsafeMutablePointer<CChar> {
        let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count + 1)
        for (place, byte) in bytes.enumerated() { unsafe copy[place] = CChar(bitPattern: byte) }
        unsafe copy[bytes.count] = 0
        unsafe strings.append(copy)
        return unsafe copy
    }

    private func keep(_ permissions: [ZnodePermission]) -> UnsafeMutablePointer<ACL_vector> {
        let entries = UnsafeMutablePointer<ACL>.allocate(capacity: max(permissions.count, 1))
        for (place, permission) in permissions.enumerated() {
            unsafe (entries + place).initialize(
                to: ACL(
                    perms: permission.permissions,
                    id: Id(scheme: keep(Array(permission.scheme.utf8)), id: keep(Array(permission.id.utf8)))))
        }
        let list = UnsafeMutablePointer<ACL_vector>.allocate(capacity: 1)
        unsafe list.initialize(to: ACL_vector(count: Int32(permissions.count), data: entries))
        unsafe lists.append((list, entries))
        return unsafe list
    }
}
