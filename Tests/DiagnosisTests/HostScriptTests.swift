import Foundation
import Testing

@testable import Diagnosis

/// The script that looks into hosts, on both shells, with logs of our own making.
@Suite struct HostScriptTests {
    static let shells = [["/usr/bin/dash"], ["/usr/bin/busybox", "sh"]]

    private func host(_ shell: [String], _ log: String, whole: Bool = false) throws -> HostEvidence {
        try HostScript.run(shell, log, whole: whole)
    }

    @Test(arguments: shells) func tellsOfTheHost(_ shell: [String]) throws {
        let host = try host(shell, "")
        #expect(host.clock != nil && host.log.readAt != nil)
        #expect(host.settings["somaxconn"] != nil && host.counters["ListenOverflows"] != nil)
        #expect(host.dataDisk.map { $0.total > $0.free && $0.free > 0 } == true)
        #expect(host.snapshots.map(\.size) == [2_000_000])
        #expect(host.transactionLogs.map(\.name) == ["log.100000001"])
        #expect(host.readSpeed.map { $0.bytes } == 2_000_000)
        #expect(host.resolved["localhost"]?.isEmpty == false)
        #expect(host.resolved["nosuch.invalid"] == [])
    }

    @Test(arguments: shells) func onlyTheCurrentTermCounts(_ shell: [String]) throws {
        let log = """
            \(logLine("10:00:00", "Server environment:zookeeper.version=3.4.6-1569965, built on 02/20/2014 09:09 GMT"))
            \(logLine("10:00:01", "LOOKING"))
            \(logLine("10:00:02", "Too many connections from /10.0.0.9 - max is 60", "WARN "))
            \(logLine("11:00:00", "LOOKING"))
            \(logLine("11:00:01", "FOLLOWING"))
            \(logLine("11:00:01", "FOLLOWING - LEADER ELECTION TOOK - 222"))
            \(logLine("11:00:03", "Unexpected exception causing shutdown while sock still open", "ERROR"))
            \(logLine("11:00:03", "Exception when following the leader", "WARN "))
            java.net.SocketTimeoutException: Read timed out
            \tat java.net.SocketInputStream.socketRead0(Native Method)

            """
        let term = try host(shell, log).log
        #expect(!term.has(.tooManyConnections))
        #expect(term.count(.started) == 1)
        #expect(term.count(.elected) == 1)
        #expect(
            term[.followerFailed].map {
                $0.text.hasSuffix("the leader | java.net.SocketTimeoutException: Read timed out")
            } == [true])
        #expect(term.inOrder(.elected, .followerFailed).map(\.time).compactMap { $0 }.count == 2)
        #expect(try host(shell, log, whole: true).log.count(.tooManyConnections) == 1)
    }

    @Test(arguments: shells) func aHugeLogIsReadFromItsEndAndTheAnswerIsBounded(_ shell: [String]) throws {
        let early = logLine("09:00:00", "Len error 1234567", "WARN ") + "\n"
        let filler = logLine("10:00:00", "Processing srvr command from /10.0.0.1:4711") + "\n"
        let many = String(
            repeating: logLine("11:00:00", "Expiring session 0x1, timeout of 4000ms exceeded") + "\n", count: 5000)
        let log = early + String(repeating: filler, count: 120_000) + many
        #expect(log.utf8.count > 9 << 20)
        let seen = try host(shell, log).log
        #expect(!seen.has(.lengthError))
        #expect(seen.count(.expiredSession) == 5000)
        #expect(seen[.expiredSession].count == 15)
        #expect(seen.size == log.utf8.count)
    }

    /// Of real servers, where no other line says so; the list is from their logs and sources.
    static let lines: [(LogPattern, String)] = [
        (.listenerDied, "[/127.0.1.202:3888:NIOServerCnxnFactory$1@44] - Thread Thread[/127.0.1.202:3888,5,main] died"),
        (
            .listenerLeft,
            "As I'm leaving the listener thread, I won't be able to participate in leader election any longer: x"
        ),
        (.elected, "LEADING - LEADER ELECTION TOOK - 214"), (.elected, "LEADING - LEADER ELECTION TOOK - 21 MS"),
        (.leaderLost, "shutdown Leader! reason: Only 1 followers, need 1"),
        (.leaderLost, "Shutdown called. For the reason Not sufficient followers synced, only synced with sids: [ 3 ]"),
        (.goodbye, "******* GOODBYE /10.0.0.3:41236 ********"),
        (
            .tooManyConnections,
            "Message:Error accepting new connection: Too many connections from /10.0.0.5 - max is 60"
        ),
        (
            .refusedSession,
            "Refusing session request for client /1.2.3.4:5 as it has seen zxid 0x3 our last zxid is 0x1 client must"
        ),
        (.epochAtBoot, "The accepted epoch, 3 is less than the current epoch, 9"),
        (.epochAtBoot, "The current epoch, 1, is older than the last zxid, 12884901891"),
        (.database, "No snapshot found, but there are log entries. Something is broken!"),
        (.configuration, "My id 7 not in the peer list"),
        (.lengthError, "Len error. A message from /1.2.3.4:5 with advertised length"),
        (.smallerIdentifier, "Have smaller server identifier, so dropping the connection: (myId:1 --> sid:4)"),
        (
            .misplacedFiles,
            "Snapshot directory has log files. Check if dataLogDir and dataDir configuration is correct."
        ),
        (.state, "LOOKING"),
    ]

    @Test(arguments: shells) func knowsTheLinesOfAllVersions(_ shell: [String]) throws {
        let log = Self.lines.map { logLine("11:00:00", $0.1) + "\n" }.joined()
        let seen = try host(shell, log, whole: true).log
        for (pattern, text) in Self.lines {
            #expect(seen[pattern].contains { $0.text.hasSuffix(text) }, "\(pattern): \(text)")
        }
    }
}
