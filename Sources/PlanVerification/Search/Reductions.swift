/// What keeps the search small. Without any of them the same hazards are found at the same steps: tests hold the one search against
/// the other.
package struct Reductions: OptionSet, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Joins that change nothing are taken at once.
    static let joins = Reductions(rawValue: 1 << 0)
    /// Where all that look are alike, only who wins makes a difference.
    static let elections = Reductions(rawValue: 1 << 1)
    /// Operations that only change files pass as one.
    static let quietSteps = Reductions(rawValue: 1 << 2)
    /// A write that can't be lost any more isn't followed, and disks from which nobody starts any more don't count.
    static let forgetting = Reductions(rawValue: 1 << 3)
    /// What was seen after fewer crashes isn't explored again after more.
    static let crashes = Reductions(rawValue: 1 << 4)
    /// Observers that differ in nothing but their names are one as good as the other.
    static let observers = Reductions(rawValue: 1 << 5)

    package static let all: Reductions = [.joins, .elections, .quietSteps, .forgetting, .crashes, .observers]
}
