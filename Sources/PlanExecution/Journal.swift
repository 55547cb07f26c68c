import Synchronization

/// The journal of one run and what it amounts to so far. Every record is flushed to the disk before `append` returns.
final class Journal: Sendable {
    /// Called around each record, for tests that let the process die there.
    typealias Probe = @Sendable (_ record: JournalRecord, _ isWritten: Bool) throws(ExecutionError) -> Void

    private struct State {
        var history: RunHistory
        var count: Int
        var sum: String
        /// Of whole records.
        var bytes: Int
        /// Why nothing more is written: after a record that may be cut off, another would be damage.
        var broken: ExecutionError?
    }

    private let file: DurableFile
    private let now: @Sendable () -> Double
    private let probe: Probe?
    private let state: Mutex<State>

    /// Opens the journal and cuts off a torn last line.
    init(_ path: String, now: @escaping @Sendable () -> Double, probe: Probe? = nil) throws(ExecutionError) {
        file = try DurableFile(path)
        let bytes = try file.contents()
        let contents = try JournalContents(bytes, name: path)
        if contents.goodBytes < bytes.count {
            try file.truncate(to: contents.goodBytes)
            try file.flush()
        }
        self.now = now
        self.probe = probe
        state = Mutex(
            State(
                history: RunHistory(contents.records), count: contents.records.count, sum: contents.sum,
                bytes: contents.goodBytes))
    }

    var history: RunHistory { state.withLock { $0.history } }

    func append(_ entry: JournalEntry) throws(ExecutionError) {
        try state.withLock { (state) throws(ExecutionError) in
            if let broken = state.broken { throw broken }
            let at = (now() * 1000).rounded() / 1000
            let record = JournalRecord(number: state.count + 1, at: at, entry: entry)
            let (line, sum) = JournalCoding.line(record, after: state.sum)
            try probe?(record, false)
            do throws(ExecutionError) {
                try file.append(line)
                try file.flush()
            } catch {
                state.broken = error
                try? file.truncate(to: state.bytes)
                throw error
            }
            state.bytes += line.utf8.count
            state.count += 1
            state.sum = sum
            state.history.apply(record)
            try probe?(record, true)
        }
    }

    static func records(at path: String) throws(ExecutionError) -> [JournalRecord] {
        try JournalContents(DurableFile.contents(of: path), name: path).records
    }
}
