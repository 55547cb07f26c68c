import EnsembleModel
import Foundation
import Glibc
import TestSupport
import Testing

@testable import EnsembleAccess

@Suite(.timeLimit(.minutes(10))) struct ServiceScriptTests {
    @Test(arguments: TestShell.two) func startAndStop(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        try await host.lock()
        try host.write("of the last time\n", to: host.home + "/zookeeper.out")
        #expect(try await host.ensemble.start(host.server, under: host.run) == .changed)
        let process = try #require(try await host.ensemble.pulse(host.server).process)
        #expect(host.text(host.data + "/zookeeper_server.pid") == String(process.pid))
        #expect(try await host.ensemble.start(host.server, under: host.run) == .already)
        // What the start truncated was kept first.
        let backup = host.home + "/.zkops/backups/run-1/" + host.run.fileName
        #expect(host.text(backup + "/zookeeper.out") == "of the last time\n")

        let other = ProcessIdentity(pid: process.pid, startTime: process.startTime + 1, bootID: process.bootID)
        let error = await failure { () async throws(AccessError) in
            try await host.ensemble.stop(host.server, process: other, limit: .seconds(5), under: host.run)
        }
        #expect(error?.code == .hostChanged)
        #expect(try await host.ensemble.pulse(host.server).process == process)

        let clock = ContinuousClock()
        let took = try await clock.measure {
            let stopped = try await host.ensemble.stop(
                host.server, process: process, limit: .seconds(5), under: host.run)
            #expect(stopped == .changed)
        }
        // The script sleeps for five seconds after it has ended the process; that is not waited for.
        #expect(took < .seconds(4))
        #expect(host.processes().filter { $0 == pid_t(process.pid) }.isEmpty)
        let again = try await host.ensemble.stop(host.server, process: process, limit: .seconds(5), under: host.run)
        #expect(again == .already)
        #expect(try await host.ensemble.pulse(host.server) == ServerPulse())
    }

    @Test(arguments: TestShell.two) func aStartThatLiesIsFoundOut(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        try await host.lock()
        try host.write("", to: host.home + "/lies")
        let error = await failure { () async throws(AccessError) in
            try await host.ensemble.start(host.server, under: host.run)
        }
        #expect(error?.code == .startFailed)
        #expect(error?.message.contains("Address already in use") == true)
        #expect(error?.message.contains("STARTED") == true)
    }

    /// The number in a stale pid file may be another process's by now: that one lives on, and the start is not fooled by it.
    @Test(arguments: TestShell.two) func aStalePidFileFoolsNobody(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        try await host.lock()
        let stranger = Process()
        stranger.executableURL = URL(fileURLWithPath: "/bin/sleep")
        stranger.arguments = ["100"]
        try stranger.run()
        defer { stranger.terminate() }
        try host.write(String(stranger.processIdentifier), to: host.data + "/zookeeper_server.pid")
        #expect(try await host.ensemble.pulse(host.server).process == nil)
        #expect(
            try await host.ensemble.stop(host.server, process: nil, limit: .seconds(1), under: host.run) == .already)
        #expect(try await host.ensemble.start(host.server, under: host.run) == .changed)

        try host.write(String(stranger.processIdentifier), to: host.data + "/zookeeper_server.pid")
        #expect(
            try await host.ensemble.stop(host.server, process: nil, limit: .seconds(5), under: host.run) == .changed)
        #expect(stranger.isRunning)
    }

    @Test(arguments: TestShell.two) func aServerStartedByHandIsRecognisedAndStopped(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        try await host.lock()
        try await host.startByHand()
        let process = try #require(try await host.ensemble.pulse(host.server).process)
        #expect(try await host.ensemble.start(host.server, under: host.run) == .already)
        let stopped = try await host.ensemble.stop(host.server, process: process, limit: .seconds(8), under: host.run)
        #expect(stopped == .changed)
        #expect(host.processes().isEmpty)
    }

    @Test(arguments: TestShell.two) func aServerThatDoesNotStopIsLeftAlone(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        try await host.lock()
        _ = try await host.ensemble.start(host.server, under: host.run)
        let process = try #require(try await host.ensemble.pulse(host.server).process)
        try host.write("", to: host.home + "/deaf")
        let error = await failure { () async throws(AccessError) in
            try await host.ensemble.stop(host.server, process: process, limit: .milliseconds(400), under: host.run)
        }
        #expect(error?.code == .stopFailed)
        #expect(try await host.ensemble.pulse(host.server).process == process)
    }

    /// A process that was started with another file of configuration works on the same data.
    @Test(arguments: TestShell.two) func anotherServerOnTheSameDataIsNoticed(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        try await host.lock()
        try host.write(host.text(host.config)!, to: host.home + "/conf/other.cfg")
        _ = try Command.output([
            "/bin/sh", "-c",
            #"""
            exec </dev/null >/dev/null 2>&1
            cd "$1" || exit
            "$2/java" -c 'while :; do sleep 0.05; done' x.QuorumPeerMain conf/other.cfg &
            echo $! > "$3/zookeeper_server.pid"
            """#, "sh", host.home, host.directory, host.data,
        ])
        try await eventually("a process") { !host.processes().isEmpty }
        let started = await failure { () async throws(AccessError) in
            try await host.ensemble.start(host.server, under: host.run)
        }
        #expect(started?.code == .serverRunning)
        let cleared = await failure { () async throws(AccessError) in
            try await host.ensemble.clearData(host.server, under: host.run)
        }
        #expect(cleared?.code == .serverRunning)
    }

    @Test(arguments: TestShell.two) func aServiceOfSystemd(_ shell: TestShell) async throws {
        let host = try FakeHost(shell, systemd: "zookeeper")
        try await host.lock()
        #expect(try await host.ensemble.start(host.server, under: host.run) == .changed)
        let process = try #require(try await host.ensemble.pulse(host.server).process)
        #expect(try await host.ensemble.start(host.server, under: host.run) == .already)
        #expect(
            try await host.ensemble.stop(host.server, process: process, limit: .seconds(5), under: host.run) == .changed
        )
        #expect(host.processes().filter { $0 == pid_t(process.pid) }.isEmpty)
        #expect(
            try await host.ensemble.stop(host.server, process: nil, limit: .seconds(1), under: host.run) == .already)
        // The server's own script was used by systemd alone.
        #expect(host.text(host.home + "/calls") == "start zookeeper\nstop zookeeper\n")
    }

    @Test(arguments: TestShell.two) func aUnitThatIsNotThere(_ shell: TestShell) async throws {
        let host = try FakeHost(shell, systemd: "zookeper")
        try await host.lock()
        let error = await failure { () async throws(AccessError) in
            try await host.ensemble.start(host.server, under: host.run)
        }
        #expect(error?.code == .startFailed)
        #expect(error?.message.contains("Unit zookeper.service not found.") == true)
    }

    /// As root, a server is started and stopped as the owner of its data; so nothing of root's is left in it.
    @Test(.needs(.owners), arguments: TestShell.two) func startedAsTheOwnerOfItsData(
        _ shell: TestShell
    ) async throws {
        let host = try FakeHost(shell)
        try await host.lock()
        try Command.output(["/bin/chmod", "755", host.directory])
        try Command.output(["/bin/chown", "-R", "65534:65534", host.directory])
        #expect(try await host.ensemble.start(host.server, under: host.run) == .changed)
        let process = try #require(try await host.ensemble.pulse(host.server).process)
        #expect(try Command.output(["/usr/bin/stat", "-c", "%u", "/proc/\(process.pid)"]) == "65534\n")
        for path in [host.data + "/zookeeper_server.pid", host.home + "/.zkops", host.home + "/.zkops/backups"] {
            #expect(try Command.output(["/usr/bin/stat", "-c", "%u", path]) == "65534\n")
        }
        let stopped = try await host.ensemble.stop(host.server, process: process, limit: .seconds(5), under: host.run)
        #expect(stopped == .changed)
        // What comes from elsewhere is handed over as well.
        try host.fillData(host.otherData, host.otherData)
        try await host.lock([host.other])
        _ = try await host.ensemble.copyData(from: host.other, to: host.server, under: host.run) { _, _ in }
        let copied = host.data + "/version-2/currentEpoch"
        #expect(try Command.output(["/usr/bin/stat", "-c", "%u", copied]) == "65534\n")
    }

    /// What a process was started with is remembered across edits, also by the next zkops.
    @Test(arguments: TestShell.two) func theLoadedConfigurationIsKnownAfterAnEdit(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        try await host.lock()
        try host.write("7\n", to: host.data + "/myid")
        _ = try await host.ensemble.start(host.server, under: host.run)
        let old = try #require(host.text(host.config))
        #expect(try await host.ensemble.observe(host.server, files: []).loadedConfig == nil)
        let content = try #require(try await host.ensemble.readFile(.config(host.server)))
        let new = old + "server.1=127.0.0.1:2888:3888\n"
        _ = try await host.ensemble.replaceFile(
            .config(host.server), with: Array(new.utf8), mode: nil, expected: content.sha256, under: host.run)
        try host.write("8\n", to: host.data + "/myid")
        let facts = try await host.ensemble.observe(host.server, files: [])
        #expect(facts.config == new)
        #expect(facts.loadedConfig == old)
        #expect(facts.myid == ServerID(8))
        #expect(facts.loadedMyid == ServerID(7))
        let fresh = RemoteEnsemble(
            places: host.ensemble.places, endpoints: host.ensemble.endpoints, connector: host.connector, record: nil)
        #expect(try await fresh.observe(host.server, files: []).loadedConfig == old)
    }

    /// A server that somebody starts after an edit runs with it, and still does when the file is put back.
    @Test(arguments: TestShell.two) func whatAProcessLoadedBetweenEditAndRestoring(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        try await host.lock()
        let places: [FilePlace] = [.config(host.server), .installation(host.server, path: "conf/java.env")]
        try host.write("A=1\n", to: host.home + "/conf/java.env")
        let old = try #require(host.text(host.config))
        _ = try await host.ensemble.start(host.server, under: host.run)
        for place in places {
            let content = try #require(try await host.ensemble.readFile(place))
            _ = try await host.ensemble.replaceFile(
                place, with: content.bytes + Array("# new\n".utf8), mode: nil, expected: content.sha256, under: host.run
            )
            // The process that ran before the edit.
            #expect(try await host.ensemble.process(with: place, replacedBy: host.run) == nil)
        }
        // As if the edits had been made a minute ago, and the server restarted since.
        let backups = host.home + "/.zkops/backups/run-1/4.2%5bzk1@a%5d.1"
        for name in try FileManager.default.contentsOfDirectory(atPath: backups) where name.hasSuffix(".meta") {
            try Command.output(["/usr/bin/touch", "-d", "1 minute ago", backups + "/" + name])
        }
        try Command.output(["/usr/bin/touch", "-d", "1 minute ago", host.config])
        let before = try await host.ensemble.pulse(host.server).process
        _ = try await host.ensemble.stop(host.server, process: before, limit: .seconds(5), under: host.run)
        _ = try await host.ensemble.start(host.server, under: host.run)
        try FileManager.default.removeItem(atPath: host.home + "/.zkops/loaded.process")
        let now = try #require(try await host.ensemble.pulse(host.server).process)
        for place in places {
            #expect(try await host.ensemble.process(with: place, replacedBy: host.run) == now)
            #expect(try await host.ensemble.restoreFile(place, under: host.run) == .changed)
            #expect(try await host.ensemble.process(with: place, replacedBy: host.run) == now)
        }
        // A zkops that has never seen it knows what it runs with.
        let fresh = RemoteEnsemble(
            places: host.ensemble.places, endpoints: host.ensemble.endpoints, connector: host.connector, record: nil)
        let facts = try await fresh.observe(host.server, files: [])
        #expect(facts.config == old)
        #expect(facts.loadedConfig == old + "# new\n")
        #expect(try await host.ensemble.process(with: .host("zk1", path: "/etc/hosts"), replacedBy: host.run) == nil)
        let other = Mutation(run: "run-1", action: "9.9")
        #expect(try await host.ensemble.process(with: places[0], replacedBy: other) == nil)
    }

    @Test(arguments: TestShell.two) func namesOfProcessesMayHoldAnything(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        let name = host.directory + "/java) R 1 (x"
        unsafe symlink("/bin/bash", name)
        _ = try Command.output([
            "/bin/sh", "-c",
            #""$1" -c 'while :; do sleep 0.05; done' x.QuorumPeerMain "$2" </dev/null >/dev/null 2>&1 &"#, "sh", name,
            host.config,
        ])
        try await eventually("a process") { try await host.ensemble.pulse(host.server).process != nil }
        let process = try #require(try await host.ensemble.pulse(host.server).process)
        let stat = try #require(host.text("/proc/\(process.pid)/stat"))
        let fields = stat[stat.range(of: ") ", options: .backwards)!.upperBound...].split(separator: " ")
        #expect(fields[19] == Substring(String(process.startTime)))
    }
}
