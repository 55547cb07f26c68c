import Foundation

/// The staged recovery done without zkops and without SSH: files edited in place, scripts started directly, and the
/// servers asked every 5 ms. It waits for the same events (a server's own role, the leader's count of synced followers) and
/// nothing else, so it is about the least time that this recovery takes on this machine.
struct LocalRecovery {
    struct Server {
        var host: String
        var myid: Int
    }

    let lab: URL
    let addresses: [String: String]
    let old: String
    let new: String

    func run() throws {
        var members = [Server(host: "zk1", myid: 1), Server(host: "zk6", myid: 2), Server(host: "zk8", myid: 3)]
        for server in members { try configure(server, members) }
        for host in ["zk6", "zk8"] { try stop(host, old) }
        try copyData()
        try start("zk1")
        for host in ["zk6", "zk8"] {
            try start(host)
            try waitUntil { mode(host) == "follower" || mode(host) == "leader" }
        }
        try waitUntil { syncedFollowers("zk1") == 2 }
        for host in ["zk7", "zk9", "zk10"] { try stop(host, old) }
        for (host, myid) in [("zk7", 4), ("zk9", 5), ("zk10", 6)] {
            let joiner = Server(host: host, myid: myid)
            let others = members
            members.append(joiner)
            try configure(joiner, members)
            try start(host)
            try waitUntil { mode(host) == "follower" }
            for server in others { try configure(server, members) }
            try restartLeaderLast(others, followers: members.count - 1)
        }
        try stop("zk1", new)
        members.removeFirst()
        try waitUntil { leader(of: members) != nil }
        for server in members { try configure(server, members) }
        try restartLeaderLast(members, followers: members.count - 1)
    }

    private func restartLeaderLast(_ servers: [Server], followers: Int) throws {
        var left = servers.map(\.host)
        while !left.isEmpty {
            let host = left.first { mode($0) != "leader" } ?? left[0]
            left.removeAll { $0 == host }
            try stop(host, new)
            try start(host)
            try waitUntil { mode(host) == "follower" || mode(host) == "leader" }
            try waitUntil { addresses.keys.contains { (syncedFollowers($0) ?? 0) >= followers } }
        }
    }

    private func leader(of servers: [Server]) -> String? { servers.map(\.host).first { mode($0) == "leader" } }

    private func home(_ host: String, _ version: String) -> URL {
        lab.appendingPathComponent("hosts/\(host)/zookeeper-\(version)")
    }

    private func setting(_ key: String, _ host: String, _ version: String) throws -> String {
        let text = try String(contentsOf: home(host, version).appendingPathComponent("conf/zoo.cfg"), encoding: .utf8)
        for line in text.split(separator: "\n") where line.hasPrefix("\(key)=") {
            return String(line.dropFirst(key.count + 1))
        }
        throw BenchmarkError("zoo.cfg of \(host) has no \(key)")
    }

    private func configure(_ server: Server, _ members: [Server]) throws {
        let file = home(server.host, new).appendingPathComponent("conf/zoo.cfg")
        var lines = try String(contentsOf: file, encoding: .utf8).components(separatedBy: "\n")
        lines.removeAll { $0.hasPrefix("server.") }
        lines += members.map { "server.\($0.myid)=\(addresses[$0.host] ?? ""):2888:3888" } + [""]
        try lines.joined(separator: "\n").write(to: file, atomically: true, encoding: .utf8)
        let data = URL(fileURLWithPath: try setting("dataDir", server.host, new))
        try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
        try "\(server.myid)\n".write(to: data.appendingPathComponent("myid"), atomically: true, encoding: .utf8)
    }

    private func copyData() throws {
        for key in ["dataDir", "dataLogDir"] {
            let (from, to) = (try setting(key, "zk10", old), try setting(key, "zk1", new))
            try zkops_bench.run("/bin/sh", ["-c", "mkdir -p \"$2\" && cp -R \"$1/version-2\" \"$2/\"", "sh", from, to])
        }
    }

    private func start(_ host: String) throws { try script(host, new, "start") }

    private func stop(_ host: String, _ version: String) throws {
        let file = URL(fileURLWithPath: try setting("dataDir", host, version)).appendingPathComponent(
            "zookeeper_server.pid")
        guard let pid = (try? String(contentsOf: file, encoding: .utf8)).flatMap({ pid_t($0.filter(\.isNumber)) })
        else {
            return
        }
        try script(host, version, "stop")
        try waitUntil { kill(pid, 0) != 0 }
    }

    private func script(_ host: String, _ version: String, _ word: String) throws {
        let home = home(host, version).path
        try zkops_bench.run("/bin/sh", ["-c", "cd \"$1\" && bin/zkServer.sh \"$2\" >/dev/null 2>&1", "sh", home, word])
    }

    private func waitUntil(_ holds: () -> Bool) throws {
        let deadline = ContinuousClock.now + .seconds(120)
        while !holds() {
            guard ContinuousClock.now < deadline else { throw BenchmarkError("the local recovery waited for 120 s") }
            usleep(5_000)
        }
    }

    private func mode(_ host: String) -> String? {
        ask("srvr", host).split(separator: "\n").first { $0.hasPrefix("Mode: ") }.map { String($0.dropFirst(6)) }
    }

    private func syncedFollowers(_ host: String) -> Int? {
        ask("mntr", host).split(separator: "\n").first { $0.hasPrefix("zk_synced_followers") }
            .flatMap { $0.split(separator: "\t").last }.flatMap { Double($0) }.map { Int($0) }
    }

    /// One four letter word over TCP; the empty string where nobody answers.
    private func ask(_ word: String, _ host: String) -> String {
        guard let address = addresses[host] else { return "" }
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var limit = timeval(tv_sec: 1, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_port = in_port_t(2181).bigEndian
        inet_pton(AF_INET, address, &place.sin_addr)
        let connected = withUnsafePointer(to: &place) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0, send(descriptor, word, word.utf8.count, Int32(MSG_NOSIGNAL)) > 0 else {
            return ""
        }
        var reply: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 8192)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count <= 0 { break }
            reply += buffer[..<count]
        }
        return String(decoding: reply, as: UTF8.self)
    }
}
