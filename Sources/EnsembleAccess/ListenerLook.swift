import EnsembleModel

/// What a host's kernel and a server's process tell of listening ports.
struct ListenerLook: Sendable, Equatable {
    struct Queue: Sendable, Equatable {
        /// The first look or the second.
        var look: Int
        /// Local address and port as in /proc/net/tcp: hexadecimal, an IPv4 address with its bytes reversed.
        var place: String
        /// Connections that the kernel accepted and the process has not.
        var waiting: Int
    }

    var queues: [Queue] = []
    /// Closing connections to a port that no process ever accepted, by their local place.
    var orphans: [String] = []
    var threads: Set<String> = []
    var processState: String?

    init(_ reply: ScriptReply) {
        for line in reply.all("listening") {
            let words = line.split(separator: " ")
            guard words.count == 3, let look = Int(words[0]), let waiting = Int(words[2], radix: 16) else { continue }
            queues.append(Queue(look: look, place: String(words[1]), waiting: waiting))
        }
        orphans = reply.all("orphan").compactMap { $0.split(separator: " ").dropFirst().first.map(String.init) }
        threads = Set(reply.all("thread"))
        processState = reply["state"]
    }

    /// Queues of listeners that take connections to this address and port.
    private func queues(_ address: String, _ port: Int) -> [Queue] {
        queues.filter { SocketPlace.matches($0.place, address, port) }
    }

    func isListening(_ address: String, _ port: Int) -> Bool { !queues(address, port).isEmpty }

    /// Whether connections have been waiting on both looks.
    func isWaiting(_ address: String, _ port: Int) -> Bool {
        let own = queues(address, port)
        return own.contains { $0.look == 1 && $0.waiting > 0 } && own.contains { $0.look == 2 && $0.waiting > 0 }
    }

    func hasOrphan(_ address: String, _ port: Int) -> Bool {
        orphans.contains { SocketPlace.matches($0, address, port) }
    }

    /// The listener's thread, by its name; nil where the JVM doesn't show names (Java 8).
    ///
    /// 3.4 and 3.5 call it by the member's address, `host/ip:3888`, 3.6 and later `ListenerHandler-…`; the kernel keeps 15 bytes.
    func hasElectionThread(_ member: MemberAddress) -> Bool? {
        let showsNames = threads.contains { $0.hasPrefix("QuorumPeer") || $0.hasPrefix("NIOServerCxn") }
        guard showsNames else { return nil }
        let isAddress = member.host.allSatisfy { $0.isHexDigit || $0 == "." || $0 == ":" }
        let name = isAddress ? "/\(member.host):\(member.electionPort)" : "\(member.host)/"
        let short = String(decoding: Array(name.utf8.prefix(15)), as: UTF8.self)
        return threads.contains { $0.hasPrefix(short) || $0.hasPrefix("ListenerHandler") }
    }
}
