import EnsembleAccess
import EnsembleModel

/// What a host's kernel, file systems and a server's process and log tell, as ``EvidenceScripts/host`` prints it.
package struct HostEvidence: Sendable, Hashable {
    package struct Queue: Sendable, Hashable {
        /// The first look or the second.
        package var look: Int
        /// As in /proc/net/tcp.
        package var place: String
        /// Connections that the kernel accepted and the process has not.
        package var waiting: Int
    }

    package struct Peer: Sendable, Hashable {
        package var address: String
        package var connections: Int
    }

    package struct Disk: Sendable, Hashable {
        package var total: Int
        package var free: Int
        package var mount: String
    }

    package struct DataFile: Sendable, Hashable {
        package var name: String
        /// Seconds since 1970.
        package var changedAt: Int
        /// Bytes that it really takes: a transaction log is allocated beforehand and is mostly a hole.
        package var bytesOnDisk: Int
        package var size: Int
    }

    package struct ReadSpeed: Sendable, Hashable {
        package var bytes: Int
        package var seconds: Double

        package var bytesPerSecond: Double { Double(bytes) / max(seconds, 0.005) }
    }

    /// Seconds since 1970.
    package var clock: Int?
    package var settings: [String: Int] = [:]
    /// Since the host booted, of all programs on it.
    package var counters: [String: Int] = [:]
    package var queues: [Queue] = []
    /// Of the server's client port, the most connections first.
    package var peers: [Peer] = []
    package var openFiles: Int?
    package var openFileLimit: Int?
    package var flags: [String] = []
    /// Bytes of memory that the process holds.
    package var resident: Int?
    package var dataDisk: Disk?
    package var logDisk: Disk?
    /// Snapshots and what else lies in dataDir, and transaction logs.
    package var dataFiles: [DataFile] = []
    package var logFiles: [DataFile] = []
    package var readSpeed: ReadSpeed?
    package var loggingLines: [String] = []
    package var jars: [String] = []
    /// Names of server lines and what the host resolves them to; empty where they don't resolve.
    package var resolved: [String: [String]] = [:]
    /// Names of the JVM's threads, only where a dump was asked for.
    package var threadNames: [String] = []
    package var log = LogEvidence()

    package init() {}

    /// Reads what the script printed; lines that it doesn't know are passed over.
    /// - Parameter clientAddress: where the server listens, as connections to other servers of the host are none of its own.
    package init(_ text: String, clientAddress: String, clientPort: Int) {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
            guard words.count == 2 else { continue }
            read(String(words[0]), String(words[1]), clientAddress, clientPort)
        }
        for pattern in log.lines.keys { log.lines[pattern]?.sort { $0.number < $1.number } }
    }

    private mutating func read(_ key: String, _ value: String, _ address: String, _ port: Int) {
        let words = value.split(separator: " ")
        let numbers = words.map { Int(told: $0) }
        switch key {
        case "clock": clock = Int(told: value)
        case "stamp": log.readAt = LogTime.seconds(value)
        case "setting": if words.count == 2 { settings[String(words[0])] = numbers[1] }
        case "counter": if words.count == 2 { counters[String(words[0])] = numbers[1] }
        case "queue":
            guard words.count == 3, let look = numbers[0], let waiting = UInt32(words[2], radix: 16),
                SocketPlace.matches(String(words[1]), address, port)
            else { return }
            queues.append(Queue(look: look, place: String(words[1]), waiting: Int(waiting)))
        case "peer":
            guard words.count == 3, let count = numbers[0], SocketPlace.matches(String(words[1]), address, port) else {
                return
            }
            peers.append(Peer(address: SocketPlace.address(words[2]), connections: count))
        case "files": openFiles = Int(told: value)
        case "files-limit": openFileLimit = Int(told: value)
        case "flag": flags.append(value)
        case "resident": resident = Int(told: value).map { $0 * 1024 }
        case "disk-data": dataDisk = Self.disk(words)
        case "disk-logs": logDisk = Self.disk(words)
        case "file-data": if let file = Self.file(value) { dataFiles.append(file) }
        case "file-logs": if let file = Self.file(value) { logFiles.append(file) }
        case "read":
            guard words.count == 2, let bytes = numbers[0], let hundredths = numbers[1] else { return }
            readSpeed = ReadSpeed(bytes: bytes, seconds: Double(hundredths) / 100)
        case "logging": loggingLines.append(value)
        case "jar": jars.append(value)
        case "resolve": resolved[String(words.first ?? "")] = words.dropFirst().map(String.init)
        case "thread": threadNames.append(value)
        default: readLog(key, value, words.map(String.init))
        }
    }

    private mutating func readLog(_ key: String, _ value: String, _ words: [String]) {
        switch key {
        case "log": log.path = value
        case "log-size":
            guard words.count == 2, let size = Int(told: words[0]), let blocks = Int(told: words[1])
            else { return }
            log.size = size
            log.bytesOnDisk = blocks * 512
        case "hits":
            guard words.count == 2, let pattern = LogPattern(rawValue: words[0]) else { return }
            log.counts[pattern] = Int(told: words[1])
        case "hit":
            let parts = value.split(separator: " ", maxSplits: 2)
            guard parts.count == 3, let pattern = LogPattern(rawValue: String(parts[0])),
                let number = Int(told: parts[1])
            else { return }
            log.lines[pattern, default: []].append(.init(number: number, text: String(parts[2])))
        default: break
        }
    }

    private static func disk(_ words: [Substring]) -> Disk? {
        guard words.count == 3, let total = Int(told: words[0]), let free = Int(told: words[1]) else { return nil }
        return Disk(total: total * 1024, free: free * 1024, mount: String(words[2]))
    }

    private static func file(_ value: String) -> DataFile? {
        let words = value.split(separator: " ", maxSplits: 3)
        guard words.count == 4, let changedAt = Int(told: words[0]), let blocks = Int(told: words[1]),
            let size = Int(told: words[2])
        else {
            return nil
        }
        let name = words[3].split(separator: "/").last.map(String.init) ?? ""
        return DataFile(name: name, changedAt: changedAt, bytesOnDisk: min(blocks * 512, max(size, 4096)), size: size)
    }

    package var snapshots: [DataFile] { dataFiles.filter { $0.name.hasPrefix("snapshot.") } }
    package var transactionLogs: [DataFile] {
        (logFiles.isEmpty ? dataFiles : logFiles).filter { $0.name.hasPrefix("log.") }
    }

    /// The value of `-Dname=value`, or what follows `-Xmx`.
    package func flag(_ prefix: String) -> String? {
        flags.last { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
    }
}
