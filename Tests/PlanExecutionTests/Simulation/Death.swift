import EnsembleAccess

@testable import PlanExecution

/// The operator's process dies at one point: nothing of it reaches the journal or a host from then on.
final class Death: Sendable {
    enum Point: Sendable, Hashable, CustomStringConvertible {
        /// The record with this number of the journal, before it is written or after.
        case record(Int, isWritten: Bool)
        /// The remote action with this number: its request never arrives, or its answer.
        case change(Int, isDone: Bool)

        var description: String {
            switch self {
            case .record(let number, let isWritten):
                "record \(number), \(isWritten ? "after" : "before") it was written"
            case .change(let number, let isDone): "remote action \(number), \(isDone ? "done" : "asked for")"
            }
        }

        /// Every point of a run that wrote these records and made these changes.
        static func all(records: ClosedRange<Int>, changes: ClosedRange<Int>) -> [Point] {
            records.flatMap { [.record($0, isWritten: false), .record($0, isWritten: true)] }
                + changes.flatMap { [.change($0, isDone: false), .change($0, isDone: true)] }
        }
    }

    private let point: Point
    private let isOver = Locked(false)

    init(at point: Point) { self.point = point }

    var hasCome: Bool { isOver.value }

    private func arrive(_ place: Point) -> Bool {
        isOver.update { isOver in
            isOver = isOver || place == self.point
            return isOver
        }
    }

    /// For the applier that is to die.
    var probe: Journal.Probe {
        { (record, isWritten) throws(ExecutionError) in
            guard self.arrive(.record(record.number, isWritten: isWritten)) else { return }
            throw ExecutionError(.journalUnwritable, "the process died")
        }
    }

    /// Lets the process die in this world, too.
    func strike(_ world: SimulatedWorld) async {
        await world.ensemble.setHook { (number, _, isDone) throws(AccessError) in
            guard self.arrive(.change(number, isDone: isDone)) else { return }
            throw AccessError(.cancelled, host: "zk1", "the process died")
        }
        await world.ensemble.setCutOff { self.hasCome }
    }

    /// Another process begins.
    static func pass(_ world: SimulatedWorld) async {
        await world.ensemble.setHook(nil)
        await world.ensemble.setCutOff { false }
    }
}
