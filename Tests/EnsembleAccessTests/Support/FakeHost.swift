import EnsembleModel
import Foundation
import Glibc
import RemoteHosts
import TestSupport

@testable import EnsembleAccess

/// An installation in a directory of its own, with a script in place of zkServer.sh that starts a process which looks like a
/// server's: its name is java, its arguments name the configuration file.
final class FakeHost: Sendable {
    let directory: String
    private let root: String
    let connector: LocalConnector
    private let places: [ServerName: ServerPlace]
    let server: ServerName
    let other: ServerName
    let ensemble: RemoteEnsemble
    let run = Mutation(run: "run-1", action: "4.2[zk1@a].1")

    var home: String { directory + "/home" }
    var config: String { home + "/conf/zoo.cfg" }
    var data: String { directory + "/data" }
    var logs: String { directory + "/logs" }
    var otherHome: String { directory + "/other" }
    var otherData: String { directory + "/other-data" }

    /// - Parameters:
    ///   - unit: a systemd unit that starts and stops the server, in place of the script itself.
    ///   - below: makes the path below the host's own folder in which everything lies.
    init(
        _ shell: TestShell, systemd unit: String? = nil, record: CommandRecorder? = nil,
        below: (_ folder: String) -> String = { _ in "" }
    ) throws {
        var template = Array((NSTemporaryDirectory() + "zkops-access-XXXXXX").utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw POSIXError(.EIO) }
        root = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let path = root + below(root)
        directory = path
        connector = LocalConnector(shell, programs: unit.map { _ in path + "/programs" })
        server = ServerName(host: "zk1", installation: "a")
        other = ServerName(host: "zk2", installation: "b")
        let service: ServerPlace.Service =
            unit.map { .systemd(unit: $0) }
            ?? .commands(start: "bin/zkServer.sh start", stop: "bin/zkServer.sh stop")
        let places = [
            server: ServerPlace(
                name: server, address: "127.0.0.1", quorumAddress: "127.0.0.1", home: path + "/home",
                configPath: path + "/home/conf/zoo.cfg", service: service),
            other: ServerPlace(
                name: other, address: "127.0.0.1", quorumAddress: "127.0.0.1", home: path + "/other",
                configPath: path + "/other/conf/zoo.cfg"),
        ]
        self.places = places
        ensemble = Self.ensemble(places, connector, record)
        try makeInstallation("home", data: data, logs: logs)
        try makeInstallation("other", data: otherData, logs: otherData)
        if unit != nil { try makeSystemctl() }
    }

    deinit {
        for process in processes() { kill(process, SIGKILL) }
        try? FileManager.default.removeItem(atPath: root)
    }

    private static func ensemble(
        _ places: [ServerName: ServerPlace], _ connector: LocalConnector, _ record: CommandRecorder?
    ) -> RemoteEnsemble {
        let endpoints = ["zk1", "zk2"].map { ($0, Endpoint(host: $0, address: "127.0.0.1")) }
        return RemoteEnsemble(
            places: places, endpoints: Dictionary(uniqueKeysWithValues: endpoints), connector: connector, record: record
        )
    }

    /// The same host as another process of zkops reaches it.
    func anotherProcess() -> RemoteEnsemble { Self.ensemble(places, connector, nil) }

    private func makeInstallation(_ name: String, data: String, logs: String) throws {
        for path in ["\(directory)/\(name)/bin", "\(directory)/\(name)/conf", data, logs] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
        try write("dataDir=\(data)\ndataLogDir=\(logs)\nclientPort=1\n", to: "\(directory)/\(name)/conf/zoo.cfg")
        try? FileManager.default.createSymbolicLink(
            atPath: directory + "/java", withDestinationPath: "/bin/bash")
        // Like the real one: truncates its log, writes a pid file and waits for nothing.
        try write(
            #"""
            #!/bin/sh
            home=$(cd "$(dirname "$0")/.." && pwd)
            data=$(sed -n 's/^dataDir=//p' "$home/conf/zoo.cfg")
            case $1 in
            start)
                if [ -f "$data/zookeeper_server.pid" ] && kill -0 "$(cat "$data/zookeeper_server.pid")" 2>/dev/null; then
                    echo "already running as process $(cat "$data/zookeeper_server.pid")"
                    exit 0
                fi
                if [ -f "$home/lies" ]; then
                    echo 'java.net.BindException: Address already in use' > zookeeper.out
                    echo STARTED
                    exit 0
                fi
                "$home/../java" -c 'while :; do sleep 0.05; done' \
                    org.apache.zookeeper.server.quorum.QuorumPeerMain "$home/bin/../conf/zoo.cfg" > zookeeper.out 2>&1 &
                printf %s $! > "$data/zookeeper_server.pid"
                echo STARTED
                ;;
            stop)
                [ ! -f "$home/deaf" ] || exit 0
                kill -9 "$(cat "$data/zookeeper_server.pid")"
                rm "$data/zookeeper_server.pid"
                sleep 5
                echo STOPPED
                ;;
            esac
            """#, to: "\(directory)/\(name)/bin/zkServer.sh", mode: 0o755)
    }

    /// Stands for systemd, which no test machine need have: knows one unit, runs its command, and says what there isn't.
    private func makeSystemctl() throws {
        try write(
            #"""
            #!/bin/sh
            if [ "$2" != zookeeper ]; then
                echo "Failed to $1 $2.service: Unit $2.service not found." >&2
                exit 5
            fi
            cd "$(dirname "$0")/../home" || exit 1
            echo "$1 $2" >> calls
            bin/zkServer.sh "$1" >/dev/null
            """#, to: "\(directory)/programs/systemctl", mode: 0o755)
    }

    /// Starts a server's process as an operator would by hand: no pid file, a relative path.
    func startByHand(_ argument: String = "conf/zoo.cfg") async throws {
        _ = try Command.output([
            "/bin/sh", "-c",
            #"""
            exec </dev/null >/dev/null 2>&1
            cd "$1" && "$2/java" -c 'while :; do sleep 0.05; done' x.QuorumPeerMain "$3" &
            """#, "sh", home, directory, argument,
        ])
        // The shell returns before the process has become what it is to be.
        try await eventually("a process") { try await self.ensemble.pulse(self.server).process != nil }
    }

    /// Processes of this directory's java.
    func processes() -> [pid_t] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { pid_t($0) }.filter { pid in
            let words = (try? Data(contentsOf: URL(fileURLWithPath: "/proc/\(pid)/cmdline"))) ?? Data()
            return String(decoding: words, as: UTF8.self).contains(directory + "/") && pid != getpid()
        }
    }

    func lock(_ servers: [ServerName]? = nil) async throws {
        for name in servers ?? [server] {
            try await ensemble.lock(name, owner: owner(run.run))
        }
    }

    func owner(_ run: String, machine: String = "desk", attempt: String = "a1", origin: String = "desk 1:2")
        -> LockOwner
    {
        LockOwner(
            run: run, operatorName: "ann of ops", machine: machine, since: "2026-01-11T18:02:11Z", attempt: attempt,
            origin: origin)
    }

    // MARK: Files

    func write(_ text: String, to path: String, mode: Int = 0o644) throws {
        try FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        guard mode & 0o111 != 0 else {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            unsafe chmod(path, mode_t(mode))
            return
        }
        // By another process: a program that this one holds open for writing can't be run («Text file busy»).
        try Data(text.utf8).write(to: URL(fileURLWithPath: path + ".new"))
        try Command.output(["/usr/bin/install", "-m", String(mode, radix: 8), path + ".new", path])
        try FileManager.default.removeItem(atPath: path + ".new")
    }

    func text(_ path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }
    func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    func mode(_ path: String) -> Int {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return (attributes?[.posixPermissions] as? Int) ?? -1
    }

    /// Every file below a directory with its content: what must not change.
    func tree(_ path: String) -> [String: String] {
        var files: [String: String] = [:]
        for case let name as String in FileManager.default.enumerator(atPath: path) ?? .init() {
            files[name] = text(path + "/" + name) ?? "directory"
        }
        return files
    }

    /// Data as a server leaves it.
    func fillData(_ data: String, _ logs: String, snapshot: String = "snap") throws {
        try write(snapshot + "shot one", to: data + "/version-2/snapshot.100000001")
        try write(snapshot + "shot two", to: data + "/version-2/snapshot.1000000a0")
        try write("1", to: data + "/version-2/acceptedEpoch")
        try write("1", to: data + "/version-2/currentEpoch")
        try write("log one", to: logs + "/version-2/log.100000001")
        try write(String(repeating: "log two\n", count: 50_000), to: logs + "/version-2/log.100000090")
    }
}

/// The error of a call that must fail.
func failure<Value>(_ body: () async throws(AccessError) -> Value) async -> AccessError? {
    do throws(AccessError) {
        _ = try await body()
        return nil
    } catch {
        return error
    }
}
