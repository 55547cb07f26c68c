import Foundation

/// What `plan check` explores in how long, and in how much memory; held against SPIN on the same model.
struct SearchBenchmark {
    let zkops: String
    let repository: URL
    let rounds: Int

    func run() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("zkops-bench-search-\(getpid())")
        defer { try? FileManager.default.removeItem(at: folder) }
        let examples = repository.appendingPathComponent("examples")
        let nine = try RollingRestart(servers: 9).write(to: folder.appendingPathComponent("nine"))
        let staged = examples.appendingPathComponent("staged-recovery/plan.yaml").path
        try hold("staged recovery, one crash anywhere", staged, failures: 1, to: 2)
        try hold("rolling restart of nine servers, two crashes", nine, failures: 2, to: 60)
        let small = examples.appendingPathComponent("rolling-restart/plan.yaml").path
        try hold("rolling restart of three servers, start to end", small, failures: 1, to: 0.05)
        for plan in [
            "staged-recovery/plan", "staged-recovery-no-lost-writes/plan", "hazards/two-at-once/bad",
            "hazards/two-at-once/fixed",
        ] {
            try compareWithEverything(plan, examples.appendingPathComponent("\(plan).yaml").path)
        }
        let five = try RollingRestart(servers: 5).write(to: folder.appendingPathComponent("five"))
        try compareWithSpin(five, folder)
    }

    // MARK: Examples

    private func hold(_ title: String, _ plan: String, failures: Int, to limit: Double) throws {
        var checks: [Check] = []
        for _ in 1...rounds { checks.append(try check(plan, failures: failures)) }
        let seconds = median(checks.map(\.seconds))
        let processor = rounded(median(checks.map(\.processor)), 3)
        print(
            "\(title): \(checks[0].words(seconds)), \(processor) s of a processor (goal: at most \(rounded(limit)) s)")
    }

    /// What takes too long for `ReductionTests`: the reduced search finds what the full one does.
    private func compareWithEverything(_ title: String, _ plan: String) throws {
        let (reduced, full) = (try check(plan, failures: 1), try check(plan, failures: 1, ["--unreduced"]))
        guard reduced.hazards == full.hazards else {
            throw BenchmarkError(
                "\(title): \(reduced.hazards.symmetricDifference(full.hazards)) are found in one search only")
        }
        print(
            "\(title), nothing reduced: \(full.words(full.seconds)); the same \(full.hazards.count) hazards, "
                + "\(rounded(Double(full.states) / Double(reduced.states), 1)) times the states")
    }

    private struct Check {
        var hazards: Set<Hazard>
        var states: Int
        var seconds: Double
        var processor: Double
        /// Peak resident memory, in MB.
        var memory: Double

        func words(_ seconds: Double) -> String {
            "\(rounded(seconds, 3)) s, \(states) states, \(Int(Double(states) / seconds)) a second, \(rounded(memory, 0)) MB"
        }
    }

    private struct Hazard: Decodable, Hashable {
        var code: String
        var severity: String
        var step: String?
    }

    private struct Answer: Decodable {
        var hazards: [Hazard]
        var statesExplored: Int
        var notExplored: [String]
    }

    /// Whatever the verdict is, the search has to have come to its end.
    private func check(_ plan: String, failures: Int, _ options: [String] = []) throws -> Check {
        let done = try zkops_bench.run(
            zkops, ["plan", "check", plan, "--failures", "\(failures)", "--format", "json"] + options,
            endingWith: [0, 2])
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let answer = try decoder.decode(Answer.self, from: Data(done.output.utf8))
        guard answer.notExplored.isEmpty else { throw BenchmarkError("\(plan): the search gave up") }
        return Check(
            hazards: Set(answer.hazards), states: answer.statesExplored, seconds: done.seconds,
            processor: done.processor,
            memory: done.memory)
    }

    // MARK: SPIN

    /// `Models/rolling-restart.pml` has the events and the states of our search where nothing is reduced, so that both have to find as
    /// many: only then is a state a second of the one comparable with one of the other.
    private func compareWithSpin(_ plan: String, _ folder: URL) throws {
        let failures = 2
        let model = repository.appendingPathComponent("Benchmarks/Models/rolling-restart.pml").path
        let build = "cd \"$1\" && spin -a -DFAILURES=\(failures) \"$2\" && gcc -O2 -DSAFETY -DNOREDUCE -o pan pan.c"
        try zkops_bench.run("/bin/sh", ["-c", build, "sh", folder.path, model])
        var ratios: [Double] = []
        var reduced: [Double] = []
        for round in 1...rounds {
            let ours = try check(plan, failures: failures, ["--unreduced"])
            let theirs = try pan(folder)
            // One more: SPIN also counts the state before the servers are set up.
            guard ours.states + 1 == theirs.states else {
                throw BenchmarkError(
                    "zkops explored \(ours.states) states, and SPIN \(theirs.states): the models differ")
            }
            print("rolling restart of five servers, two crashes, nothing reduced, processor time, round \(round):")
            print("  zkops \(ours.words(ours.processor))")
            print("  SPIN  \(theirs.words(theirs.processor))")
            ratios.append(theirs.processor / ours.processor)
            reduced.append(Double(ours.states) / Double(try check(plan, failures: failures).states))
        }
        print("states a second, zkops / SPIN = \(rounded(median(ratios))) (goal: at least 1.00)")
        print("states with nothing reduced / reduced = \(rounded(median(reduced), 1))")
    }

    private func pan(_ folder: URL) throws -> Check {
        let done = try zkops_bench.run(folder.appendingPathComponent("pan").path, ["-E", "-m1000000", "-w24"])
        guard let errors = number(before: "errors: ", in: done.output, after: true), errors == 0,
            let states = number(before: " states, stored", in: done.output, after: false)
        else { throw BenchmarkError("SPIN printed\n\(done.output)") }
        return Check(
            hazards: [], states: states, seconds: done.seconds, processor: done.processor,
            memory: done.memory)
    }

    private func number(before mark: String, in text: String, after: Bool) -> Int? {
        guard let place = text.range(of: mark) else { return nil }
        let digits =
            after
            ? String(text[place.upperBound...].prefix { $0.isNumber })
            : String(String(text[..<place.lowerBound].reversed().prefix { $0.isNumber }).reversed())
        return Int(digits)
    }
}
