import EnsembleAccess
import EnsembleModel
import PlanLanguage

/// How one action is undone.
struct UndoAction: Sendable, Hashable {
    enum Inverse: Sendable, Hashable {
        /// `wasServing`: whether it served when it was stopped, and must serve again.
        case start(ServerName, wasServing: Bool)
        /// `clears`: it was empty before it was started, so what it got since goes into the run's backup.
        case stop(ServerName, limit: Duration, clears: Bool)
        case restoreFile(FilePlace)
        case restoreData(ServerName)
        case removeCopiedData(ServerName)
        case deleteZnodes([String], through: ServerName)
        case uninstall(ServerName)
        case reconfig(through: ServerName, add: [String], remove: [ServerID])
        case command(CommandOperation, undo: String)
        /// It stays as it is; why.
        case impossible(String)
    }

    /// For the journal: the action's own, with a suffix where undoing one takes several.
    var id: String
    /// The action that is undone.
    var action: String
    var step: String
    var inverse: Inverse

    var startedServer: ServerName? {
        if case .start(let server, _) = inverse { server } else { nil }
    }

    var stoppedServer: ServerName? {
        if case .stop(let server, _, _) = inverse { server } else { nil }
    }

    /// The server whose process, files, software or data it changes.
    var server: ServerName? {
        switch inverse {
        case .start(let server, _), .stop(let server, _, _), .restoreData(let server), .removeCopiedData(let server),
            .uninstall(let server):
            server
        case .restoreFile(let place): place.server
        case .deleteZnodes, .reconfig, .command, .impossible: nil
        }
    }

    /// The server of which it puts back a file or the software.
    var restoredServer: ServerName? {
        switch inverse {
        case .restoreFile, .uninstall: server
        default: nil
        }
    }

    var isFile: Bool {
        if case .restoreFile = inverse { true } else { false }
    }

    var summary: String {
        switch inverse {
        case .start(let server, _): "start \(server) again"
        case .stop(let server, _, let clears): "stop \(server)" + (clears ? " and move its data aside" : "")
        case .restoreFile(.config(let server)): "put back the configuration of \(server)"
        case .restoreFile(.myid(let server)): "put back the myid of \(server)"
        case .restoreFile(.installation(let server, let path)): "put back \(path) of \(server)"
        case .restoreFile(.host(let host, let path)): "put back \(path) of \(host)"
        case .restoreData(let server): "put back the data of \(server)"
        case .removeCopiedData(let server): "move the copied data of \(server) aside"
        case .deleteZnodes(let paths, let through): "delete \(paths.count) znodes that were written, through \(through)"
        case .uninstall(let server): "put back the software of \(server)"
        case .reconfig(let through, let add, let remove):
            "reconfigure through \(through): add \(add.joined(separator: ", ")); remove \(remove)"
        case .command(let command, _): "on \(command.host), undo: \(command.title)"
        case .impossible(let why): "stays as it is: \(why)"
        }
    }
}

/// The way back from where a run is to a rollback point, told from the plan and the journal alone.
///
/// It is the way there backwards, but for the files of a server: they are put back before it is restarted, or it would run with what
/// was edited since.
struct UndoPlan: Sendable {
    let actions: [UndoAction]

    /// What belongs together: one action, or all that restarts one server.
    struct Unit: Sendable, Hashable {
        var actions: [UndoAction]
        /// nil where it is no restart.
        var restarted: ServerName?
    }

    /// Restarts that follow one another may be done in any order.
    var units: [Unit] {
        var units: [Unit] = []
        var index = 0
        while index < actions.count {
            let end = endOfRestart(from: index) ?? index
            let server = end > index ? actions[index].server : nil
            units.append(Unit(actions: Array(actions[index...end]), restarted: server))
            index = end + 1
        }
        return units
    }

    private func endOfRestart(from index: Int) -> Int? {
        guard let server = actions[index].server else { return nil }
        var isStopped = false
        for next in index..<actions.count {
            guard actions[next].server == server else { return nil }
            if actions[next].stoppedServer != nil { isStopped = true }
            if actions[next].startedServer != nil { return isStopped ? next : nil }
        }
        return nil
    }

    /// - Parameter point: nil is the start of the run.
    init(_ plan: ResolvedPlan, _ history: RunHistory, to point: String?) throws(ExecutionError) {
        let planned = Dictionary(plan.everyAction.map { ($0.id, $0) }) { first, _ in first }
        var ids = Self.standing(plan, history)
        if let point {
            guard let place = Self.place(of: point, in: ids, plan, history) else {
                throw ExecutionError(
                    .pointUnknown, "The run has not passed a rollback point called \(point).",
                    remedy: Self.choice(Self.points(ids, planned, history)))
            }
            ids = ids[(place + 1)...]
        }
        if let lost = ids.first(where: { history.actions[$0]?.mayHaveChanged == true && planned[$0] == nil }) {
            throw ExecutionError(
                .planUnreadable,
                "The run did \(lost), and the plan as this version of zkops reads it has no such action.",
                remedy: "Go back with the version that began the run.")
        }
        let backwards = ids.reversed().compactMap { id -> UndoAction? in
            guard let action = history.actions[id], action.mayHaveChanged, let planned = planned[id] else { return nil }
            return planned.operation.inverse(of: action).map {
                UndoAction(id: id, action: id, step: planned.step, inverse: $0)
            }
        }
        let restarted = Self.restartedActions(plan)
        let cutOff = Set(
            backwards.map(\.action).filter {
                history.actions[$0]?.result == nil && history.actions[$0]?.failure == nil
            })
        let ordered = Self.filesFirst(backwards, restarted, cutOff)
        actions = Self.restarting(Self.restartedEarlier(planned, history, standing: ids), ordered)
    }

    /// Servers that an earlier rollback of this run restarted, and that served: they loaded what stood in their files then, also what is
    /// undone only now.
    private static func restartedEarlier(
        _ planned: [String: PlannedAction], _ history: RunHistory, standing: ArraySlice<String>
    ) -> [ServerName: (limit: Duration, wasServing: Bool)] {
        var stopped: [ServerName: Duration] = [:]
        var restarted: [ServerName: (limit: Duration, wasServing: Bool)] = [:]
        for id in history.order[standing.endIndex...].reversed() where history.undone.contains(id) {
            switch planned[id]?.operation {
            case .start(let server, _, let limit)?: stopped[server] = limit
            case .stop(let server, _)?:
                guard let limit = stopped.removeValue(forKey: server) else { continue }
                restarted[server] = (limit, history.actions[id]?.intent.wasServing ?? false)
            default: break
            }
        }
        return restarted
    }

    /// Those of them whose files are put back now, and that are neither stopped nor started later, are restarted behind the files.
    private static func restarting(
        _ restarted: [ServerName: (limit: Duration, wasServing: Bool)], _ actions: [UndoAction]
    ) -> [UndoAction] {
        var behind: [Int: [UndoAction]] = [:]
        for (server, how) in restarted.sorted(by: { $0.key < $1.key }) {
            guard let last = actions.lastIndex(where: { $0.isFile && $0.server == server }),
                !actions[last...].contains(where: { $0.stoppedServer == server || $0.startedServer == server })
            else { continue }
            let place = actions[last...].firstIndex { !$0.isFile } ?? actions.count
            var (stop, start) = (actions[last], actions[last])
            stop.id += "+stop"
            stop.inverse = .stop(server, limit: how.limit, clears: false)
            start.id += "+start"
            start.inverse = .start(server, wasServing: how.wasServing)
            behind[place, default: []] += [stop, start]
        }
        return (0...actions.count).flatMap { index in
            (behind[index] ?? []) + (index < actions.count ? [actions[index]] : [])
        }
    }

    private static func points(
        _ ids: ArraySlice<String>, _ planned: [String: PlannedAction], _ history: RunHistory
    ) -> [String] {
        ids.compactMap { id in
            guard history.actions[id]?.result != nil, case .rollbackPoint(let name)? = planned[id]?.operation else {
                return nil
            }
            return name
        }
    }

    private static func choice(_ points: [String]) -> String {
        "Known are \((points.map { "\"\($0)\"" } + ["`start`"]).joined(separator: ", "))."
    }

    /// The last point that the run has passed, and not gone back to already; nil where there is none.
    static func lastPoint(_ plan: ResolvedPlan, _ history: RunHistory) -> String? {
        let planned = Dictionary(plan.everyAction.map { ($0.id, $0.operation) }) { first, _ in first }
        for id in standing(plan, history).reversed() where history.actions[id]?.result != nil {
            if case .rollbackPoint(let name) = planned[id] { return name }
        }
        return nil
    }

    /// The actions that no finished rollback has gone back over, in the order in which they were begun.
    private static func standing(_ plan: ResolvedPlan, _ history: RunHistory) -> ArraySlice<String> {
        let all = history.order[...]
        guard let rollback = history.rollback else { return all }
        guard let point = rollback.isDone ? rollback.to : rollback.from else { return rollback.isDone ? [] : all }
        return place(of: point, in: all, plan, history).map { all[..<$0] } ?? all
    }

    private static func place(
        of point: String, in ids: ArraySlice<String>, _ plan: ResolvedPlan, _ history: RunHistory
    ) -> Int? {
        let points = Set(plan.everyAction.filter { $0.operation == .rollbackPoint(point) }.map(\.id))
        return ids.lastIndex { points.contains($0) && history.actions[$0]?.result != nil }
    }

    /// Actions that stop a server which the plan starts again.
    private static func restartedActions(_ plan: ResolvedPlan) -> Set<String> {
        let actions = plan.everyAction
        var started: Set<ServerName> = []
        var restarted: Set<String> = []
        for action in actions.reversed() {
            switch action.operation {
            case .start(let server, _, _): started.insert(server)
            case .stop(let server, _): if started.contains(server) { restarted.insert(action.id) }
            default: break
            }
        }
        return restarted
    }

    /// - Parameters:
    ///   - restarted: actions that stop a server which the plan starts again.
    ///   - cutOff: actions in whose middle the run ended, without a failure of their own.
    private static func filesFirst(
        _ actions: [UndoAction], _ restarted: Set<String>, _ cutOff: Set<String>
    ) -> [UndoAction] {
        var rest = actions
        var ordered: [UndoAction] = []
        /// Takes out what is put back of this server up to where the process that is started again was started.
        func take(of server: ServerName, from start: Int, where wanted: (UndoAction) -> Bool) -> [UndoAction] {
            let end = rest[start...].firstIndex { $0.stoppedServer == server } ?? rest.count
            let taken = rest[start..<end].filter { $0.restoredServer == server && wanted($0) }
            rest.removeAll { taken.contains($0) }
            return taken
        }
        while !rest.isEmpty {
            let next = rest.removeFirst()
            if let server = next.stoppedServer, let again = rest.firstIndex(where: { $0.startedServer == server }) {
                if cutOff.contains(next.action), hasAddedServer(rest) {
                    var first = rest[again]
                    first.id += "+first"
                    ordered.append(first)
                }
                // Before the stop already, since by the files the guards tell who is about to leave. Software can only be
                // put back while the server is stopped.
                ordered += take(of: server, from: again + 1) { $0.isFile } + [next]
            } else if let server = next.startedServer, restarted.contains(next.action),
                !ordered.contains(where: { $0.stoppedServer == server }), hasAddedServer(rest)
            {
                // The run ended between the two halves of a restart, and a server was added before. That one may lead by now, so this
                // one first comes back as the others know it. So it does above, where the run ended in the start itself.
                var (stop, start) = (next, next)
                stop.id += "+stop"
                stop.inverse = .stop(server, limit: .seconds(120), clears: false)
                start.id += "+start"
                ordered += [next] + take(of: server, from: 0) { $0.isFile } + [stop]
                ordered += take(of: server, from: 0) { _ in true } + [start]
            } else if let server = next.startedServer {
                ordered += take(of: server, from: 0) { _ in true } + [next]
            } else {
                ordered.append(next)
            }
        }
        return ordered
    }

    private static func hasAddedServer(_ actions: [UndoAction]) -> Bool {
        actions.indices.contains { index in
            guard let server = actions[index].stoppedServer else { return false }
            return !actions[(index + 1)...].contains { $0.startedServer == server }
        }
    }
}

extension RunHistory.Action {
    /// The znodes that it may have written: of several attempts each tells only of its own, but the first knew what all were to write. Those
    /// that are not there, or are a client's again, are passed over when they are deleted. nil where it is not known.
    fileprivate var pathsToDelete: [String]? {
        if attempts == 1, let paths = result?.paths { return paths }
        return intent.paths.map { Set($0).union(result?.paths ?? []).sorted() } ?? result?.paths
    }
}

extension Operation {
    /// nil where there is nothing to undo.
    fileprivate func inverse(of action: RunHistory.Action) -> UndoAction.Inverse? {
        switch self {
        case .require, .wait, .rollbackPoint, .confirm: nil
        case .stop(let server, _): .start(server, wasServing: action.intent.wasServing ?? false)
        case .start(let server, _, let limit):
            .stop(server, limit: limit, clears: action.intent.wasEmpty ?? false)
        case .setMyid(let server, _): .restoreFile(.myid(server))
        case .editFile(let target, _), .putFile(let target, _, _): .restoreFile(target.place)
        case .install(let server, _, _): .uninstall(server)
        case .clearData(let server): .restoreData(server)
        case .copyData(_, let target): .removeCopiedData(target)
        case .persistZnodes(let through, _, _):
            action.pathsToDelete.map { .deleteZnodes($0, through: through) }
                ?? .impossible("which znodes were written through \(through) before it was interrupted is not known")
        case .reconfig(let through, let add, _):
            .reconfig(
                through: through, add: action.intent.removedMembers ?? [],
                remove: add.compactMap { Int($0.drop { !$0.isNumber }.prefix { $0.isNumber }).map(ServerID.init) })
        case .command(let command):
            command.undo.map { .command(command, undo: $0) }
                ?? .impossible("\(command.title) on \(command.host) has no undo")
        }
    }
}
