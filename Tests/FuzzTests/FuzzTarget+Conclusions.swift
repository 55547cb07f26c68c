import EnsembleModel
import Foundation
import PlanVerification
import PlanWriting
import TerminalUI
import TestSupport

@testable import Diagnosis
@testable import EnsembleAccess
@testable import PlanExecution
@testable import PlanLanguage

/// What is concluded from what was read: a reader may pass a value that ends what stands behind it.
extension FuzzTarget {
    /// What hosts and servers say, as three servers say it, and what the doctor makes of that.
    static let diagnosis = FuzzTarget(
        name: "diagnosis",
        words: [
            "hits leaderClosed 9\n", "queue 1 0100007F:0885 00000033\n", "peer 12 0100007F:0885 0700000A\n",
            "files-limit ", "flag -Xmx", "log-size ", "disk-data 1000000 0 /d\n", "Zxid: 0x", "Mode: leader\n",
            "process 1 2 R\n", "blob config 9\n", "server.1=", "clientPort=", "initLimit=",
        ]
    ) { bytes in
        let text = String(decoding: bytes, as: UTF8.self)
        let servers = [Mode.leader, .follower, .looking].enumerated().map { index, mode in
            var evidence = ServerEvidence(
                place: ServerPlace(
                    name: ServerName(host: "zk\(index + 1)", installation: "a"), address: "10.0.0.\(index + 1)",
                    quorumAddress: "10.0.0.\(index + 1)", home: "/opt/zk", configPath: "/opt/zk/conf/zoo.cfg"))
            evidence.host = HostEvidence(text, clientAddress: "10.0.0.1", clientPort: 2181)
            evidence.facts = facts(bytes, text)
            evidence.facts?.myid = ServerID(index + 1)
            var pulse = ServerPulse()
            if let srvr = SrvrReply(text) { pulse.fill(srvr) }
            pulse.process = ProcessIdentity(pid: index + 1, startTime: 1, bootID: "b")
            pulse.mode = mode
            evidence.pulse = pulse
            evidence.secondPulse = pulse
            return evidence
        }
        let diagnosed = IncidentCatalogue.diagnose(EnsembleEvidence(ensemble: "fuzzed", servers: servers))
        let known = Set(servers.map(\.server))
        for finding in diagnosed.findings + diagnosed.notes {
            try expect(!finding.summary.isEmpty, "\(finding.code) says nothing")
            try expect(known.isSuperset(of: finding.servers), "\(finding.code) is of a server that isn't there")
        }
    }

    /// By a script's reply, or where it is none, with the text as configuration.
    private static func facts(_ bytes: [UInt8], _ text: String) -> ServerFacts {
        var facts = ServerFacts(running: true, config: text)
        if let look = ScriptReply(bytes).map({ ServerLook($0, extraCount: 0) }) {
            facts.version = look.jarVersion
            facts.epochs = look.epochs
            (facts.snapshot, facts.log) = (look.newestSnapshot, look.newestLog)
            (facts.dataSize, facts.logSize) = (look.dataBytes, look.logBytes)
            (facts.dataRoom, facts.logRoom) = (look.dataRoom, look.logRoom)
            (facts.snapshotSize, facts.snapshotAge) = (look.newestSnapshotFile?.file.bytes, look.newestSnapshotAge)
            facts.config = look.configText
        }
        if facts.version == nil { facts.version = SrvrReply(text)?.version }
        return facts
    }

    /// Facts that a plan is verified from, and that plans are written from.
    static let verification = FuzzTarget(
        name: "verification",
        words: [
            "server.1=", "group.1=1:2", "weight.1=0", "mode: leader", "version: 3.4.6", "myid: ", ":observer", "0x",
        ]
    ) { bytes in
        let folder = Repository.examples.appendingPathComponent("rolling-restart")
        let loader = PlanLoader { path in
            path == "facts.yaml" ? bytes : Array(try Data(contentsOf: folder.appendingPathComponent(path)))
        }
        guard let plan = try? loader.load(plan: "plan.yaml"), let facts = plan.facts else { return }
        guard let findings = Verifier.findings(of: plan) else {
            throw Broken(description: "there are facts, and they are missed")
        }
        for hazard in findings.hazards { try expect(!hazard.message.isEmpty, "\(hazard.code) says nothing") }
        _ = PlanTimeline.make(plan).count
        let author = PlanAuthor(plan.inventory, facts, inventoryPath: "inventory.yaml", factsPath: "facts.yaml")
        for (kind, request) in [
            ("rolling-restart", PlanRequest()), ("config-change", PlanRequest([.set: ["initLimit=20"]])),
            ("remap-myid", PlanRequest([.myid: ["zk1=11"]])),
        ] {
            guard let kind = PlanKinds.named(kind), let written = try? author.write(kind, request) else { continue }
            try expect(written.plan.findings.blockingHazards.isEmpty, "`plan new \(kind.name)` wrote what is unsafe")
        }
    }

    /// The files of a run's folder but its journal, and what is shown of them. Each holds the same; a folder whose run.json says nothing
    /// is read with a good one too.
    static let runFolder = FuzzTarget(
        name: "run-folder", words: ["\"version\" : 1", "\"outages\":[", "\"kind\":{\"pulse\":{", "\"pid\":", "\"at\":"]
    ) { bytes in
        let path = NSTemporaryDirectory() + "zkops-fuzz-run-\(ProcessInfo.processInfo.processIdentifier)"
        let store = RunStore(directory: path)
        let run = path + "/runs/fuzzed"
        try FileManager.default.createDirectory(atPath: run + "/logs", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        for name in ["run.json", "events.jsonl", "canary.json", "processes.json", "logs/zk1.log"] {
            try Data(bytes).write(to: URL(fileURLWithPath: "\(run)/\(name)"))
        }
        let process = ProcessIdentity(pid: 1, startTime: 1, bootID: "b")
        _ = ProcessMemory(path: run + "/processes.json").loaded(ServerName(host: "zk1", installation: "a"), process)
        if let holder = OperatorLock.holder(of: run + "/run.json") {
            _ = OperatorLock.leftBehind(holder, "orders", now: 0, store).description
        }
        do {
            try show(try RunFolder(path: run), store)
        } catch let error as ExecutionError {
            try expect(error.message.hasPrefix(path), "no place: \(error)")
            try Data(goodManifest.get()).write(to: URL(fileURLWithPath: run + "/run.json"))
            try show(try RunFolder(path: run), store)
        }
    }

    private static let goodManifest = Result {
        try Data(contentsOf: Repository.fixtures.appendingPathComponent("Fuzz/run-folder/run.json"))
    }

    private static func show(_ folder: RunFolder, _ store: RunStore) throws {
        let events = folder.events()
        let report = RunReport(
            store.summary(of: folder), digest: folder.digest, events: events, clients: folder.canaries)
        let text = RunReportText(report)
        try expect(!text.markdown.isEmpty && !text.json.isEmpty, "a report without words")
        try expect(
            !RunReportHTML(report, commands: folder.commands(), preview: nil).page.isEmpty, "a page without words")
        _ = UsualTimes(runs: [events])
    }
}
