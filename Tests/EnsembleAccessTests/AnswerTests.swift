import EnsembleModel
import Foundation
import Glibc
import RemoteHosts
import Synchronization
import Testing

@testable import EnsembleAccess

/// Reading what servers, kernels and scripts say.
@Suite struct AnswerTests {
    @Test func repliesOfScripts() throws {
        let reply = try #require(ScriptReply(Array("a 1\nblob x 5\nb 2\nc\nempty\nb 3 4\nblob y 0\n\n".utf8)))
        #expect(reply["a"] == "1" && reply["empty"] == "" && reply["none"] == nil)
        #expect(reply.all("b") == ["3 4"])
        #expect(reply.text("x") == "b 2\nc" && reply.text("y") == "")
        for broken in ["a 1", "blob x 9\nshort\n", "blob x 3\nabcd\n", "blob x -1\n\n", "blob x\n"] {
            #expect(ScriptReply(Array(broken.utf8)) == nil)
        }
    }

    @Test func listeningPorts() throws {
        let text = """
            listening 1 BE01007F:0F30 00000000
            listening 1 0000000000000000FFFF0000C801007F:0F30 00000003
            listening 2 0000000000000000FFFF0000C801007F:0F30 00000003
            listening 1 00000000:0F31 00000001
            listening 2 00000000:0F31 00000000
            orphan 1 BE01007F:0B48 0100007F:8888
            state S
            thread QuorumPeer[myid
            thread /127.0.1.190:38

            """
        let look = ListenerLook(try #require(ScriptReply(Array(text.utf8))))
        #expect(look.isListening("127.0.1.190", 3888) && !look.isWaiting("127.0.1.190", 3888))
        #expect(look.isListening("127.0.1.200", 3888) && look.isWaiting("127.0.1.200", 3888))
        #expect(!look.isListening("127.0.1.191", 3888))
        // Busy on one look only; on every address.
        #expect(look.isListening("10.0.0.1", 3889) && !look.isWaiting("10.0.0.1", 3889))
        #expect(look.hasOrphan("127.0.1.190", 2888) && !look.hasOrphan("127.0.1.200", 2888))
        func member(_ host: String) -> MemberAddress { MemberAddress(host: host, quorumPort: 2888, electionPort: 3888) }
        #expect(look.hasElectionThread(member("127.0.1.190")) == true)
        #expect(look.hasElectionThread(member("127.0.1.200")) == false)
        // Java 8 calls every thread java.
        var old = look
        old.threads = ["java"]
        #expect(old.hasElectionThread(member("127.0.1.190")) == nil)
    }

    @Test func modesInLogs() {
        let lines: [(String, Mode?)] = [
            (
                "2026 [myid:1] - INFO  [QuorumPeer[myid=1]/127.0.0.1:2181:Leader@358] - LEADING - LEADER ELECTION TOOK - 21",
                .leader
            ),
            ("2026 - INFO [QuorumPeer:Follower@75] - FOLLOWING - LEADER ELECTION TOOK - 9 MS", .follower),
            ("2026 - INFO [QuorumPeer:QuorumPeer@1370] - OBSERVING", .observer),
            ("2026 - INFO [QuorumPeer:QuorumPeer@1330] - LOOKING", .looking),
            ("2026 - WARN [QuorumPeer:Follower@89] - Exception when following the leader", .looking),
            ("2026 - INFO [main:Environment@100] - Server environment:user.name=zk", nil),
        ]
        for (line, mode) in lines { #expect(RemoteEnsemble.mode(ofLogLine: line) == mode) }
    }

    @Test func globs() {
        let cases: [(String, String, Bool)] = [
            ("proxy-1", "proxy-*", true), ("proxy-", "proxy-*", true), ("prox", "proxy-*", false),
            ("a", "?", true), ("ab", "?", false), ("b7", "[a-c][0-9]", true), ("d7", "[a-c][0-9]", false),
            ("x", "[!a-c]", true), ("b", "[!a-c]", false), ("axbxc", "a*b*c", true), ("a[", "a[", true),
            ("-", "[a-]", true),
        ]
        for (name, pattern, matches) in cases {
            #expect(ZnodeGlob.matches(name, pattern) == matches, "\(name) \(pattern)")
        }
        // In time that grows with the name, not with a power of it.
        #expect(!ZnodeGlob.matches(String(repeating: "a", count: 5000), String(repeating: "a*", count: 40) + "b"))
        #expect(ZnodeGlob("/a/*")?.segments == ["a", "*"])
        for text in ["a/b", "/", "", "/a//b", "/a/"] { #expect(ZnodeGlob(text) == nil) }
    }

    // MARK: Over connections

    /// A socket that holds a port of its own. Nobody listens there yet, so connections are refused, and nobody else gets the port.
    private func freePort() -> (socket: Int32, port: UInt16) {
        let holder = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        unsafe withUnsafeMutablePointer(to: &place) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { rebound in
                _ = unsafe bind(holder, rebound, size)
                _ = unsafe getsockname(holder, rebound, &size)
            }
        }
        return (holder, UInt16(bigEndian: place.sin_port))
    }

    /// A server that answers every connection with these bytes, or with nothing at all.
    private func serving(
        _ answer: String?, _ body: (UInt16) async throws -> Void
    ) async throws {
        let (listener, port) = freePort()
        _ = listen(listener, 8)
        let task = Task {
            while await SocketWatch.shared.wait(listener, for: Int32(POLLIN), limit: .seconds(30)) == .ready {
                let client = LocalTCPStream(descriptor: Glibc.accept(listener, nil, nil), peer: "test")
                guard let answer else {
                    while let bytes = try? await client.read(limit: .seconds(30)), !bytes.isEmpty {}
                    continue
                }
                _ = try? await client.read(limit: .seconds(5))
                try? await client.write(Array(answer.utf8), limit: .seconds(5))
                await client.close()
            }
        }
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body(port)) } catch { outcome = .failure(error) }
        task.cancel()
        await task.value
        close(listener)
        try outcome.get()
    }

    private var session: LocalSession { LocalSession(host: "zk1", shell: .dash, faults: Faults()) }

    private func ask(_ port: UInt16, limit: Duration = .seconds(20)) async -> FourLetterWord.Outcome {
        await FourLetterWord(address: "127.0.0.1", port: port, limit: limit).ask("mntr", through: session)
    }

    @Test func answersToFourLetterWords() async throws {
        try await serving("zk_version\t3.4.6\n") { port in
            #expect(await ask(port) == .reply(.text("zk_version\t3.4.6\n")))
        }
        try await serving("") { port in #expect(await ask(port) == .reply(.empty)) }
        try await serving("This ZooKeeper instance is not currently serving requests\n") { port in
            #expect(await ask(port) == .reply(.notServing))
        }
        try await serving(nil) { port in #expect(await ask(port, limit: .milliseconds(300)) == .silent) }
        let (holder, closed) = freePort()
        defer { close(holder) }
        #expect(await ask(closed) == .closed)
    }

    @Test func answersOfAdminServers() async throws {
        func get(_ port: UInt16, limit: Duration = .seconds(20)) async throws -> [UInt8] {
            try await AdminServer(
                address: "127.0.0.1", port: port, settings: AdminServerSettings(), limit: limit
            ).get("srvr", through: session)
        }
        try await serving("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"a\": 1}") { port in
            let body = try await get(port)
            #expect(body == Array("{\"a\": 1}".utf8))
        }
        try await serving("HTTP/1.1 500 Server Error\r\n\r\nNPE") { port in
            await #expect(throws: AdminServer.Problem.status(500)) { try await get(port) }
        }
        for nonsense in ["", "SSH-2.0-x\r\n", "HTTP/1.1 200 OK\r\n"] {
            try await serving(nonsense) { port in
                await #expect(throws: AdminServer.Problem.notHTTP) { try await get(port) }
            }
        }
        try await serving(nil) { port in
            await #expect(throws: AdminServer.Problem.silent) { try await get(port, limit: .milliseconds(300)) }
        }
    }

    @Test func whoseAdminServerItIs() {
        let answer = #"{"sun.java.command": "x.QuorumPeerMain /opt/zk/bin/../conf/zoo.cfg", "user.dir": "/"}"#
        #expect(AdminServer.startedWith(Array(answer.utf8)) == "/opt/zk/conf/zoo.cfg")
        let relative = #"{"sun.java.command": "x.QuorumPeerMain conf/./zoo.cfg", "user.dir": "/opt/zk"}"#
        #expect(AdminServer.startedWith(Array(relative.utf8)) == "/opt/zk/conf/zoo.cfg")
        #expect(AdminServer.startedWith(Array("no JSON".utf8)) == nil)
    }

    @Test func connectionsAreCarriedBothWays() async throws {
        try await serving("pong") { port in
            let forwarder = try LocalForwarder(to: "127.0.0.1", port: port) { session }
            let own = try #require(UInt16(forwarder.address.split(separator: ":")[1]))
            await withTaskGroup(of: [UInt8].self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        guard
                            let stream = try? await LocalTCPStream.connect(
                                to: "127.0.0.1", port: own, limit: .seconds(20))
                        else { return [] }
                        try? await stream.write(Array("ping".utf8), limit: .seconds(20))
                        var answer: [UInt8] = []
                        while let bytes = try? await stream.read(limit: .seconds(20)), !bytes.isEmpty {
                            answer += bytes
                        }
                        return answer
                    }
                }
                for await answer in group { #expect(answer == Array("pong".utf8)) }
            }
            await forwarder.close()
        }
    }

    /// One at a time for each server, whoever asks.
    @Test func turnsAreTakenOneByOne() async {
        let turns = Turns<String>()
        let inside = Inside()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    await turns.take("a") {
                        inside.enter()
                        await Task.yield()
                        inside.leave()
                    }
                }
            }
        }
        #expect(inside.most == 1)
    }

    private final class Inside: Sendable {
        private let counts = Mutex((now: 0, most: 0))

        var most: Int { counts.withLock { $0.most } }

        func enter() {
            counts.withLock { counts in
                counts.now += 1
                counts.most = max(counts.most, counts.now)
            }
        }

        func leave() { counts.withLock { $0.now -= 1 } }
    }
}
