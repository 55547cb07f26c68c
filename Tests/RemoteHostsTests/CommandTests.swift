import Checksums
import Foundation
import TestSupport
import Testing

@testable import RemoteHosts

@Suite(.fewSessions) struct CommandTests {
    @Test(arguments: transports) func anExitCodeComesBackWithBothStreams(transport: Endpoint.Transport) async throws {
        let server = try await TestServer()
        let session = try await server.session(transport)
        let result = try await session.sh("echo out; echo err >&2; exit 7")
        #expect(result.end == .exited(7))
        #expect(result.outputText == "out\n")
        #expect(result.errorText == "err\n")
        #expect(!result.truncated)
        let success = try await session.sh("printf done")
        #expect(success.succeeded)
        #expect(success.outputText == "done")
        #expect(success.errors.isEmpty)
        await session.close()
    }

    @Test(arguments: [129, 137, 143, 255], transports) func aLargeExitCodeIsNoSignal(
        code: Int32, transport: Endpoint.Transport
    ) async throws {
        let server = try await TestServer()
        let session = try await server.session(transport)
        #expect(try await session.sh("exit \(code)").end == .exited(code))
        await session.close()
    }

    /// `libssh2_channel_get_exit_status` says 0 for a command that a signal killed.
    @Test(arguments: ["KILL", "TERM", "SEGV"], transports) func aSignalIsNotSuccess(
        signal: String, transport: Endpoint.Transport
    ) async throws {
        let server = try await TestServer()
        let session = try await server.session(transport)
        let result = try await session.sh("echo before; kill -\(signal) $$")
        #expect(result.end == .signalled(signal))
        #expect(result.outputText == "before\n")
        await session.close()
    }

    /// The exit status arrives after the end of file.
    @Test(arguments: transports) func aStatusThatComesLongAfterTheStreamsEndIsAwaited(transport: Endpoint.Transport)
        async throws
    {
        let server = try await TestServer(["ForceCommand exec >&- 2>&-; sleep 0.3; exit 9"])
        let session = try await server.session(transport)
        #expect(try await session.sh("true").end == .exited(9))
        await session.close()
    }

    /// Without an exit status `libssh2_channel_get_exit_status` says 0. What was started here is not our command, so its 0
    /// proves nothing.
    @Test(arguments: transports) func aStatusOfZeroWithoutTheMarkIsNoStatus(transport: Endpoint.Transport) async throws
    {
        let server = try await TestServer(["ForceCommand echo something else"])
        let session = try await server.session(transport)
        let result = try await session.sh("exit 3")
        #expect(result.end == .noStatus)
        #expect(result.outputText == "something else\n")
        await session.close()
    }

    @Test(
        arguments: zip(
            [
                (0, nil, 0), (0, nil, nil), (9, nil, nil), (0, "KILL", nil), (0, "TERM", 0), (137, nil, 137),
                (137, nil, nil), (.min, nil, nil), (.max, nil, nil),
            ],
            [
                CommandEnd.exited(0), .noStatus, .exited(9), .signalled("KILL"), .signalled("TERM"), .exited(137),
                .signalled("KILL"), .exited(.min), .exited(.max),
            ]))
    func whatIsKnownDecidesTheEnd(known: (status: Int32, signal: String?, told: Int32?), end: CommandEnd) {
        #expect(CommandRun.end(status: known.status, signal: known.signal, told: known.told) == end)
    }

    /// 10 MB on the stream that isn't read closes the window for the other one.
    @Test(arguments: transports) func bothStreamsAreReadSideBySide(transport: Endpoint.Transport) async throws {
        let server = try await TestServer()
        let session = try await server.session(transport)
        let result = try await session.run(
            RemoteCommand("head -c 10485760 /dev/zero >&2; echo out; head -c 3000000 /dev/zero", outputLimit: 20 << 20),
            input: nil, output: nil, limit: .seconds(30))
        #expect(result.end == .exited(0))
        #expect(result.errors.count == 10_485_760)
        #expect(result.output.count == 3_000_004)
        #expect(!result.truncated)
        await session.close()
    }

    /// What is beyond the limit is dropped as it comes, so a stream without end takes time and no memory.
    @Test(arguments: transports) func outputWithoutEndTakesNoMemory(transport: Endpoint.Transport) async throws {
        let server = try await TestServer()
        let session = try await server.session(transport)
        let result = try await session.run(
            RemoteCommand("cat /dev/zero & exec cat /dev/zero >&2", outputLimit: 1000), input: nil, output: nil,
            limit: .seconds(8))
        #expect(result.end == .lost(.limitPassed))
        #expect(result.truncated && result.output.count <= 1000 && result.errors.count <= 1000)
        await session.close()
    }

    @Test(arguments: transports) func outputBeyondItsLimitIsDroppedAndSaid(transport: Endpoint.Transport) async throws {
        let server = try await TestServer()
        let session = try await server.session(transport)
        let result = try await session.run(
            RemoteCommand("head -c 100000 /dev/zero; head -c 10 /dev/zero >&2", outputLimit: 1000),
            input: nil, output: nil, limit: .seconds(30))
        #expect(result.end == .exited(0))
        #expect(result.output.count == 1000)
        #expect(result.errors.count == 10)
        #expect(result.truncated)
        await session.close()
    }

    @Test(arguments: transports) func inputReachesTheCommandAndEnds(transport: Endpoint.Transport) async throws {
        let server = try await TestServer()
        let session = try await server.session(transport)
        let result = try await session.sh("wc -c", input: pattern(5_000_000))
        #expect(result.outputText.trimmingCharacters(in: .whitespaces) == "5000000\n")
        let none = try await session.sh("cat; echo end")
        #expect(none.outputText == "end\n")
        await session.close()
    }

    @Test(arguments: transports) func aCommandMayEndWithoutReadingItsInput(transport: Endpoint.Transport) async throws {
        let server = try await TestServer()
        let session = try await server.session(transport)
        let result = try await session.sh("exit 4", input: pattern(10 << 20))
        #expect(result.end == .exited(4))
        #expect(try await session.sh("echo still there").succeeded)
        await session.close()
    }

    /// Where a call of libssh2 has sent half a packet (LIBSSH2_ERROR_EAGAIN), any other call before the same one again breaks the stream.
    @Test(arguments: transports) func bytesSurviveBothWaysAtOnceThroughASmallSendBuffer(transport: Endpoint.Transport)
        async throws
    {
        let server = try await TestServer()
        let session = try await server.session(transport) { $0.sendBuffer = 4608 }
        let size = 30 << 20
        let received = Collector()
        let result = try await session.run(
            RemoteCommand("cat"), input: pattern(size), output: { received.append($0) }, limit: .seconds(60))
        #expect(result.end == .exited(0))
        #expect(received.count == size)
        #expect(received.sum == (try await sha256(of: pattern(size))))
        await session.close()
    }

    /// A slow reader must not make the server's bytes pile up here: they stay at the other end.
    @Test(arguments: transports) func aSlowReceiverHoldsTheSenderBack(transport: Endpoint.Transport) async throws {
        let server = try await TestServer()
        let session = try await server.session(transport)
        let received = Counter()
        let mark = server.path("all-sent")
        let result = try await session.run(
            RemoteCommand(#"head -c 60000000 /dev/zero; : >"$1""#, [mark]), input: nil,
            output: { bytes in
                if received.now == 0 {
                    try await Task.sleep(for: .seconds(1))
                    #expect(!FileManager.default.fileExists(atPath: mark))
                }
                received.add(bytes.count)
            }, limit: .seconds(60))
        #expect(result.end == .exited(0))
        #expect(received.now == 60_000_000)
        #expect(FileManager.default.fileExists(atPath: mark))
        await session.close()
    }

    @Test func whatStartUpFilesPrintIsNotTheCommandsOutput() async throws {
        let server = try await TestServer()
        try server.write("echo Welcome; echo to the jungle >&2; printf 'no newline'", to: ".bashrc")
        let session = try await server.session()
        let noisy = try await TestServer.call(
            "/usr/bin/env", ["HOME=\(server.directory)", "SSH_CLIENT=1", "SHLVL=0", "bash", "-c", "true"])
        #expect(noisy.contains("Welcome"), "the start-up file prints nothing here, so this test proves nothing")
        let result = try await session.sh("echo out; echo err >&2")
        #expect(result.end == .exited(0))
        #expect(result.outputText == "out\n")
        #expect(result.errorText == "err\n")
        #expect(try await session.store(pattern(100_000), at: server.path("file")) == sha256(of: pattern(100_000)))
        await session.close()
    }

    @Test(arguments: transports) func aBannerIsNobodysOutput(transport: Endpoint.Transport) async throws {
        let banner = TestServer.newDirectory() + "/banner"
        defer { try? FileManager.default.removeItem(atPath: (banner as NSString).deletingLastPathComponent) }
        try String(repeating: "Authorized use only\n", count: 40).write(
            toFile: banner, atomically: false, encoding: .utf8)
        let server = try await TestServer(["Banner \(banner)"])
        let session = try await server.session(transport)
        let result = try await session.sh("echo out; echo err >&2")
        #expect(result.end == .exited(0))
        #expect(result.outputText == "out\n")
        #expect(result.errorText == "err\n")
        await session.close()
    }

    /// Where the host has nothing but busybox, also for the wrapper around commands.
    @Test(arguments: transports) func busyboxIsEnough(transport: Endpoint.Transport) async throws {
        let bin = TestServer.newDirectory()
        for name in try await TestServer.call("/bin/busybox", ["--list"]).split(separator: "\n") {
            try FileManager.default.createSymbolicLink(
                atPath: "\(bin)/\(name)", withDestinationPath: "/bin/busybox")
        }
        let server = try await TestServer(environment: ["PATH": bin], extra: [bin])
        let session = try await server.session(transport)
        let result = try await session.sh("readlink -f $(command -v sh); echo $1; exit 7", ["a b'c"])
        #expect(result.end == .exited(7))
        #expect(result.outputText == "/usr/bin/busybox\na b'c\n" || result.outputText == "/bin/busybox\na b'c\n")
        #expect(try await session.store(pattern(100_000), at: server.path("file")) == sha256(of: pattern(100_000)))
        await session.close()
    }

    @Test(arguments: transports) func aBackgroundJobWithItsStreamsElsewhereHoldsNothingUp(transport: Endpoint.Transport)
        async throws
    {
        let server = try await TestServer()
        let session = try await server.session(transport)
        let result = try await session.sh("sleep 20 </dev/null >/dev/null 2>&1 & echo $!")
        #expect(result.end == .exited(0))
        #expect(result.took < .seconds(15))
        let pid = try #require(Int32(result.outputText.trimmingCharacters(in: .newlines)))
        kill(pid, SIGKILL)
        await session.close()
    }
}

/// Collects bytes from a receiver closure.
final class Collector: @unchecked Sendable {
    private let lock = NSLock()
    private var bytes: [UInt8] = []

    func append(_ more: [UInt8]) { lock.withLock { bytes += more } }
    var all: [UInt8] { lock.withLock { bytes } }
    var count: Int { all.count }
    var sum: String { SHA256.hexDigest(of: all) }
}

func sha256(of source: ByteSource) async throws -> String {
    var sum = SHA256()
    while let piece = try await source() { sum.update(piece) }
    return sum.hexDigest()
}
