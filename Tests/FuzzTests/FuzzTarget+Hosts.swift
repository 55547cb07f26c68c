import Checksums
import EnsembleModel
import Foundation

@testable import Diagnosis
@testable import EnsembleAccess
@testable import PlanExecution
@testable import RemoteHosts

/// What hosts, servers and `ssh` say, and the journal.
extension FuzzTarget {
    static let fourLetterWords = FuzzTarget(
        name: "four-letter-words",
        words: [
            "zk_synced_followers\t", "Mode: leader\n", "Zxid: 0x", "Latency min/avg/max: ", "server.1=",
            "membership: \n", "version=", "\t",
        ]
    ) { bytes in
        for word in ["srvr", "stat", "mntr", "conf", "isro"] { _ = FourLetterReply(bytes, word: word) }
        let text = String(decoding: bytes, as: UTF8.self)
        if let srvr = SrvrReply(text) {
            var pulse = ServerPulse()
            pulse.fill(srvr)
            try expect(pulse.mode == srvr.mode, "another mode than was said")
        }
        if let mntr = MntrReply(text) {
            _ = (mntr.version, mntr.state, mntr.syncedVotingFollowers.flatMap { Int(told: $0) })
            for value in mntr.raw.keys.compactMap({ mntr[$0] }) { try expect(value.isFinite, "\(value) is no number") }
        }
        _ = ConfReply(text)?.membership?.members.count
    }

    static let adminServer = FuzzTarget(
        name: "admin-server", words: ["HTTP/1.1 200 OK\r\n\r\n", "\"error\": null", "\"server_stats\": {"]
    ) {
        bytes in
        let body = (try? AdminServer.body(of: bytes)) ?? bytes
        _ = try? AdminReply.srvr(body)
        _ = try? AdminReply.zabState(body)
        _ = try? AdminReply.leader(body)
        _ = (try? AdminReply.monitor(body))?.syncedVotingFollowers.flatMap { Int(told: $0) }
        _ = AdminServer.startedWith(body)
    }

    static let scriptReplies = FuzzTarget(
        name: "script-replies",
        words: [
            "blob config 9\n", "file-data 1 2 /d/version-2/snapshot.1\n", "process 1 2 R\n", "file data 1 /d/log.1\n",
            "hit ", "peer ",
        ]
    ) { bytes in
        let evidence = HostEvidence(String(decoding: bytes, as: UTF8.self), clientAddress: "10.0.0.1", clientPort: 2181)
        _ = (evidence.snapshots.count, evidence.transactionLogs.count, evidence.readSpeed?.bytesPerSecond)
        for line in evidence.log.lines.values.joined() { _ = line.time.map { LogTime.date($0) } }
        guard let reply = ScriptReply(bytes) else { return }
        let look = ServerLook(reply, extraCount: 3)
        let sizes = [look.summary.bytes, look.dataBytes ?? 0, look.logBytes ?? 0]
        try expect(sizes.allSatisfy { $0 >= 0 }, "a negative size: \(sizes)")
        _ = (look.newestSnapshot, look.newestLog, look.epochs, look.myid, look.wholeConfig?.members.count)
        guard let manifest = CopyManifest(reply) else { return }
        try expect(manifest.files.allSatisfy { $0.bytes >= 0 && !$0.name.contains("/") }, "a file that can't be")
        var tar = TarStream(manifest.files)
        _ = try? tar.feed(Array(bytes.prefix(2000)))
    }

    static let journal = FuzzTarget(
        name: "journal", words: ["{\"n\":1,\"at\":1,\"sum\":\"", "\",\"entry\":", "\"stepBegan\":{"]
    ) { bytes in
        do {
            let contents = try JournalContents(bytes, name: "journal.jsonl")
            try expect(contents.goodBytes <= bytes.count, "more was read than is there")
            _ = RunHistory(contents.records).currentStep
        } catch let error as ExecutionError {
            try expect(error.message.hasPrefix("journal.jsonl:"), "no place: \(error)")
        }
    }

    /// One entry a line, each given its right number and sum, so that what is wrong lies in the entries.
    static let journalEntries = FuzzTarget(
        name: "journal-entries",
        words: ["\"stepBegan\":{\"step\":\"1.1\"}", "\"action\":\"1.1.1.1\"", "\"change\":\"already\"", "null"]
    ) { bytes in
        var text = ""
        var sum = JournalCoding.firstSum
        for (index, line) in String(decoding: bytes, as: UTF8.self).split(separator: "\n").enumerated() {
            let head = "\"n\":\(index + 1),\"at\":\(index)"
            sum = String(SHA256.hexDigest(of: Array("\(sum)\n\(head)\n\(line)".utf8)).prefix(16))
            text += "{\(head),\"sum\":\"\(sum)\",\"entry\":\(line)}\n"
        }
        try journal.read(Array(text.utf8))
    }

    static let knownHosts = FuzzTarget(
        name: "known-hosts",
        words: [
            "@revoked ", "@cert-authority ", "|1|", "[zk1]:2222 ", "*,!zk1 ", "ssh-ed25519 ", "*a*a*a*a*a*a*a*a*b", "?",
        ]
    ) { bytes in
        let known = KnownHosts(entries: KnownHosts.parse(bytes, file: "known_hosts"), files: ["known_hosts"])
        for entry in known.entries {
            try expect(entry.place.hasPrefix("known_hosts:"), "no place")
            // A revoked key is trusted nowhere.
            if entry.marker == .revoked {
                try expect(
                    known.verdict(entry.key, name: "zk1", port: 22) != .trusted || !entry.names.match("zk1"),
                    "a revoked key is trusted")
            }
        }
        for name in ["zk1", "ZK1.example.com", String(repeating: "a", count: 60), "10.0.0.1"] {
            _ = known.keyTypes(name: name, port: 2222)
            _ = known.verdict(bytes, name: name, port: 2222)
        }
        _ = IdentityFile.parse(bytes, path: "id")
    }

    static let sshConfig = FuzzTarget(
        name: "ssh-config",
        words: ["identityfile ~/", "proxyjump ", "userknownhostsfile ", "%h", "%%", "%", "hostname ", "port "]
    ) { bytes in
        let config = OpenSSHConfig(String(decoding: bytes, as: UTF8.self), home: "/home/ann")
        _ = (config.hostName, config.user, config.port, config.hostKeyAlias, config.identityFiles.count, config.agent)
        _ = (config.knownHostsFiles.count, config.proxyCommand, config.identitiesOnly)
        for hop in config.jump { _ = Destination(hop) }
    }

    /// Bytes of a connection: a server's offer, marks in output, what `ssh` says when it fails.
    static let connections = FuzzTarget(
        name: "connections", words: ["SSH-2.0-x\r\n", "zkops-start-1\n", "zkops-end-1 000\n", "zkops-end-1 "]
    ) {
        bytes in
        _ = KexOffer.parse(bytes)?.mismatch { _ in ["curve25519-sha256"] }
        for piece in [1, 7, 1 << 16] {
            var marked = MarkedStream(startMark: Array("zkops-start-1\n".utf8), endMark: Array("zkops-end-1 ".utf8))
            var passed = 0
            for start in stride(from: 0, to: bytes.count, by: piece) {
                passed += marked.pass(Array(bytes[start..<min(start + piece, bytes.count)])).count
            }
            passed += marked.finish().count
            try expect(passed <= bytes.count && marked.preamble.count <= 4096, "more came out than went in")
        }
        _ = OpenSSHFailure(String(decoding: bytes, as: UTF8.self), timedOut: false).error("zk1")
        var reader = WireReader(bytes)
        while reader.string() != nil {}
    }

    static let all = [
        plan, inventory, facts, drill, zooConfig, fourLetterWords, adminServer, scriptReplies, journal,
        journalEntries, knownHosts, sshConfig, connections, snapshots, diagnosis, verification, runFolder,
    ]
}
