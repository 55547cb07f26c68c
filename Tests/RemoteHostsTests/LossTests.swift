import Foundation
import TestSupport
import Testing

@testable import RemoteHosts

@Suite(.fewSessions) struct LossTests {
    /// `libssh2_channel_read_ex` drops what it has received once the connection ends.
    @Test func whatCameBeforeTheServerDiedIsHandedOut() async throws {
        let server = try await TestServer()
        for _ in 0..<3 {
            let session = try await server.session()
            let gate = Gate()
            let received = Counter()
            // The receiver takes nothing until the connection is gone, so most bytes lie in libssh2 and the socket.
            let result = try await session.run(
                RemoteCommand("head -c 1500000 /dev/zero; sleep 0.7; kill -9 $PPID; sleep 5"), input: nil,
                output: { bytes in
                    if received.now == 0 { await gate.pass(after: .seconds(1)) }
                    received.add(bytes.count)
                }, limit: .seconds(20))
            #expect(result.end == .lost(.connectionLost))
            #expect(received.now == 1_500_000)
            await session.close()
        }
    }

    @Test(arguments: ["KILL", "TERM"]) func aServerThatDiesMidCommandIsNoSuccess(signal: String) async throws {
        let server = try await TestServer()
        let session = try await server.session()
        let printed = Gate()
        let received = Collector()
        let given = Counter()
        let result = try await session.run(
            RemoteCommand("echo partial; read go; kill -\(signal) $PPID; sleep 5"),
            input: {
                await printed.pass()
                return given.add(1) == 1 ? Array("go\n".utf8) : nil
            },
            output: { bytes in
                received.append(bytes)
                await printed.open()
            }, limit: .seconds(20))
        #expect(result.end == .lost(.connectionLost))
        #expect(String(decoding: received.all, as: UTF8.self) == "partial\n")
        // The server itself still listens, so the next command gets a connection of its own.
        #expect(try await session.sh("echo again").outputText == "again\n")
        await session.close()
    }

    @Test func aScriptThatHasEndedWellIsSoEvenIfTheConnectionIsLostThen() async throws {
        let server = try await TestServer()
        let session = try await server.session()
        let result = try await session.sh(
            "pid=$PPID; (while kill -0 $$; do sleep 0.05; done 2>/dev/null; sleep 6; kill -9 $pid) & exit 0")
        #expect(result.end == .exited(0))
        await session.close()
    }

    @Test func theLimitHoldsWhenTheServerIsStopped() async throws {
        let server = try await TestServer()
        let session = try await server.session()
        let pid = try await session.sh("echo $PPID").outputText.trimmingCharacters(in: .newlines)
        let started = ContinuousClock.now
        let result = try await session.sh("kill -STOP $PPID; sleep 60", limit: .seconds(2))
        #expect(result.end == .lost(.limitPassed))
        #expect(ContinuousClock.now - started < .seconds(15))
        await session.close()
        kill(try #require(Int32(pid)), SIGKILL)
    }

    /// One byte now and then is no silence, and no reason to wait for ever either.
    @Test(arguments: transports) func aCommandThatDripsMeetsItsLimit(transport: Endpoint.Transport) async throws {
        let server = try await TestServer()
        let session = try await server.session(transport) { $0.silence = .milliseconds(600) }
        let result = try await session.sh("while :; do printf x || exit; sleep 0.05; done", limit: .seconds(2))
        #expect(result.end == .lost(.limitPassed))
        #expect(result.output.count > 3)
        #expect(result.took < .seconds(15))
        #expect(try await session.sh("echo on").succeeded)
        await session.close()
    }

    @Test func aSilentServerIsNoticedBeforeTheLimit() async throws {
        let server = try await TestServer()
        let session = try await server.session {
            $0.keepaliveInterval = .milliseconds(200)
            $0.silence = .milliseconds(600)
        }
        let pid = try await session.sh("echo $PPID").outputText.trimmingCharacters(in: .newlines)
        let started = ContinuousClock.now
        let result = try await session.sh("kill -STOP $PPID; sleep 60", limit: .seconds(30))
        #expect(result.end == .lost(.connectionLost))
        #expect(ContinuousClock.now - started < .seconds(15))
        kill(try #require(Int32(pid)), SIGKILL)
        await session.close()
    }

    @Test(arguments: transports) func aSilentCommandOnALivingServerIsLeftAlone(transport: Endpoint.Transport)
        async throws
    {
        let server = try await TestServer()
        let session = try await server.session(transport) {
            $0.keepaliveInterval = .milliseconds(50)
            $0.silence = .milliseconds(400)
        }
        let result = try await session.sh("sleep 1.5; echo slept")
        #expect(result.end == .exited(0))
        #expect(result.outputText == "slept\n")
        await session.close()
    }

    /// sshd ends a client that answers none of its questions; nothing else goes on here that would read them.
    @Test(arguments: transports) func anIdleSessionAnswersTheServersQuestions(transport: Endpoint.Transport)
        async throws
    {
        let server = try await TestServer(["ClientAliveInterval 1", "ClientAliveCountMax 1"])
        let session = try await server.session(transport) { $0.keepaliveInterval = .seconds(60) }
        let before = try await session.sh("echo $SSH_CONNECTION")
        try await Task.sleep(for: .seconds(3.5))
        #expect(try await session.sh("echo $SSH_CONNECTION").outputText == before.outputText)
        await session.close()
    }

    @Test(arguments: transports) func theLimitEndsTheWaitAndLeavesTheSessionUsable(transport: Endpoint.Transport)
        async throws
    {
        let server = try await TestServer()
        let session = try await server.session(transport)
        // Within it, under load too, the command has to begin.
        let result = try await session.sh("echo before; sleep 60", limit: .seconds(8))
        #expect(result.end == .lost(.limitPassed))
        #expect(result.outputText == "before\n")
        #expect(result.took < .seconds(40))
        #expect(try await session.sh("echo after").outputText == "after\n")
        await session.close()
    }

    @Test(arguments: transports) func aCommandCanBeCancelled(transport: Endpoint.Transport) async throws {
        let server = try await TestServer()
        let session = try await server.session(transport)
        let started = Gate()
        let task = Task {
            try await session.run(
                RemoteCommand("echo started; sleep 20"), input: nil, output: { _ in await started.open() },
                limit: .seconds(30))
        }
        await started.pass()
        let cancelled = ContinuousClock.now
        task.cancel()
        let result = try await task.value
        #expect(result.end == .lost(.cancelled))
        #expect(ContinuousClock.now - cancelled < .seconds(10))
        #expect(try await session.sh("echo after").outputText == "after\n")
        await session.close()
    }

    @Test(arguments: transports) func aCancelledTaskStartsNothing(transport: Endpoint.Transport) async throws {
        let server = try await TestServer()
        let session = try await server.session(transport)
        let task = Task {
            unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
            return await codeOfError { try await session.sh("touch \(server.path("made"))") }
        }
        #expect(await task.value == .cancelled)
        #expect(!FileManager.default.fileExists(atPath: server.path("made")))
        await session.close()
    }

    @Test(arguments: transports) func aClosedSessionSaysSo(transport: Endpoint.Transport) async throws {
        let server = try await TestServer()
        let session = try await server.session(transport)
        await session.close()
        #expect(await codeOfError { try await session.sh("true") } == .connectionLost)
    }

    /// A re-exchange of keys in the middle of a transfer, in both directions at once.
    @Test(arguments: transports) func keysAreExchangedAnewWithoutLosingAByte(transport: Endpoint.Transport) async throws
    {
        let server = try await TestServer(["RekeyLimit 1M"])
        let session = try await server.session(transport)
        let received = Collector()
        let result = try await session.run(
            RemoteCommand("cat"), input: pattern(20 << 20), output: { received.append($0) }, limit: .seconds(60))
        #expect(result.end == .exited(0))
        #expect(received.sum == (try await sha256(of: pattern(20 << 20))))
        await session.close()
    }
}

/// Holds tasks up until it is opened.
actor Gate {
    private var isOpen = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func open() {
        isOpen = true
        for continuation in waiting { continuation.resume() }
        waiting = []
    }

    func pass() async {
        if isOpen { return }
        await withCheckedContinuation { waiting.append($0) }
    }

    func pass(after delay: Duration) async {
        try? await Task.sleep(for: delay)
    }
}
