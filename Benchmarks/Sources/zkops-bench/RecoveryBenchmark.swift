import Foundation

/// The whole staged recovery by zkops, against the same recovery driven locally (``LocalRecovery``), on labs raised alike.
struct RecoveryBenchmark {
    let zkops: String
    let repository: URL
    let rounds: Int

    func run() throws {
        var ratios: [Double] = []
        for round in 1...rounds {
            let local = try measured("local") { lab in
                let recovery = LocalRecovery(
                    lab: lab.lab, addresses: try lab.addresses(), old: "3.4.6", new: "3.4.14")
                return try seconds { try recovery.run() }
            }
            let applied = try measured("applied") { lab in
                let facts = lab.folder.appendingPathComponent("facts.yaml").path
                let plan = repository.appendingPathComponent("plans/staged-recovery-3-to-5.yaml").path
                try lab("ensemble", "facts", "-i", lab.inventory, "--plan", plan, "-o", facts)
                return try lab("plan", "apply", plan, "-i", lab.inventory, "--facts", facts, "--yes").seconds
            }
            ratios.append(applied / local)
            print("recovery, round \(round): zkops \(rounded(applied)) s, local \(rounded(local)) s")
        }
        print("recovery: zkops / local without SSH = \(rounded(median(ratios))) (goal: at most 1.10)")
    }

    private func measured(_ name: String, _ body: (BenchLab) throws -> Double) throws -> Double {
        let lab = try BenchLab(zkops: zkops, name: name)
        defer { lab.down() }
        try lab.lab("up", ["--version", "3.4.6", "--next-version", "3.4.14"])
        try lab.lab("load", ["--znodes", "20000"])
        try lab.lab("break", ["listener-death"])
        return try body(lab)
    }
}
