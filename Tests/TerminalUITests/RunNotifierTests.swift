import Foundation
import PlanExecution
import Synchronization
import TestSupport
import Testing

@testable import TerminalUI

@Suite struct RunNotifierTests {
    /// What was delivered and warned of, on a clock that only deliveries move.
    private final class Witness: Sendable {
        let lines = Mutex<[String]>([])
        let limits = Mutex<[Duration]>([])
        let warnings = Mutex<[String]>([])
        let clock = Mutex(Duration.zero)

        func notifier(
            _ limits: RunNotifier.Limits = .init(), each: Duration = .zero,
            _ answer: @escaping @Sendable () async -> String? = { nil }
        ) -> RunNotifier {
            RunNotifier(
                limits: limits, monotonic: { self.clock.withLock { $0 } },
                deliver: { line, limit in
                    self.lines.withLock { $0.append(line) }
                    self.limits.withLock { $0.append(limit) }
                    self.clock.withLock { $0 += each }
                    return await answer()
                }, warn: { text in self.warnings.withLock { $0.append(text) } })
        }
    }

    private func notes(_ count: Int) -> [RunEvent] { (0..<count).map { SampleRun.event(0, .note("\($0)")) } }

    private func messages(_ lines: [String]) -> [String] {
        lines.map { $0.components(separatedBy: #""message":""#).last?.prefix { $0 != "\"" }.description ?? "" }
    }

    @Test func everyEventInItsOrderWithTheRun() async throws {
        let witness = Witness()
        let notifier = witness.notifier()
        for event in SampleRun.copying + SampleRun.failed.dropFirst(SampleRun.beginning.count) {
            notifier.receive(event)
        }
        notifier.end()
        await notifier.run()
        let lines = witness.lines.withLock { $0 }
        try expectGolden(lines.map { $0 + "\n" }.joined(), "TerminalUI/run-notifications.jsonl")
        #expect(witness.warnings.withLock { $0 } == [])
    }

    @Test func whatAServerSaysIsOneLineOfData() async {
        let witness = Witness()
        let notifier = witness.notifier()
        notifier.receive(SampleRun.event(0, .warning("zk1 said: \"; $(reboot)\n\u{1b}[2J\u{9b}`id`")))
        notifier.end()
        await notifier.run()
        #expect(
            messages(witness.lines.withLock { $0 }) == [#"zk1 said: \"#]
                && witness.lines.withLock { lines in
                    lines.allSatisfy { line in line.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value < 127 } }
                })
    }

    @Test func failuresAreWarnedOfOnceAndTheNextIsTried() async {
        let witness = Witness()
        let notifier = witness.notifier { "ended with 7: no route" }
        for event in notes(3) { notifier.receive(event) }
        notifier.end()
        await notifier.run()
        #expect(messages(witness.lines.withLock { $0 }) == ["0", "1", "2"])
        #expect(
            witness.warnings.withLock { $0 } == [
                "the notifier did not take an event: it ended with 7: no route; the run goes on"
            ])
    }

    @Test func theRunDoesNotWaitForADelivery() async {
        let witness = Witness()
        let (gate, opener) = AsyncStream<Void>.makeStream()
        let notifier = witness.notifier {
            for await _ in gate { break }
            return nil
        }
        let telling = Task { await notifier.run() }
        for event in notes(2) { notifier.receive(event) }
        // Nothing was taken yet, and both are received.
        opener.finish()
        notifier.receive(SampleRun.event(0, .note("2")))
        notifier.end()
        await telling.value
        #expect(messages(witness.lines.withLock { $0 }) == ["0", "1", "2"])
    }

    @Test func ofTooManyTheOldestAreLeftOut() async {
        let witness = Witness()
        var limits = RunNotifier.Limits()
        limits.waiting = 3
        let notifier = witness.notifier(limits)
        for event in notes(6) { notifier.receive(event) }
        notifier.end()
        await notifier.run()
        #expect(messages(witness.lines.withLock { $0 }) == ["3", "4", "5"])
        #expect(witness.warnings.withLock { $0.count } == 1)
    }

    @Test func theEndHasALimit() async {
        let witness = Witness()
        let notifier = witness.notifier(each: .seconds(4))
        for event in notes(6) { notifier.receive(event) }
        notifier.end()
        await notifier.run()
        #expect(messages(witness.lines.withLock { $0 }) == ["0", "1", "2"])
        #expect(witness.limits.withLock { $0 } == [.seconds(10), .seconds(6), .seconds(2)])
        #expect(
            witness.warnings.withLock { $0 } == [
                "the notifier did not take an event: it was too slow for the last events; the run goes on"
            ])
    }
}
