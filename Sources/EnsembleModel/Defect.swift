/// A defect of ZooKeeper itself, by the issue that describes it.
package struct Defect: Sendable, Hashable {
    package enum Consequence: String, Sendable, Codable, CaseIterable {
        /// Committed transactions can be lost, or replicas differ.
        case dataLoss
        /// The election listener dies, so that no server can join this one again.
        case deafListener
        /// A server that should join can't.
        case noJoin
        /// The ensemble stops serving, or a server doesn't start.
        case outage
        /// A server can't be stopped in an orderly way.
        case hangingShutdown
    }

    /// Such as `ZOOKEEPER-2186`.
    package var issue: String
    package var title: String
    /// Only versions that are known to be affected; both ends belong to a range.
    package var affected: [ClosedRange<Version>]
    /// The first release of each branch with the fix.
    package var fixedIn: [Version]
    package var consequence: Consequence
    /// When it strikes and what helps, in a sentence or two.
    package var remedy: String

    package func affects(_ version: Version) -> Bool { affected.contains { $0.contains(version) } }
}
