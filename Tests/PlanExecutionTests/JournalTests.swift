import Checksums
import EnsembleAccess
import EnsembleModel
import Foundation
import Glibc
import Testing

@testable import PlanExecution

@Suite struct JournalTests {
    private static func path() -> String { NSTemporaryDirectory() + "zkops-journal-\(UUID().uuidString).jsonl" }

    private static func filled(_ path: String) throws -> [String] {
        let journal = try Journal(path, now: { 1_768_154_400.25 })
        try journal.append(.runStarted(RunHeader(run: "r", ensemble: "e", plan: "p", digest: "d")))
        try journal.append(.stepBegan(step: "1.1"))
        try journal.append(.actionBegan(action: "1.1.1.1", intent: ActionIntent(changes: true, wasRunning: true)))
        try journal.append(.actionEnded(action: "1.1.1.1", result: ActionResult(change: .changed, seconds: 1.5)))
        return try lines(path)
    }

    private static func lines(_ path: String) throws -> [String] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
    }

    private static func damaged(_ path: String) -> ExecutionError? {
        do {
            _ = try Journal(path, now: { 0 })
            return nil
        } catch {
            return error
        }
    }

    @Test func recordsReadBackAsTheyWere() throws {
        let path = Self.path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        _ = try Self.filled(path)
        let records = try Journal.records(at: path)
        #expect(records.map(\.number) == [1, 2, 3, 4])
        #expect(records[1].entry == .stepBegan(step: "1.1"))
        #expect(records[0].at == 1_768_154_400.25)
        let history = RunHistory(records)
        #expect(history.actions["1.1.1.1"]?.mayHaveChanged == true)
        #expect(history.currentStep == "1.1")
    }

    @Test func aTornLastLineIsCutOffAtEveryByte() throws {
        let path = Self.path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let lines = try Self.filled(path)
        let whole = Array((lines.dropLast().joined(separator: "\n") + "\n").utf8)
        let last = Array(lines[3].utf8)
        for length in stride(from: 0, through: last.count, by: 7) {
            try Data(whole + last.prefix(length)).write(to: URL(fileURLWithPath: path))
            let journal = try Journal(path, now: { 5 })
            #expect(journal.history.actions["1.1.1.1"]?.result == nil)
            // It goes on behind the last whole record.
            try journal.append(.stepEnded(step: "1.1", outcome: .done))
            #expect(try Journal.records(at: path).map(\.number) == [1, 2, 3, 4])
        }
    }

    @Test func aLastLineOfZeroBytesIsCutOff() throws {
        let path = Self.path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        _ = try Self.filled(path)
        let data = try Data(contentsOf: URL(fileURLWithPath: path))
        try (data + Data(repeating: 0, count: 300)).write(to: URL(fileURLWithPath: path))
        #expect(try Journal.records(at: path).count == 4)
    }

    @Test func damageInTheMiddleIsRefusedWithItsLine() throws {
        let path = Self.path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let lines = try Self.filled(path)
        for (name, text) in [
            ("changed", [lines[0], lines[1].replacing("1.1", with: "1.2"), lines[2], lines[3]]),
            ("lost", [lines[0], lines[2], lines[3]]),
            ("swapped", [lines[0], lines[2], lines[1], lines[3]]),
            ("twice", [lines[0], lines[0], lines[1], lines[2], lines[3]]),
            ("emptied", [lines[0], "", lines[2], lines[3]]),
        ] {
            try (text.joined(separator: "\n") + "\n").write(toFile: path, atomically: true, encoding: .utf8)
            let failure = Self.damaged(path)
            #expect(failure?.code == .journalDamaged, "\(name)")
            #expect(failure?.message.contains("\(path):2:") ?? false, "\(name)")
        }
    }

    /// The sum says that it is whole: it is no torn line, and what it says is not thrown away.
    @Test func aRecordOfAnotherVersionIsRefused() throws {
        let path = Self.path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let lines = try Self.filled(path)
        let entry = #"{"stepPainted":{"step":"1.1"}}"#
        let head = #""n":5,"at":5.0"#
        let before = try #require(lines[3].firstMatch(of: /"sum":"([0-9a-f]{16})"/)).1
        let sum = SHA256.hexDigest(of: Array("\(before)\n\(head)\n\(entry)".utf8)).prefix(16)
        let text = (lines + ["{\(head),\"sum\":\"\(sum)\",\"entry\":\(entry)}"]).joined(separator: "\n") + "\n"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        #expect(Self.damaged(path)?.message.contains(":5: this line was written by another version of zkops") == true)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
    }

    /// After a record that could not be written no other is: behind a line that was cut off it would be damage.
    @Test func aFullDiskEndsAJournalForGood() throws {
        let path = Self.path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let journal = try Journal(path, now: { 1 })
        try journal.append(.stepBegan(step: "1.1"))
        let descriptor = try #require(Self.descriptor(of: path))
        let (kept, full) = (dup(descriptor), unsafe open("/dev/full", O_WRONLY | O_CLOEXEC))
        dup2(full, descriptor)
        #expect(throws: ExecutionError.self) { try journal.append(.stepBegan(step: "1.2")) }
        // There is room again, and half of the line arrived after all.
        dup2(kept, descriptor)
        _ = unsafe "{\"n\":2,".utf8CString.withUnsafeBufferPointer { unsafe write(kept, $0.baseAddress, $0.count - 1) }
        for descriptor in [kept, full] { close(descriptor) }
        #expect(throws: ExecutionError.self) { try journal.append(.stepBegan(step: "1.3")) }
        #expect(journal.history.begunSteps == ["1.1"])
        let again = try Journal(path, now: { 2 })
        try again.append(.stepBegan(step: "1.2"))
        #expect(try Journal.records(at: path).map(\.entry) == [.stepBegan(step: "1.1"), .stepBegan(step: "1.2")])
    }

    private static func descriptor(of path: String) -> Int32? {
        let open = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return open.compactMap { Int32($0) }.first {
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")) == path
        }
    }

    @Test func aFileThatCannotBeReadIsNoJournal() throws {
        #expect(throws: ExecutionError.self) { _ = try Journal.records(at: "/nonexistent/journal.jsonl") }
        #expect(throws: ExecutionError.self) { _ = try Journal("/nonexistent/journal.jsonl", now: { 0 }) }
    }

    @Test func onlyTheOwnerCanReadIt() throws {
        let path = Self.path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        _ = try Self.filled(path)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }
}
