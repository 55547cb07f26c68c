import EnsembleAccess
import Foundation
import PlanLanguage

/// How long the actions of an ensemble usually take, told by the events of its runs: as long as the same action took the last time; else
/// as the longest of its kind; else as on servers of ordinary size.
struct UsualTimes: Sendable {
    /// Runs that are looked at, the newest.
    private static let most = 10
    /// By an action's summary.
    private var last: [String: Double] = [:]
    /// By kind.
    private var longest: [String: Double] = [:]

    /// - Parameter runs: oldest first.
    init(runs: [[RunEvent]] = []) {
        for events in runs { learn(events) }
    }

    /// What the runs of `ensemble` in `store` tell. They are read only where a window wants to know.
    static func of(_ ensemble: String, in store: RunStore) -> UsualTimes {
        let runs = store.list().filter { $0.ensemble == ensemble }.prefix(most).reversed()
        return UsualTimes(runs: runs.compactMap { try? store.open($0.run).events() })
    }

    private mutating func learn(_ events: [RunEvent]) {
        var begun: [String: (summary: String, kind: String?)] = [:]
        for event in events {
            switch event.kind {
            case .actionStarted(let action, let summary, _, let kind): begun[action] = (summary, kind)
            // What was found done took no time.
            case .actionFinished(let action, let change, let seconds) where change != .already:
                guard let (summary, kind) = begun[action] else { continue }
                last[summary] = seconds
                if let kind { longest[kind] = max(longest[kind] ?? 0, seconds) }
            default: break
            }
        }
    }

    /// Seconds. A step inside a rolling one counts by itself, and so does a turn of it; a rolling step as a whole does not, since it may
    /// go on the next night.
    func seconds(_ step: ResolvedStep) -> Double {
        guard case .operations(let groups) = step.body else { return 0 }
        return groups.reduce(0) { $0 + ($1.map(seconds).max() ?? 0) }
    }

    func seconds(_ operation: PlanLanguage.Operation) -> Double {
        switch operation {
        // How long a person thought about it says nothing about the next time.
        case .rollbackPoint, .confirm: 0
        default: last[operation.summary] ?? operation.timeKind.flatMap { longest[$0] } ?? Self.ordinary(operation)
        }
    }

    /// For what no run has told of yet.
    private static func ordinary(_ operation: PlanLanguage.Operation) -> Double {
        switch operation {
        case .rollbackPoint, .confirm: 0
        case .require(let conditions), .wait(let conditions, _):
            2 + (conditions.compactMap(\.stableTime).max() ?? 0)
        case .setMyid, .editFile, .putFile, .clearData, .persistZnodes: 2
        case .stop, .reconfig, .command: 10
        case .start: 30
        case .install, .copyData: 120
        }
    }
}

extension PlanLanguage.Operation {
    /// What it has in common with others that take about as long. What a condition waits for, or a command does, is its own.
    var timeKind: String? {
        switch self {
        case .require, .wait, .rollbackPoint, .confirm: nil
        case .stop: "stop"
        case .start: "start"
        case .setMyid: "set-myid"
        case .editFile: "edit-file"
        case .putFile: "put-file"
        case .install: "install"
        case .clearData: "clear-data"
        case .copyData: "copy-data"
        case .persistZnodes: "persist-znodes"
        case .reconfig: "reconfig"
        case .command(let command): "command \(command.title)"
        }
    }
}

extension Condition {
    /// Seconds for which it wants things to stay as they are.
    fileprivate var stableTime: Double? {
        if case .stable(let duration, _) = kind { duration.inSeconds } else { nil }
    }
}
