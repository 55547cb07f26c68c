import Foundation
import Glibc
import TestSupport
import Testing

/// `make test` reads the corpus and a hundred inputs a reader that the usual seed makes; `make fuzz` as many as fit into
/// `FUZZ_SECONDS`, from a seed of the day's or `FUZZ_SEED`.
@Suite(.serialized) struct FuzzTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let seconds = environment["FUZZ_SECONDS"].flatMap { Double($0) }
    private static let seed = environment["FUZZ_SEED"].flatMap { UInt64($0) } ?? 1
    /// Processor time for one input of at most 64 KB: far above what any takes; under a sanitizer it is larger.
    private static let bound = environment["FUZZ_BOUND"].flatMap { Double($0) } ?? 5
    /// Bytes by which the whole process may have grown: what one input takes is freed before the next.
    private static let growth = 1 << 30

    @Test(arguments: FuzzTarget.all) func theCorpusIsReadInOrder(_ target: FuzzTarget) throws {
        let inputs = try target.inputs()
        #expect(!inputs.isEmpty, "\(target.corpus.path) holds nothing")
        for input in inputs { try Self.run(target, input.bytes, called: input.name) }
    }

    @Test(arguments: FuzzTarget.all) func whateverIsMadeOfItIsReadInOrder(_ target: FuzzTarget) throws {
        let inputs = try target.inputs().map(\.bytes)
        let before = Self.peakBytes
        var mutator = Mutator(random: SeededGenerator(seed: Self.seed), seeds: inputs, words: target.words)
        if Self.seconds == nil { mutator.largest = 8 << 10 }
        let share = Self.seconds.map { $0 / Double(FuzzTarget.all.count) }
        let begin = Self.processorSeconds
        var count = 0
        while share.map({ Self.processorSeconds - begin < $0 }) ?? (count < 100) {
            try Self.run(target, mutator.input(), called: "input \(count) of the seed \(Self.seed)")
            count += 1
        }
        #expect(Self.peakBytes - before < Self.growth)
        if Self.seconds != nil {
            print("\(target.name): \(count) inputs of the seed \(Self.seed) in \(Self.processorSeconds - begin) s")
        }
    }

    // MARK: One input

    /// Where the process ends in the middle, the input stands in this file.
    private static func lastInput(_ target: FuzzTarget) -> String {
        NSTemporaryDirectory() + "zkops-fuzz-\(target.name)"
    }

    private static func run(_ target: FuzzTarget, _ bytes: [UInt8], called name: String) throws {
        let file = lastInput(target)
        if seconds != nil { _ = FileManager.default.createFile(atPath: file, contents: Data(bytes)) }
        let begin = processorSeconds
        do {
            try target.read(bytes)
        } catch {
            try Data(bytes).write(to: URL(fileURLWithPath: file))
            Issue.record("\(target.name), \(name): \(error); the input is in \(file)")
            throw error
        }
        let took = processorSeconds - begin
        if took > bound { try Data(bytes).write(to: URL(fileURLWithPath: file)) }
        try #require(took <= bound, "\(target.name), \(name) took \(took) s; the input is in \(file)")
    }

    /// Of this thread: other tests and a loaded machine don't count.
    private static var processorSeconds: Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static var peakBytes: Int {
        var usage = rusage()
        unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss << 10
    }
}
