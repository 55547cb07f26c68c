import EnsembleModel
import RemoteHosts
import Synchronization
import TestSupport
import Testing

@testable import EnsembleAccess

@Suite(.fewScripts) struct CommandTests {
    @Test(arguments: TestShell.two) func argumentsArriveAsTheyAre(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        let odd = ["", "two words", "it's", "\"$HOME\" `id` \\", "new\nline", "-n", "*"]
        let script = #"for one in "$@"; do printf '<%s>' "$one"; done; printf 'said' >&2; exit 91"#
        let checked = try await host.ensemble.check(HostCommand(host: "zk1", script: script, arguments: odd))
        let expected = HostCommandResult(
            exitCode: 91, output: odd.map { "<\($0)>" }.joined(), errors: "said")
        #expect(checked == expected)
        try await host.lock()
        let ran = try await host.ensemble.run(HostCommand(host: "zk1", script: script, arguments: odd), under: host.run)
        #expect(ran == expected)
    }

    /// The command's own exit code of 80 is no lost lock.
    @Test(arguments: TestShell.two) func exitCodesAreTheCommandsOwn(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        let result = try await host.ensemble.run(
            HostCommand(host: "zk1", script: "echo lost >&2; exit 80"), under: host.run)
        #expect(result.exitCode == 80)
    }

    @Test(arguments: TestShell.two) func aLockTakenMeanwhileStopsACommand(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        try await host.lock()
        try host.write("run run-2\n", to: host.home + "/.zkops/lock/owner")
        let error = await failure { () async throws(AccessError) in
            try await host.ensemble.run(HostCommand(host: "zk1", script: "true"), under: host.run)
        }
        #expect(error?.code == .lockLost)
        #expect(error?.message.contains("run-2") == true)
    }

    /// What a plan runs finds the locale of the account, not the one in which our scripts are read.
    @Test(arguments: TestShell.allCases) func commandsKeepTheLocaleOfTheAccount(_ shell: TestShell) throws {
        let tell = ["printf %s \"${LC_ALL-none}\"", "sh"]
        for (script, arguments) in [
            (RemoteScripts.command, ["", "no"]), (RemoteScripts.mutatingCommand, ["", "run-1", "0", "0", "no"]),
        ] {
            for locale in [nil, "C.UTF-8"] {
                let environment = ["PATH": shell.searchPath].merging(locale.map { ["LC_ALL": $0] } ?? [:]) { $1 }
                let outcome = try Command.run(
                    shell.words + ["-c", script, "sh"] + arguments + tell, environment: environment)
                #expect(outcome.output == locale ?? "none", "\(outcome.all)")
            }
        }
    }

    @Test(arguments: TestShell.two) func whoTheHostIs(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        let identity = try await host.ensemble.hostIdentity("zk1")
        #expect(identity.bootID == host.text("/proc/sys/kernel/random/boot_id")?.filter { $0 != "\n" })
        #expect(identity.clock > 1_700_000_000)
    }

    @Test func everyCommandIsRecorded() async throws {
        let records = Mutex<[CommandRecord]>([])
        let host = try FakeHost(.dash) { record in records.withLock { $0.append(record) } }
        try await host.lock()
        _ = try await host.ensemble.check(HostCommand(host: "zk1", script: "echo hello; exit 3"))
        let seen = records.withLock { $0 }
        #expect(seen.map(\.name) == ["lock", "check"])
        #expect(seen.allSatisfy { $0.host == "zk1" })
        #expect(seen[1].end == .exited(3))
        #expect(seen[1].output == "hello\n")
        #expect(seen[1].took > .zero)
    }

    // MARK: Lost connections

    @Test func aLookIsRepeatedOnce() async throws {
        let host = try FakeHost(.dash)
        host.connector.faults.end(RemoteScripts.hostIdentity, as: .lost(.connectionLost))
        _ = try await host.ensemble.hostIdentity("zk1")
        #expect(host.connector.connected == ["zk1", "zk1"])
        host.connector.faults.end(RemoteScripts.hostIdentity, as: .noStatus)
        host.connector.faults.end(RemoteScripts.hostIdentity, as: .lost(.connectionLost))
        let error = await failure { () async throws(AccessError) in try await host.ensemble.hostIdentity("zk1") }
        #expect(error?.code == .hostUnreachable)
    }

    @Test(arguments: [
        CommandEnd.lost(.connectionLost), .lost(.limitPassed), .lost(.cancelled), .noStatus, .signalled("KILL"),
    ])
    func aChangeIsNeverRepeated(_ end: CommandEnd) async throws {
        let host = try FakeHost(.dash)
        try await host.lock()
        host.connector.faults.end(RemoteScripts.clearData, as: end)
        let error = await failure { () async throws(AccessError) in
            try await host.ensemble.clearData(host.server, under: host.run)
        }
        #expect(error?.code == .outcomeUnknown)
        #expect(host.connector.faults.count(RemoteScripts.clearData) == 1)
    }

    /// What was never begun may be begun on a new connection.
    @Test func aSessionFoundDeadIsReplaced() async throws {
        let host = try FakeHost(.dash)
        try await host.lock()
        host.connector.faults.refuse(RemoteScripts.clearData)
        #expect(try await host.ensemble.clearData(host.server, under: host.run) == .already)
        #expect(host.connector.connected.count == 2)
    }

    @Test func aHostIsConnectedToOnceForAllWhoNeedIt() async throws {
        let connector = LocalConnector(.dash, delay: .milliseconds(20))
        let sessions = HostSessions(
            endpoints: ["a": Endpoint(host: "a", address: "x"), "b": Endpoint(host: "b", address: "y")],
            connector: connector)
        await withDiscardingTaskGroup { group in
            for number in 0..<20 {
                group.addTask { _ = try? await sessions.session(number % 2 == 0 ? "a" : "b") }
            }
        }
        #expect(connector.connected.sorted() == ["a", "b"])
        // One of two who wait goes away; the other still gets its session.
        let opened = try await sessions.session("a")
        await sessions.drop("a", opened)
        let first = Task { try await sessions.session("a").number }
        let second = Task { try await sessions.session("a").number }
        first.cancel()
        #expect(try await second.value > opened.number)
        await sessions.close()
        await #expect(throws: HostError.self) { _ = try await sessions.session("a") }
    }
}
