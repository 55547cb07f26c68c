import Checksums
import Foundation

/// How a record stands in the journal: one line of JSON,
/// `{"n":3,"at":1736618531.204,"sum":"…","entry":{…}}`.
///
/// `sum` is the start of the SHA-256 of the sum before it, the line's number and time, and the bytes of the entry; so a line that was
/// changed, lost or moved is found, and so is one that was cut off.
enum JournalCoding {
    /// The sum before the first line.
    static let firstSum = "0000000000000000"

    static func line(_ record: JournalRecord, after sum: String) -> (line: String, sum: String) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Every part of an entry is encodable; a failure here is a defect of this program.
        let bytes = try? encoder.encode(record.entry)
        guard let bytes else { preconditionFailure("a journal entry can't be encoded: \(record.entry)") }
        let entry = String(decoding: bytes, as: UTF8.self)
        let head = "\"n\":\(record.number),\"at\":\(record.at)"
        let next = self.sum(head: head, entry: entry, after: sum)
        return ("{\(head),\"sum\":\"\(next)\",\"entry\":\(entry)}\n", next)
    }

    /// A whole record of a kind that this version does not know.
    struct Unknown: Error {}

    /// - Returns: nil where the line is not a whole record that follows `sum`.
    static func record(_ line: some StringProtocol, after sum: String) throws(Unknown) -> (
        record: JournalRecord, sum: String
    )? {
        guard line.hasPrefix("{\"n\":"), line.hasSuffix("}"),
            let marker = line.range(of: ",\"sum\":\""), let entryMarker = line.range(of: "\",\"entry\":")
        else { return nil }
        let head = String(line[line.index(after: line.startIndex)..<marker.lowerBound])
        guard marker.upperBound <= entryMarker.lowerBound else { return nil }
        let written = line[marker.upperBound..<entryMarker.lowerBound]
        let entry = String(line[entryMarker.upperBound..<line.index(before: line.endIndex)])
        guard written == self.sum(head: head, entry: entry, after: sum) else { return nil }
        let fields = head.split(separator: ",").map { $0.split(separator: ":").last ?? "" }
        guard fields.count == 2, let number = Int(fields[0]), let at = Double(fields[1]) else { return nil }
        // The sum says that it was written so; to take it for torn would lose what it says.
        guard let decoded = try? JSONDecoder().decode(JournalEntry.self, from: Data(entry.utf8)) else {
            throw Unknown()
        }
        return (JournalRecord(number: number, at: at, entry: decoded), String(written))
    }

    private static func sum(head: String, entry: String, after sum: String) -> String {
        String(SHA256.hexDigest(of: Array("\(sum)\n\(head)\n\(entry)".utf8)).prefix(16))
    }
}

/// What a journal file holds.
struct JournalContents {
    var records: [JournalRecord] = []
    /// Bytes of the whole records; what follows is a torn line.
    var goodBytes = 0
    var sum = JournalCoding.firstSum

    /// A last line that is cut off or does not match its sum is left out: the process or the machine died while it was
    /// written, and what it announces was not begun. Anything wrong before it is damage.
    init(_ bytes: [UInt8], name: String) throws(ExecutionError) {
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n"))
            let line = String(decoding: bytes[start..<(end ?? bytes.count)], as: UTF8.self)
            let number = records.count + 1
            let record: (record: JournalRecord, sum: String)?
            do throws(JournalCoding.Unknown) {
                record = try JournalCoding.record(line, after: sum)
            } catch {
                throw ExecutionError(
                    .journalDamaged, "\(name):\(number): this line was written by another version of zkops.",
                    remedy: "Go on, or back, with the version that began the run or a later one; nothing was changed.")
            }
            guard let end, let next = record, next.record.number == number else {
                guard let end, end + 1 < bytes.count else { return }
                throw ExecutionError(
                    .journalDamaged, "\(name):\(number): this line of the journal is damaged, and others follow it.",
                    remedy: "Restore the file from a backup, or look at the hosts and make a new plan from new facts.")
            }
            records.append(next.record)
            sum = next.sum
            start = end + 1
            goodBytes = start
        }
    }
}
