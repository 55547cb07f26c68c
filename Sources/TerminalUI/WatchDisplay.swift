package import EnsembleAccess
import EnsembleModel
package import PlanExecution
import Synchronization

/// Shows an ensemble that is watched: on a terminal a table that is repainted in place, with what happened scrolling away above
/// it; elsewhere a line for each thing that happened; or JSON, one object a line.
package final class WatchDisplay: Sendable {
    package enum Form: Sendable {
        case live, lines, json
    }

    private struct State {
        var repainter = Repainter()
        var status: EnsembleStatus?
        var missing: String?
        var isWritable = true
    }

    private let form: Form
    private let palette: Palette
    private let size: @Sendable () -> TerminalSize
    private let write: @Sendable (String) -> Bool
    private let state = Mutex(State())

    /// - Parameter write: whether somebody still reads.
    package init(
        form: Form, palette: Palette, size: @escaping @Sendable () -> TerminalSize,
        write: @escaping @Sendable (String) -> Bool
    ) {
        self.form = form
        self.palette = palette
        self.size = size
        self.write = write
    }

    /// - Returns: false once nobody reads any more.
    @discardableResult
    package func show(_ events: [WatchEvent], _ status: EnsembleStatus) -> Bool {
        state.withLock { state in
            guard state.isWritable else { return false }
            state.status = status
            for case .waiting(let missing) in events.map(\.kind) { state.missing = missing }
            let text: String
            switch form {
            case .json: text = events.map { WatchText.json($0) + "\n" }.joined()
            case .lines: text = events.map { WatchText.line($0, palette) + "\n" }.joined()
            case .live: text = painted(&state, events)
            }
            if !text.isEmpty { state.isWritable = write(text) }
            return state.isWritable
        }
    }

    /// The last line.
    package func end(_ end: EnsembleWatch.End, at: Double) {
        state.withLock { state in
            guard state.isWritable else { return }
            state.repainter.leave()
            switch form {
            case .json: _ = write(WatchText.json(end, at: at) + "\n")
            case .lines, .live:
                if let text = WatchText.sentence(end) { _ = write("\(WatchText.time(at)) \(text)\n") }
            }
        }
    }

    private func painted(_ state: inout State, _ events: [WatchEvent]) -> String {
        guard let status = state.status else { return "" }
        let size = size()
        var lines = StatusView(status).lines(palette, width: size.columns, cutsHeadline: true)
        if let missing = state.missing {
            let words = wrapped("waiting: " + safeForTerminal(missing), to: size.columns)
            lines += [""] + words.map { palette.text($0, .caution) }
        }
        // The row below is the cursor's; of a table that is too high, the beginning is shown.
        lines = Array(lines.prefix(max(3, size.rows - 1)))
        let above = events.filter { !$0.isWaiting }.map { WatchText.line($0, palette) }
        return state.repainter.repaint(lines, above: above, width: size.columns)
    }
}

extension WatchEvent {
    fileprivate var isWaiting: Bool {
        if case .waiting = kind { true } else { false }
    }
}
