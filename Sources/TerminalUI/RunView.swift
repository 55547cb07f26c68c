import EnsembleAccess
package import EnsembleModel
import PlanExecution

/// Draws a run as it stands: stages, the current step and its actions, a row a server, the last notes. Pure: the same
/// state, size and time give the same lines.
package struct RunView: Sendable {
    package var palette: Palette

    package init(palette: Palette) { self.palette = palette }

    /// Lines of at most `width` columns, at most `height` of them; what matters least is left out first.
    package func draw(_ state: RunViewState, width: Int, height: Int = .max, now: Double) -> [String] {
        var parts = Parts()
        parts.head = [heading(state, width: width, now: now)]
        parts.stages = stageLines(state, width: width, now: now)
        parts.work = workLines(state, width: width, now: now)
        addServers(state, to: &parts, now: now)
        parts.notes = noteLines(state, limit: 5)
        parts.end = endLines(state, width: width)
        return parts.fitted(to: height).map { $0.rendered(palette, width: width) }
    }

    // MARK: Parts

    private func heading(_ state: RunViewState, width: Int, now: Double) -> StyledLine {
        var line = StyledLine(safeForTerminal(state.ensemble), .strong)
        line.add(palette.separator + safeForTerminal(state.plan))
        line.add(palette.separator + "run " + safeForTerminal(state.run), .faint)
        switch state.attempt {
        case .apply: break
        case .resume: line.add(palette.separator + "resumed", .caution)
        case .rollback: line.add(palette.separator + "going back", .caution)
        }
        let seconds = state.ending?.seconds ?? state.startedAt.map { now - $0 } ?? 0
        line.addAtRight(Amounts.elapsed(seconds), .strong, width: width)
        return line
    }

    private func stageLines(_ state: RunViewState, width: Int, now: Double) -> [StyledLine] {
        state.stages.enumerated().map { index, stage in
            let (mark, paint): (String, Paint) =
                switch stage.mark {
                case .pending: (" ", .faint)
                case .running: (palette.current, .active)
                case .done: (palette.done, .good)
                case .failed: (palette.failed, .bad)
                }
            var line = StyledLine("\(mark) ", paint)
            let name = "\(index + 1) \(safeForTerminal(stage.name))"
            line.add(name, stage.mark == .running ? .strong : stage.mark == .pending ? .faint : .plain)
            if stage.mark == .running, state.steps > 0 {
                line.add("  step \(min(state.currentStep, state.steps)) of \(state.steps)", .faint)
            }
            if let start = stage.startedAt {
                line.addAtRight(Amounts.elapsed((stage.endedAt ?? now) - start), .faint, width: width)
            }
            return line
        }
    }

    private func workLines(_ state: RunViewState, width: Int, now: Double) -> [StyledLine] {
        var lines: [StyledLine] = []
        for (depth, step) in state.openSteps.enumerated() {
            let margin = String(repeating: "  ", count: depth)
            var line = StyledLine(margin + step.id + " ", .active)
            line.add(safeForTerminal(step.title), .strong)
            line.addAtRight(Amounts.elapsed(now - step.startedAt), .faint, width: width)
            lines.append(line)
            for action in step.actions {
                lines += actionLines(action, margin: margin + "  ", width: width, now: now)
            }
        }
        return lines
    }

    private func actionLines(
        _ action: RunAction, margin: String, width: Int, now: Double
    ) -> [StyledLine] {
        let done = action.seconds != nil
        var line = StyledLine(margin + (done ? palette.done : palette.current) + " ", done ? .good : .active)
        line.add(safeForTerminal(action.summary))
        if action.change == .already { line.add("  already so", .faint) }
        line.addAtRight(Amounts.elapsed(action.seconds ?? now - action.startedAt), .faint, width: width)
        var lines = [line]
        guard !done else { return lines }
        if let copy = action.copy { lines.append(copyLine(copy, margin: margin + "  ", width: width)) }
        if let waiting = action.waiting {
            let text = "waiting: \(safeForTerminal(waiting.forWhat))"
            var line = StyledLine(margin + "  " + text, .caution)
            line.add("  " + Amounts.elapsed(now - waiting.since), .faint)
            lines.append(line)
        }
        return lines
    }

    private func copyLine(_ copy: RunAction.Copy, margin: String, width: Int) -> StyledLine {
        let fraction = copy.bytesInAll > 0 ? Double(copy.bytesDone) / Double(copy.bytesInAll) : 0
        var line = StyledLine(margin)
        line.add(palette.bar(fraction, width: width < 90 ? 12 : 24), .active)
        let percent = "\(Int((max(0, min(1, fraction)) * 100).rounded(.down)))%"
        line.add(" " + padded(percent, to: 4, right: true), .strong)
        line.add("  \(Amounts.bytes(copy.bytesDone)) of \(Amounts.bytes(copy.bytesInAll))")
        guard copy.bytesPerSecond > 0 else { return line }
        line.add("  \(Amounts.bytes(Int(min(copy.bytesPerSecond, 1e15))))/s")
        let left = Double(max(0, copy.bytesInAll - copy.bytesDone)) / copy.bytesPerSecond
        line.add("  \(Amounts.elapsed(left)) left", .faint)
        return line
    }

    private func addServers(_ state: RunViewState, to parts: inout Parts, now: Double) {
        let names = state.serverNames
        guard !names.isEmpty else { return }
        let nameWidth = max(6, names.map { displayWidth(safeForTerminal($0.description)) }.max() ?? 0)
        let columns = padded("SERVER", to: nameWidth) + "  MODE        ZXID           SYNCED  WAITING"
        parts.serverHeader = StyledLine(columns, .faint)
        for name in names {
            let pulse = state.servers[name]
            let waiting = state.waiting(for: name)
            var line = StyledLine(padded(safeForTerminal(name.description), to: nameWidth) + "  ")
            line.add(padded(pulse?.mode.rawValue ?? "?", to: 12), pulse.map { Self.paint($0.mode) } ?? .faint)
            line.add(padded(pulse?.zxid?.description ?? "-", to: 15))
            line.add(padded(pulse?.syncedFollowers.map(String.init) ?? "-", to: 8))
            if let waiting {
                // How long first, as the words may not fit; the server's own name begins the row already.
                let own = "\(name) "
                let words = waiting.forWhat.hasPrefix(own) ? waiting.forWhat.dropFirst(own.count) : waiting.forWhat[...]
                line.add(Amounts.elapsed(now - waiting.since) + "  ", .faint)
                line.add(safeForTerminal(String(words)), .caution)
            } else if let remark = pulse?.remark {
                line.add(safeForTerminal(remark), .faint)
            }
            let runs = pulse.map { $0.mode != .stopped } ?? false
            parts.servers.append(Parts.ServerRow(line: line, matters: runs || waiting != nil))
        }
    }

    private func noteLines(_ state: RunViewState, limit: Int) -> [StyledLine] {
        state.notes.suffix(limit).map { note in
            var line = StyledLine(Amounts.timeOfDay(note.at) + " ", .faint)
            line.add(safeForTerminal(note.text))
            return line
        }
    }

    private func endLines(_ state: RunViewState, width: Int) -> [StyledLine] {
        var lines: [StyledLine] = []
        if let failure = state.failure {
            let place = failure.step.map { "\($0): " } ?? ""
            let message = wrapped(safeForTerminal(place + failure.message), to: max(20, width - 2))
            lines += message.enumerated().map { index, text in
                failure.isWish
                    ? StyledLine((index == 0 ? palette.warning : " ") + " " + text, .caution)
                    : StyledLine((index == 0 ? palette.failed : " ") + " " + text, .bad)
            }
            if !failure.remedy.isEmpty {
                lines += failure.remedy.split(separator: "\n").flatMap {
                    wrapped(safeForTerminal($0), to: max(20, width - 2))
                }
                .map { StyledLine("  " + $0) }
            }
        }
        if let ending = state.ending { lines.append(Self.ending(ending, palette: palette)) }
        return lines
    }

    /// `✓ succeeded in 3:02; clients had no serving quorum for 1.2 s`
    package static func ending(_ ending: RunViewState.Ending, palette: Palette) -> StyledLine {
        let (mark, paint): (String, Paint) =
            switch ending.outcome {
            case .succeeded, .rolledBack: (palette.done, .good)
            case .stopped: (palette.warning, .caution)
            case .failed, .interrupted, .running: (palette.failed, .bad)
            }
        let outcome = ending.outcome == .rolledBack ? "rolled back" : ending.outcome.rawValue
        let unavailable = ending.unavailableSeconds.map {
            $0 > 0 ? "; clients had no serving quorum for \(Amounts.took($0))" : "; a quorum served all the time"
        }
        return StyledLine("\(mark) \(outcome) in \(Amounts.took(ending.seconds))\(unavailable ?? "")", paint)
    }

    package static func paint(_ mode: Mode) -> Paint {
        switch mode {
        case .leader: .strong
        case .follower, .observer, .standalone: .good
        case .looking, .readOnly: .bad
        case .stopped: .faint
        }
    }
}

/// The parts of the view, and which of them give way when the terminal has too few rows.
private struct Parts {
    struct ServerRow {
        var line: StyledLine
        /// Whether it runs or is waited for; the others are left out first.
        var matters: Bool
    }

    var head: [StyledLine] = []
    var stages: [StyledLine] = []
    var work: [StyledLine] = []
    var serverHeader: StyledLine?
    var servers: [ServerRow] = []
    var notes: [StyledLine] = []
    var end: [StyledLine] = []

    func fitted(to height: Int) -> [StyledLine] {
        // A blank line stands between parts that have lines, as long as there is room for it.
        let spaced = Array(all.joined(separator: [StyledLine()]))
        if spaced.count <= height { return spaced }
        var parts = self
        while parts.flat.count > height, parts.notes.count > 1 { parts.notes.removeFirst() }
        while parts.flat.count > height, parts.stages.count > 1 { parts.stages.removeFirst() }
        while parts.flat.count > height, !parts.notes.isEmpty { parts.notes.removeFirst() }
        if parts.flat.count > height { parts.hideServers(parts.flat.count - height) }
        return Array(parts.flat.suffix(max(1, height)))
    }

    private mutating func hideServers(_ excess: Int) {
        // One more, for the line that says so.
        let hidden = min(servers.count, excess + 1)
        for _ in 0..<hidden {
            servers.remove(at: servers.lastIndex { !$0.matters } ?? servers.count - 1)
        }
        servers.append(ServerRow(line: StyledLine("and \(hidden) more servers", .faint), matters: false))
    }

    private var all: [[StyledLine]] {
        [head + stages, work, (serverHeader.map { [$0] } ?? []) + servers.map(\.line), notes, end]
            .filter { !$0.isEmpty }
    }

    private var flat: [StyledLine] { all.flatMap { $0 } }
}
