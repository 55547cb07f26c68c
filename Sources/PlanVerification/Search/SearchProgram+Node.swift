import EnsembleModel
import PlanLanguage

extension SearchProgram {
    /// A place in the plan, with all that the search asks of it.
    final class Node {
        let cursor: Cursor
        let work: Work
        /// The step of the last operation; nil before the first.
        let last: Place?
        /// The step that is to come, or that is waited for.
        let next: Place?
        /// What each server would load now: an index into the identities, or -1 where it would not start.
        let disk: [Int]
        /// Servers whose disk may still count.
        let live: UInt32
        let planned: EnsembleState
        /// Steps that changed something quietly since the last node, for the story.
        let quiet: [Place]
        /// The servers that the last step starts, and those that the next operation waits for.
        let started: UInt32
        let waitedFor: UInt32
        /// Whether it performs a group of starts.
        let startsServers: Bool
        /// The servers of a rolling step; -1 where one isn't known to the search.
        let rolled: [Int]
        /// The nodes after this one, by choice; -1 where nobody has been yet.
        var successors: [Int] = []

        init(
            _ cursor: Cursor, _ work: Work, last: Place?, next: Place?, disk: [Int], live: UInt32,
            planned: EnsembleState, quiet: [Place], in world: SearchWorld
        ) {
            started = world.mask(last?.step.operations.filter(\.isStart).flatMap(\.servers) ?? [])
            waitedFor =
                switch work {
                case .settle(let mask): mask
                case .perform(let operations): world.mask(operations.flatMap(\.waitedFor))
                case .choose, .rewrite, .end: 0
                }
            if case .perform(let operations) = work {
                startsServers = operations.allSatisfy(\.isStart)
            } else {
                startsServers = false
            }
            rolled =
                if case .choose(let rolling, _) = work { rolling.servers.map { world.number($0) ?? -1 } } else { [] }
            (self.cursor, self.work, self.last, self.next) = (cursor, work, last, next)
            (self.disk, self.live, self.planned, self.quiet) = (disk, live, planned, quiet)
        }
    }
}
