import Foundation
import Glibc
import TestSupport
import Testing

/// What goes wrong when a real server is started, what is said then, and that the run goes on once it is mended; docs/faults.md lists
/// all. Those whose moment can't be hit for sure are simulated, in PlanExecutionTests.ZooKeeperFaultTests.
@Suite(.serialized) struct ServerFaultTests {
    @Test func startsThatGoWrongAndAreMended() throws {
        try withLab("starts", ["-n", "3", "--version", "3.8.0"]) { lab in
            try aScriptThatLies(lab)
            try aPortTakenByAStranger(lab)
            try aStalePidFile(lab)
            #expect(try lab.status().quorum)
        }
    }

    /// Nobody calls zk1 back, for the listeners of the others have died (ZOOKEEPER-2186). While a run waits for it, somebody else restarts
    /// it; left alone then, it is given up once its election had the time that elections take.
    @Test func aServerThatNeverJoins() throws {
        try withLab("never-joins", ["-n", "3", "--version", "3.4.6", "--tick-time", "500"]) { lab in
            let server = "zk1@v3.4.6"
            let run = try stopped(lab, server)
            for other in ["zk2", "zk3"] { try lab.lab("break", "deaf-listener", "--server", other) }
            let resumed = try ZkopsInBackground(["run", "resume", run, "--yes"], of: lab)
            try resumed.wait { $0.all.contains("waiting: \(server) is looking") }
            try script(lab, "zk1", "restart")
            #expect(try resumed.end() == 1, "\(resumed.all)")
            let ended = resumed.errors.firstMatch(of: /zk1@v3.4.6 did not come back: its process [0-9 ]*ended/)
            #expect(ended != nil, "\(resumed.all)")

            try expectFailure(lab, run, ["\(server) did not serve within", "still missing: \(server) is looking"])
            #expect(try lab.status().quorum, "somebody else was stopped for it")
            // New processes listen.
            for other in ["zk2", "zk3"] { try script(lab, other, "restart") }
            try expectResumed(lab, run)
            #expect(try lab.status().quorum)
        }
    }

    /// The target's connection is cut in the middle of what streams over it. The run connects anew, looks, and copies anew.
    @Test func aConnectionCutInTheMiddleOfACopy() throws {
        try withLab("cut-copy", ["-n", "4", "--spare", "zk4", "--version", "3.8.0"]) { lab in
            try lab.lab("load", "--znodes", "300")
            let logs = lab.hosts.appendingPathComponent("zk3/datalog/3.8.0/version-2").path
            // A log that takes seconds; nobody starts from the copy.
            try Command.output(["/usr/bin/truncate", "-s", "600M", logs + "/log.1"])
            let target = logs.replacing("/zk3/", with: "/zk4/")
            let said = try cut(
                lab, "copy_data: {from: zk3@v3.8.0, to: zk4@v3.8.0}",
                whileGrowing: target + ".zkops-partial/log.1")
            #expect(said.contains("receiveCopy was begun and the connection was lost"), "\(said)")
            let same = try Command.bash(#"cmp "$1"/log.1 "$2"/log.1 && ls "$2"/.. "#, logs, target)
            #expect(same.code == 0 && !same.output.contains("partial"), "\(same.all)")
        }
    }

    /// The same for an archive: nothing of the half one is unpacked.
    @Test func aConnectionCutInTheMiddleOfAnArchive() throws {
        try withLab("cut-archive", ["-n", "4", "--spare", "zk4", "--version", "3.8.0"]) { lab in
            let made = try Command.bash(
                #"""
                mkdir -p "$1"/dist/zookeeper-new/bin && cd "$1" && head -c 200M /dev/urandom > dist/zookeeper-new/lib
                cp lab/hosts/zk4/zookeeper-3.8.0/bin/zkServer.sh dist/zookeeper-new/bin
                tar -c -C dist zookeeper-new | gzip -1 > new.tar.gz && sha256sum new.tar.gz
                """#, lab.folder.path)
            try #require(made.code == 0, "\(made.all)")
            let home = lab.hosts.appendingPathComponent("zk4/zookeeper-3.8.0").path
            let said = try cut(
                lab, "install: {servers: zk4@v3.8.0, archive: new.tar.gz, sha256: \(made.output.prefix(64))}",
                whileGrowing: home + "/.zkops/archive.tar.gz")
            #expect(said.contains("install was begun and the connection was lost"), "\(said)")
            let same = try Command.bash(
                #"cmp "$1"/dist/zookeeper-new/lib "$2"/lib && ls "$2"/.zkops"#, lab.folder.path, home)
            #expect(same.code == 0 && !same.output.contains("archive"), "\(same.all)")
        }
    }

    /// Applies a step on zk4, whose connections end once a file there has grown to some megabytes. - Returns: what was said.
    private func cut(_ lab: TestLab, _ step: String, whileGrowing path: String) throws -> String {
        let plan = lab.folder.appendingPathComponent("streams.yaml")
        try """
        version: 1
        name: streams
        summary: What takes a while.
        inventory: lab/inventory.yaml
        stages:
          - name: Stream
            steps:
              - \(step)
        """.write(to: plan, atomically: true, encoding: .utf8)
        let run = try ZkopsInBackground(["plan", "apply", plan.path, "--yes"], of: lab)
        let partial = URL(fileURLWithPath: path)
        try run.wait { _ in
            ((try? FileManager.default.attributesOfItem(atPath: partial.path)[.size] as? Int) ?? 0) > 8 << 20
        }
        let cut = try Command.bash(#"pkill -KILL -P "$(cat "$1"/zk4/sshd/sshd.pid)""#, lab.hosts.path)
        #expect(cut.code == 0 && FileManager.default.fileExists(atPath: path), "\(cut.all)")
        #expect(try run.end() == 0, "\(run.all)")
        return run.errors
    }

    private func home(_ lab: TestLab) -> URL { lab.hosts.appendingPathComponent("zk1/zookeeper-3.8.0") }

    private func script(_ lab: TestLab, _ host: String, _ command: String) throws {
        let home = lab.hosts.appendingPathComponent("\(host)/zookeeper-3.4.6").path
        let done = try Command.bash(#"cd "$1" && bin/zkServer.sh "$2""#, home, command)
        try #require(done.code == 0, "\(done.all)")
    }

    /// Stops zk1, as the first half of a restart. - Returns: the run.
    private func stopped(_ lab: TestLab, _ server: String = "zk1@v3.8.0") throws -> String {
        let plan = lab.folder.appendingPathComponent("halves.yaml")
        try """
        version: 1
        name: halves
        summary: A restart in two steps.
        inventory: lab/inventory.yaml
        settings: {settle_timeout: 5s}
        stages:
          - name: Restart
            steps:
              - stop: \(server)
              - start: \(server)
        """.write(to: plan, atomically: true, encoding: .utf8)
        let applied = try lab.zkops.run(["plan", "apply", plan.path, "--until", "1.1", "--yes"])
        try #require(applied.code == 0, "\(applied.all)")
        return try #require(try lab.runs().first).run
    }

    /// Resumes, and the run fails again.
    private func expectFailure(_ lab: TestLab, _ run: String, _ saying: [String]) throws {
        let resumed = try lab.zkops.run(["run", "resume", run, "--yes"])
        #expect(resumed.code == 1, "\(resumed.all)")
        for words in saying { #expect(resumed.errors.contains(words), "\(resumed.all)") }
    }

    private func expectResumed(_ lab: TestLab, _ run: String) throws {
        let resumed = try lab.zkops.run(["run", "resume", run, "--yes"])
        #expect(resumed.code == 0, "\(resumed.all)")
    }

    private func aScriptThatLies(_ lab: TestLab) throws {
        let run = try stopped(lab)
        let script = home(lab).appendingPathComponent("bin/zkServer.sh").path
        _ = try Command.bash(
            #"mv "$1" "$1.true" && printf '#!/bin/sh\necho STARTED\n' > "$1.lie" && install -m 755 "$1.lie" "$1""#,
            script)
        try expectFailure(lab, run, ["the start command ended and no process of the server runs", "STARTED"])
        _ = try Command.bash(#"mv -f "$1.true" "$1" && rm "$1.lie""#, script)
        try expectResumed(lab, run)
    }

    private func aPortTakenByAStranger(_ lab: TestLab) throws {
        let run = try stopped(lab)
        let config = try String(contentsOf: home(lab).appendingPathComponent("conf/zoo.cfg"), encoding: .utf8)
        let address = try #require(config.firstMatch(of: /clientPortAddress=(\S+)/)?.1)
        let stranger = try Stranger(String(address), 2181)
        try expectFailure(lab, run, ["zk1@v3.8.0 did not come back", "Address already in use"])
        stranger.leave()
        try expectResumed(lab, run)
    }

    /// The pid file of a server that died names a process that lives: another one, by now.
    private func aStalePidFile(_ lab: TestLab) throws {
        let run = try stopped(lab)
        let file = lab.hosts.appendingPathComponent("zk1/data/3.8.0/zookeeper_server.pid")
        try "\(getpid())".write(to: file, atomically: true, encoding: .utf8)
        try expectResumed(lab, run)
        #expect(try String(contentsOf: file, encoding: .utf8) != "\(getpid())")
    }
}

/// Listens on a port that a server wants.
private final class Stranger {
    private let descriptor: Int32

    init(_ address: String, _ port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var yes: Int32 = 1
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_port = port.bigEndian
        unsafe inet_pton(AF_INET, address, &place.sin_addr)
        let isBound = unsafe withUnsafePointer(to: &place) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        try #require(isBound && listen(descriptor, 1) == 0)
    }

    func leave() { close(descriptor) }
}
