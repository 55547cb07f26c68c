import EnsembleModel
package import PlanExecution
import Synchronization

package struct TerminalSize: Sendable, Hashable {
    package var columns: Int
    package var rows: Int

    package init(columns: Int, rows: Int) {
        self.columns = columns
        self.rows = rows
    }
}

/// Shows a run while it goes on. Events come from any task, in their order; `tick` comes several times a second and repaints.
package final class RunDisplay: Sendable {
    package enum Form: Sendable {
        /// Repaints in place; only for a terminal.
        case live
        case lines
        /// One JSON object a line.
        case json
    }

    private struct State {
        var view: RunViewState
        var lines: RunLines
        var repainter = Repainter()
        /// Warnings, which stay in the terminal's history above the view.
        var above: [String] = []
        var changed = true
        var paintedSecond = -1.0
        var isPaused = false
    }

    private let form: Form
    private let view: RunView
    private let state: Mutex<State>
    private let write: @Sendable (String) -> Void
    private let size: @Sendable () -> TerminalSize
    private let now: @Sendable () -> Double

    package init(
        form: Form, palette: Palette, state: RunViewState, size: @escaping @Sendable () -> TerminalSize,
        now: @escaping @Sendable () -> Double, write: @escaping @Sendable (String) -> Void
    ) {
        self.form = form
        view = RunView(palette: palette)
        self.state = Mutex(State(view: state, lines: RunLines(palette: palette)))
        self.size = size
        self.now = now
        self.write = write
    }

    package func receive(_ event: RunEvent) {
        state.withLock { state in
            switch form {
            case .json: write(RunEventJSON.line(event) + "\n")
            case .lines: write(state.lines.lines(event).map { $0 + "\n" }.joined())
            case .live:
                state.view.apply(event)
                state.changed = true
                if case .warning(let text) = event.kind { state.above.append(warning(text, at: event.at)) }
                if case .runFinished = event.kind { paint(&state) }
            }
        }
    }

    /// Repaints where something changed or a second passed.
    package func tick() {
        guard form == .live else { return }
        state.withLock { state in
            guard state.changed || now().rounded(.down) != state.paintedSecond else { return }
            paint(&state)
        }
    }

    /// Takes the view away while `question` uses the terminal; events are folded meanwhile.
    package func paused<Answer: Sendable>(_ question: @Sendable () async -> Answer) async -> Answer {
        guard form == .live else { return await question() }
        state.withLock { state in
            write(state.repainter.clear(width: size().columns))
            state.isPaused = true
        }
        let answer = await question()
        state.withLock { $0.isPaused = false }
        return answer
    }

    /// Paints once more and leaves the view where it stands.
    package func finish() {
        guard form == .live else { return }
        state.withLock { state in
            paint(&state)
            state.repainter.leave()
            state.isPaused = true
        }
    }

    private func paint(_ state: inout State) {
        guard !state.isPaused else { return }
        let size = size()
        let moment = now()
        // The row below the view is the cursor's.
        let height = max(3, size.rows - 1 - state.above.count)
        let lines = view.draw(state.view, width: size.columns, height: height, now: moment)
        write(state.repainter.repaint(lines, above: state.above, width: size.columns))
        state.above = []
        state.changed = false
        state.paintedSecond = moment.rounded(.down)
    }

    private func warning(_ text: String, at: Double) -> String {
        var line = StyledLine(Amounts.timeOfDay(at) + " ", .faint)
        line.add("! " + safeForTerminal(text), .caution)
        return line.rendered(view.palette)
    }
}
