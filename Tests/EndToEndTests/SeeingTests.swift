import Foundation
import TestSupport
import Testing

/// Looking at real ensembles while things happen to them.
@Suite(.serialized) struct SeeingTests {
    @Test func whatHappensIsSeen() throws {
        try withLab("seeing", ["-n", "3", "--version", "3.8.0"]) { lab in
            let leader = try #require(try lab.status().leader)
            try metricsOverHTTP(lab)
            try aWrongHomeIsNamed(lab)
            try anElectionIsWatched(lab, leader)
            try aFrozenHostKeepsNobodyWaiting(lab, frozen: String(leader.prefix { $0 != "@" }))
        }
    }

    /// What zkops doesn't find is not told as a stopped server, or as health.
    private func aWrongHomeIsNamed(_ lab: TestLab) throws {
        let inventory = lab.folder.appendingPathComponent("mistaken.yaml")
        let text = try String(contentsOfFile: lab.inventory, encoding: .utf8)
        let mistaken = text.replacingOccurrences(of: "/zookeeper-3.8.0", with: "/zookeeper-3.8.O")
        try #require(mistaken != text)
        try mistaken.write(to: inventory, atomically: true, encoding: .utf8)
        let home = lab.hosts.appendingPathComponent("zk1/zookeeper-3.8.O").path
        let status = try lab.zkops.expect(0, "ensemble", "status", "-i", inventory.path, "--format", "markdown")
        #expect(status.output.contains("no ZooKeeper installation at"))
        let doctor = try lab.zkops.expect(5, "ensemble", "doctor", "-i", inventory.path, "--format", "json")
        #expect(doctor.output.contains(#""no-installation""#) && doctor.output.contains(home), "\(doctor.all)")
        let facts = try lab.zkops.expect(0, "ensemble", "facts", "-i", inventory.path)
        #expect(facts.errors.contains("zk2@v3.8.0 is written down as stopped and empty: there is no ZooKeeper"))
    }

    private func anElectionIsWatched(_ lab: TestLab, _ leader: String) throws {
        let others = ["zk1@v3.8.0", "zk2@v3.8.0", "zk3@v3.8.0"].filter { $0 != leader }
        let watch = try ZkopsInBackground(
            ["ensemble", "watch", "-i", lab.inventory, "--json", "--every", "200ms", "--timeout", "4m"]
                + ["--until", "leader: [\(others.joined(separator: ", "))]", "--until", "synced_followers: 1"], of: lab)
        try watch.wait { $0.output.contains(#""event":"waiting""#) && $0.output.contains(#""event":"elected""#) }
        try lab.lab("break", "kill", "--server", String(leader.prefix { $0 != "@" }))
        #expect(try watch.end() == 0, "\(watch.all)")

        let events = try watch.lines.map { try JSONDecoder().decode(Event.self, from: Data($0.utf8)) }
        #expect(events.allSatisfy { $0.version == 1 })
        // A process that is on its way out may be seen once more, with its ports closed.
        let gone = try #require(events.firstIndex { $0.server == leader && $0.from == "leader" })
        let leaderless = try #require(events.firstIndex { $0.event == "leaderless" })
        let elected = try #require(events.lastIndex { $0.event == "elected" })
        #expect(gone < leaderless && leaderless < elected)
        #expect(["looking", "stopped"].contains(events[gone].to))
        #expect(others.contains(events[elected].server ?? ""))
        let first = try #require(events.first { $0.event == "elected" })
        #expect(first.server == leader && (first.epoch ?? 0) < (events[elected].epoch ?? 0))
        #expect((events[elected].leaderless ?? 0) > 0)
        #expect(events.last?.event == "watch-ended" && events.last?.outcome == "held")

        // What is not so in time is an expectation that was not met.
        let late = try lab.zkops.expect(
            5, "ensemble", "watch", "-i", lab.inventory, "--until", "synced_followers: 2", "--timeout", "1s")
        #expect(late.output.contains("time is up, and still: wanted 2 synced followers"))
        try lab.zkops.expect(0, "ensemble", "watch", "-i", lab.inventory, "--timeout", "1s")
        let interrupted = try ZkopsInBackground(["ensemble", "watch", "-i", lab.inventory], of: lab)
        try interrupted.wait { $0.output.contains("is stopped") }
        interrupted.send(SIGINT)
        #expect(try interrupted.end() == 130)
    }

    private struct Event: Decodable {
        var version: Int
        var event: String
        var server: String?
        var from: String?
        var to: String?
        var epoch: Int?
        var leaderless: Double?
        var outcome: String?

        private enum CodingKeys: String, CodingKey {
            case version, event, server, from, to, epoch, outcome
            case leaderless = "leaderless_s"
        }
    }

    /// The kernel takes the connection, sshd says nothing. Its row costs connect_timeout; the others are there in full.
    private func aFrozenHostKeepsNobodyWaiting(_ lab: TestLab, frozen: String) throws {
        let file = lab.hosts.appendingPathComponent("\(frozen)/sshd/sshd.pid")
        let pid = try #require(Int32(try String(contentsOf: file, encoding: .utf8).filter(\.isNumber)))
        kill(pid, SIGSTOP)
        defer { kill(pid, SIGCONT) }
        let inventory = lab.folder.appendingPathComponent("impatient.yaml")
        try String(contentsOfFile: lab.inventory, encoding: .utf8)
            .replacingOccurrences(of: "ssh:\n", with: "ssh:\n  connect_timeout: 2s\n")
            .write(to: inventory, atomically: true, encoding: .utf8)

        let begun = try ZkopsInBackground(
            [
                "ensemble", "watch", "-i", inventory.path, "--timeout", "4m", "--until",
                "{server: \(frozen)@v3.8.0, mode: stopped}",
            ],
            of: lab)
        let status = try lab.zkops.expect(0, "ensemble", "status", "-i", inventory.path, "--format", "json")
        let document = try #require(try JSONSerialization.jsonObject(with: Data(status.output.utf8)) as? [String: Any])
        let servers = try #require(document["servers"] as? [[String: Any]])
        for server in servers {
            let isFrozen = (server["server"] as? String)?.hasPrefix("\(frozen)@") == true
            #expect((server["error"] as? String)?.contains("within 2.0 seconds") ?? false == isFrozen, "\(server)")
            #expect(server["mode"] is NSNull == isFrozen && server["snapshot_bytes"] is NSNull == isFrozen)
        }
        #expect(document["quorum"] as? Bool == true)

        // A watch tells of it, looks at the others meanwhile, and sees it come back.
        try begun.wait {
            $0.output.contains("\(frozen)@v3.8.0 can't be looked at") && $0.output.contains("is leader")
        }
        kill(pid, SIGCONT)
        #expect(try begun.end() == 0, "\(begun.all)")
    }

    private func metricsOverHTTP(_ lab: TestLab) throws {
        let probe = try ZkopsInBackground(
            ["ensemble", "probe", "-i", lab.inventory, "--every", "5s", "--listen", "127.0.0.1:0"], of: lab)
        try probe.wait { $0.errors.contains("/metrics") && $0.output.contains("nothing is wrong") }
        let address = try #require(
            probe.errors.split(separator: " ").last?.trimmingCharacters(in: .whitespacesAndNewlines))
        let fetched = try Command.bash("curl -sS --max-time 20 -D - \"$1\"", address)
        #expect(fetched.code == 0 && fetched.output.contains("HTTP/1.1 200 OK"))
        #expect(fetched.output.contains("Content-Type: text/plain; version=0.0.4"))
        let metrics = try Metrics(fetched.output.components(separatedBy: "\r\n\r\n").last ?? "")
        #expect(metrics["zkops_probe_findings"] == [0])
        #expect(metrics["zkops_server_running"] == [1, 1, 1])
        #expect(metrics.count("zkops_port_state", ["state": "open", "port": "election"], 1) == 12)
        #expect(metrics.count("zkops_port_state", ["state": "open", "port": "quorum"], 1) == 4, "the leader's alone")

        let wrong = try Command.bash(
            """
            for options in "-X POST" "-X BREW"; do curl -s -o /dev/null -w '%{http_code} ' $options "$1"; done
            curl -s -o /dev/null -w '%{http_code} ' "${1%/metrics}/"
            curl -s -o /dev/null -w '%{http_code} ' -H "X: $(head -c 9000 /dev/zero | tr '\\0' x)" "$1"
            curl -s -I -o /dev/null -w '%{http_code}' "$1"
            """, address)
        #expect(wrong.output == "405 405 404 400 200")
        // Who connects and says nothing keeps nobody from it.
        let silent = try Command.bash(
            #"""
            place=${1#http://}; place=${place%/metrics}
            for n in 1 2 3 4 5 6 7 8 9 10; do exec {fd}<>"/dev/tcp/${place%:*}/${place#*:}"; done
            curl -sS --max-time 60 -o /dev/null -w '%{http_code}' "$1"
            """#, address)
        #expect(silent.output == "200")
        // Out of descriptors it waits, instead of asking for one all the time; with some again it goes on.
        let starved = try Command.bash(
            #"""
            ticks() { set -- $(sed 's/.*) //' "/proc/$1/stat"); echo $((${12} + ${13})); }
            prlimit --pid "$2" --nofile=3:
            curl -sS --max-time 120 -o /dev/null -w '%{http_code} ' "$1" & asked=$!
            sleep 0.2; before=$(ticks "$2"); sleep 1; after=$(ticks "$2")
            prlimit --pid "$2" --nofile=1024:
            wait $asked
            [ $((after - before)) -lt $(($(getconf CLK_TCK) / 2)) ] && echo waited
            """#, address, "\(probe.processID)")
        #expect(starved.output == "200 waited\n", "\(starved.all)")
        probe.send(SIGINT)
        #expect(try probe.end() == 130)
    }

    /// ZOOKEEPER-2186, which nobody noticed for want of a probe.
    @Test func aDeadListenerIsInTheTextfile() throws {
        try withLab("seeing-346", ["-n", "3", "--version", "3.4.6"]) { lab in
            let file = lab.folder.appendingPathComponent("zkops.prom").path
            try lab.zkops.expect(0, "ensemble", "probe", "-i", lab.inventory, "--textfile", file)
            try lab.lab("break", "deaf-listener", "--server", "zk1")
            let probe = try lab.zkops.expect(
                5, "ensemble", "probe", "-i", lab.inventory, "--textfile", file, "--format", "json")
            #expect(probe.output.contains(#""election": "stuck""#))
            let metrics = try Metrics(try String(contentsOfFile: file, encoding: .utf8))
            let stuck = ["port": "election", "state": "stuck"]
            #expect(metrics.count("zkops_port_state", stuck, 1) == 4, "from here and from every host")
            #expect(metrics.count("zkops_port_state", stuck.merging(["server": "zk1@v3.4.6"]) { $1 }, 1) == 4)
            #expect(metrics["zkops_probe_findings"].first.map { $0 >= 4 } == true)
        }
    }
}
