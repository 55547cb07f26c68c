import Dispatch
package import EnsembleModel
import Glibc

/// Plain TCP to a server of the lab, without SSH: what tests and `lab` commands see with their own eyes.
package enum LabProbe {
    /// What srvr says, as far as the lab needs it.
    package struct Answer: Sendable, Equatable {
        /// `looking` where the server answers that it doesn't serve.
        package var mode: Mode
        package var zxid: Zxid?
        package var znodes: Int?

        init?(_ reply: String) {
            if reply.contains("not currently serving requests") {
                self.init(mode: .looking)
                return
            }
            var fields: [Substring: Substring] = [:]
            for line in reply.split(separator: "\n") {
                guard let colon = line.firstIndex(of: ":") else { continue }
                fields[line[..<colon]] = line[line.index(after: colon)...].drop { $0 == " " }
            }
            guard let mode = fields["Mode"].flatMap({ Mode(rawValue: String($0)) }) else { return nil }
            self.init(
                mode: mode, zxid: fields["Zxid"].flatMap { Zxid(hexadecimal: $0) },
                znodes: fields["Node count"].flatMap { Int($0) })
        }

        private init(mode: Mode, zxid: Zxid? = nil, znodes: Int? = nil) {
            self.mode = mode
            self.zxid = zxid
            self.znodes = znodes
        }
    }

    /// Nil where nothing answers within `limit`.
    package static func srvr(_ address: String, _ port: UInt16, limit: Duration = .seconds(1)) async -> Answer? {
        await ask("srvr", address, port, limit: limit).flatMap { Answer($0) }
    }

    /// Sends four letters and reads to the end of the reply; nil where the connection can't be made or stays silent.
    package static func ask(
        _ word: String, _ address: String, _ port: UInt16, limit: Duration = .seconds(1)
    ) async -> String? {
        await exchange(Array(word.utf8), address, port, limit: limit).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Sends bytes, and reads until the other side ends the connection.
    package static func exchange(
        _ bytes: [UInt8], _ address: String, _ port: UInt16, limit: Duration
    ) async -> [UInt8]? {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                let connection = ProbeConnection(address, port, deadline: ContinuousClock.now + limit)
                continuation.resume(returning: connection?.exchange(bytes))
            }
        }
    }

    /// Sends bytes and ends the connection without waiting for an answer; false where they can't be sent.
    package static func send(
        _ bytes: [UInt8], _ address: String, _ port: UInt16, limit: Duration = .seconds(5)
    ) async -> Bool {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                let connection = ProbeConnection(address, port, deadline: ContinuousClock.now + limit)
                continuation.resume(returning: connection?.send(bytes) ?? false)
            }
        }
    }

    /// Whether a connection can be made at all; it is closed at once.
    package static func connects(_ address: String, _ port: UInt16, limit: Duration = .seconds(1)) async -> Bool {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                let connection = ProbeConnection(address, port, deadline: ContinuousClock.now + limit)
                continuation.resume(returning: connection != nil)
            }
        }
    }

    /// Says `greeting`, then `answer` whenever the other side has said something, until that ends the connection; false where none could be
    /// made.
    static func converse(_ address: String, _ port: UInt16, greeting: [UInt8], answer: [UInt8]) async -> Bool {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                let connection = ProbeConnection(address, port, deadline: ContinuousClock.now + .seconds(86_400))
                connection?.converse(greeting, answer)
                continuation.resume(returning: connection != nil)
            }
        }
    }

    /// Opens so many connections, says `bytes` on each, and keeps them until `body` has ended.
    static func whileHeld<Result: Sendable>(
        _ count: Int, saying bytes: [UInt8], _ address: String, _ port: UInt16, _ body: () async -> Result
    ) async -> Result {
        let connections = (0..<count).compactMap { _ in
            ProbeConnection(address, port, deadline: ContinuousClock.now + .seconds(5))
        }
        for connection in connections where !bytes.isEmpty { _ = connection.send(bytes) }
        let result = await body()
        withExtendedLifetime(connections) {}
        return result
    }

    /// Opens so many connections and keeps them, saying nothing on them, until the task is cancelled.
    package static func hold(_ count: Int, _ address: String, _ port: UInt16) async {
        let connections = (0..<count).compactMap { _ in
            ProbeConnection(address, port, deadline: ContinuousClock.now + .seconds(5))
        }
        while !Task.isCancelled { try? await Task.sleep(for: .seconds(60)) }
        withExtendedLifetime(connections) {}
    }
}

/// A non-blocking TCP connection with one deadline for all it does.
private final class ProbeConnection {
    private let descriptor: Int32
    private let deadline: ContinuousClock.Instant

    init?(_ address: String, _ port: UInt16, deadline: ContinuousClock.Instant) {
        self.deadline = deadline
        let kind = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        descriptor = socket(AF_INET, Int32(kind), 0)
        guard descriptor >= 0, let place = SocketAddress(address, port) else { return nil }
        if unsafe place.withPointer({ unsafe connect(descriptor, $0, $1) }) == 0 { return }
        guard errno == EINPROGRESS, ready(POLLOUT) else { return nil }
        var code: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size) == 0, code == 0 else { return nil }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Nil where the other side neither answered nor ended the connection in time, or reset it before any answer.
    func exchange(_ bytes: [UInt8]) -> [UInt8]? {
        guard send(bytes) else { return nil }
        var reply: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while ready(POLLIN) {
            let count = unsafe recv(descriptor, &piece, piece.count, 0)
            if count > 0 {
                reply += piece[..<count]
            } else if count == 0 {
                return reply
            } else if errno != EAGAIN && errno != EINTR {
                return reply.isEmpty ? nil : reply
            }
        }
        return nil
    }

    func converse(_ greeting: [UInt8], _ answer: [UInt8]) {
        guard send(greeting) else { return }
        var piece = [UInt8](repeating: 0, count: 1 << 12)
        while ready(POLLIN) {
            let count = unsafe recv(descriptor, &piece, piece.count, 0)
            if count == 0 || count < 0 && errno != EAGAIN && errno != EINTR { return }
            if count > 0, !send(answer) { return }
        }
    }

    func send(_ bytes: [UInt8]) -> Bool {
        unsafe Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
    }

    private func ready(_ events: Int32) -> Bool {
        while true {
            let left = deadline - ContinuousClock.now
            guard left > .zero else { return false }
            var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
            let milliseconds = left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000 + 1
            let count = unsafe poll(&entry, 1, Int32(min(milliseconds, 60_000)))
            if count > 0 { return true }
            if count < 0 && errno != EINTR { return false }
        }
    }
}
