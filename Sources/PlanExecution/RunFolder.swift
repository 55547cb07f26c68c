import Checksums
import EnsembleModel
import Foundation
package import PlanLanguage

/// A run's folder: the plan, inventory and facts as used, the journal, the events, a log of every command for each
/// host, and a report.
/// Everything in it can be read by its owner alone.
package struct RunFolder: Sendable {
    struct Manifest: Sendable, Codable {
        var version = 1
        var run: String
        var ensemble: String
        var plan: String
        var digest: String
        var planPath: String
        var inventoryPath: String
        var variables: [String: String]
        /// The sums of the files beside the plan, by path; those that are text of a moderate size lie in `files/`.
        var files: [String: String]?
        /// The sums of the plan, inventory and facts in this folder, by file name; nil in folders of versions that kept none.
        var sums: [String: String]?
        var operatorName: String
        var machine: String
        var startedAt: Double
    }

    package let path: String
    let manifest: Manifest

    package var run: String { manifest.run }
    package var ensemble: String { manifest.ensemble }
    package var planName: String { manifest.plan }
    /// What the plan, inventory and facts were reviewed by.
    package var digest: String { manifest.digest }
    package var logDirectory: String { path + "/logs" }
    package var reportPath: String { path + "/report.txt" }
    var journalPath: String { path + "/journal.jsonl" }
    var eventsPath: String { path + "/events.jsonl" }
    private var canaryPath: String { path + "/canary.json" }
    var processesPath: String { path + "/processes.json" }

    init(path: String) throws(ExecutionError) {
        self.path = path
        let bytes = try DurableFile.contents(of: path + "/run.json")
        guard let manifest = try? JSONDecoder().decode(Manifest.self, from: Data(bytes)) else {
            throw ExecutionError(
                .planUnreadable, "\(path)/run.json is damaged.",
                remedy: "Restore it from a backup, or remove the folder.")
        }
        guard manifest.version == 1 else {
            throw ExecutionError(
                .planUnreadable,
                "\(path)/run.json is of the form \(manifest.version), which this version of zkops does not know.",
                remedy: "Use the version that began the run, or a later one.")
        }
        self.manifest = manifest
    }

    static func make(
        _ path: String, run: String, plan: ResolvedPlan, world: World
    ) throws(ExecutionError) -> RunFolder {
        try DurableFile.makeDirectory(path + "/logs")
        var inputs = ["plan.yaml": plan.source.text, "inventory.yaml": plan.inventory.source.text]
        inputs["facts.yaml"] = plan.facts?.yaml(ensemble: plan.inventory.ensemble)
        for (name, text) in inputs { try DurableFile.make("\(path)/\(name)", text) }
        try DurableFile.makeDirectory(path + "/files")
        for file in plan.files {
            if let text = file.text { try DurableFile.make(path + "/files/" + file.sha256, text) }
        }
        let manifest = Manifest(
            run: run, ensemble: plan.inventory.ensemble, plan: plan.name, digest: plan.digest,
            planPath: plan.source.name, inventoryPath: plan.inventory.source.name, variables: plan.variables,
            files: Dictionary(plan.files.map { ($0.path, $0.sha256) }, uniquingKeysWith: { $1 }),
            sums: inputs.mapValues { SHA256.hexDigest(of: Array($0.utf8)) },
            operatorName: world.operatorName, machine: world.machine, startedAt: world.now())
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        let text = (try? encoder.encode(manifest)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        // Last, so that a folder with a manifest is whole.
        try DurableFile.make(path + "/run.json", text + "\n")
        return try RunFolder(path: path)
    }

    /// Every record of the journal, in order; a torn last line is left out.
    package func records() throws(ExecutionError) -> [JournalRecord] {
        guard FileManager.default.fileExists(atPath: journalPath) else { return [] }
        return try Journal.records(at: journalPath)
    }

    package func history() throws(ExecutionError) -> RunHistory { RunHistory(try records()) }

    /// The events that were sent, in order. They are kept for reports; what a run goes on from is the journal alone.
    package func events() -> [RunEvent] {
        let data = FileManager.default.contents(atPath: eventsPath) ?? Data()
        return data.split(separator: UInt8(ascii: "\n")).compactMap { line in
            try? JSONDecoder().decode(RunEvent.self, from: Data(line))
        }
    }

    /// Keeps what a person reads of the run; a later attempt writes it anew.
    package func write(report text: String) throws(ExecutionError) { try DurableFile.make(reportPath, text) }

    /// Keeps what clients went through while the run was carried out; a later attempt's follows it.
    package func add(_ canary: CanaryReport) throws(ExecutionError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let text = (try? encoder.encode(canaries + [canary])).map { String(decoding: $0, as: UTF8.self) } ?? "[]"
        try DurableFile.make(canaryPath, text + "\n")
    }

    /// What clients went through, an entry for each attempt that had a canary.
    package var canaries: [CanaryReport] {
        let data = FileManager.default.contents(atPath: canaryPath) ?? Data()
        return (try? JSONDecoder().decode([CanaryReport].self, from: data)) ?? []
    }

    /// - Parameter lock: the path of an ensemble's lock.
    package func summary(lock: (String) -> String) -> RunSummary {
        var summary = RunSummary(
            run: run, ensemble: ensemble, plan: planName, outcome: .interrupted, startedAt: manifest.startedAt)
        guard let history = try? history() else { return summary }
        summary.step = history.currentStep
        summary.isGoingBack = history.isGoingBack
        summary.endedAt = history.end == nil ? nil : history.lastAt
        if let end = history.end {
            summary.outcome = end.outcome
            if end.outcome == .rolledBack {
                summary.rolledBackTo = history.rollback?.to.map { .point($0) } ?? .start
            }
        } else if OperatorLock.holder(of: lock(ensemble))?.run == run, OperatorLock.isHeld(lock(ensemble)) {
            summary.outcome = .running
        }
        return summary
    }

    /// The plan as it was applied, resolved again from what the folder holds.
    ///
    /// It isn't verified again: it was when the run began, and a later version that knows one hazard more must keep nobody
    /// from finishing or undoing what is half done. So what was verified then must still be what lies there.
    package func plan(
        readFile: @escaping @Sendable (String) throws -> [UInt8]
    ) throws(ExecutionError) -> ResolvedPlan {
        try checkInputs(readFile)
        let (manifest, path) = (self.manifest, self.path)
        let loader = PlanLoader { name in
            switch name {
            case manifest.planPath: return try readFile(path + "/plan.yaml")
            case manifest.inventoryPath: return try readFile(path + "/inventory.yaml")
            default:
                let kept = manifest.files?[name].map { path + "/files/" + $0 }
                if let kept, FileManager.default.fileExists(atPath: kept) { return try readFile(kept) }
                return try readFile(name)
            }
        }
        let plan: ResolvedPlan
        do throws(InvalidInput) {
            var facts: EnsembleFacts?
            if FileManager.default.fileExists(atPath: path + "/facts.yaml") {
                facts = try loader.loadFacts(
                    path + "/facts.yaml", inventory: try loader.loadInventory(manifest.inventoryPath))
            }
            plan = try loader.load(
                plan: manifest.planPath, variables: manifest.variables, facts: facts,
                inventoryFile: manifest.inventoryPath)
        } catch {
            let why = error.diagnostics.map(\.message).joined(separator: "; ")
            throw ExecutionError(
                .planUnreadable, "The plan of \(run) can't be read from its folder: \(why).",
                remedy: "Resume it with the version of zkops that began it.")
        }
        for file in plan.files {
            guard let sum = manifest.files?[file.path], sum != file.sha256 else { continue }
            throw ExecutionError(
                .planUnreadable, "The file \(file.path) is not the one that \(run) began with: its SHA-256 was \(sum).",
                remedy: "Put that file back.")
        }
        return plan
    }

    private func checkInputs(_ readFile: (String) throws -> [UInt8]) throws(ExecutionError) {
        for (name, sum) in (manifest.sums ?? [:]).sorted(by: { $0.key < $1.key }) {
            let bytes = try? readFile("\(path)/\(name)")
            guard bytes.map({ SHA256.hexDigest(of: $0) }) != sum else { continue }
            let what =
                bytes == nil
                ? "can't be read" : "was changed since the run began, and what it holds now was never verified"
            throw ExecutionError(
                .planUnreadable, "\(path)/\(name) \(what).",
                remedy:
                    "Put it back as it was (SHA-256 \(sum)); for another way to go on, apply a new plan from new facts."
            )
        }
    }
}
