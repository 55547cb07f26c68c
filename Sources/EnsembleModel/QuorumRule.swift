/// Which sets of servers decide in an ensemble.
package enum QuorumRule: Hashable, Sendable {
    /// More than half of the voters. ZOOKEEPER: `QuorumMaj`.
    case majority(voters: Set<ServerID>, observers: Set<ServerID> = [])
    /// The majority of the groups whose weight isn't 0, each by more than half of its weight (`group.N`, `weight.N`). A server
    /// without a weight has 1. ZOOKEEPER: `QuorumHierarchical`.
    case weighted(groups: [Int: Set<ServerID>], weights: [ServerID: Int], observers: Set<ServerID> = [])

    package var participants: Set<ServerID> {
        switch self {
        case .majority(let voters, _): voters
        case .weighted(let groups, _, _): groups.values.reduce(into: []) { $0.formUnion($1) }
        }
    }

    package var observers: Set<ServerID> {
        switch self {
        case .majority(_, let observers), .weighted(_, _, let observers): observers
        }
    }

    /// Whether these servers can decide. Servers that aren't participants don't count, as in 3.5 and later; a leader of
    /// 3.4 counts followers that aren't in its configuration too.
    package func containsQuorum(_ ids: Set<ServerID>) -> Bool {
        switch self {
        case .majority(let voters, _): ids.intersection(voters).count > voters.count / 2
        case .weighted(let groups, let weights, _):
            countingGroups(groups, weights).filter { isMajority(ids.intersection($0), of: $0, weights) }.count
                > countingGroups(groups, weights).count / 2
        }
    }

    /// The least number of servers that can decide.
    package var quorumSize: Int {
        switch self {
        case .majority(let voters, _): return voters.count / 2 + 1
        case .weighted(let groups, let weights, _):
            let counting = countingGroups(groups, weights)
            let least = counting.map { group -> Int in
                let half = total(group, weights) / 2
                var (sum, count) = (0, 0)
                for weight in group.map({ weights[$0] ?? 1 }).sorted(by: >) where sum <= half {
                    sum += weight
                    count += 1
                }
                return count
            }
            return least.sorted().prefix(counting.count / 2 + 1).reduce(0, +)
        }
    }

    /// Whether a quorum of `a` and a quorum of `b` can share no server: then both can commit without knowing of the other.
    ///
    /// Servers of only one of them go to that one's quorum. The shared ones are dealt out in every way that makes a difference: a
    /// bigger set is never less of a quorum, and servers of equal group and weight on both sides are interchangeable.
    package static func disjoint(_ a: QuorumRule, _ b: QuorumRule) -> Bool {
        let shared = a.participants.intersection(b.participants)
        let kinds = Dictionary(grouping: shared) { [a.kind(of: $0), b.kind(of: $0)] }.values.map(Array.init)
        func deal(_ index: Int, _ toA: Set<ServerID>, _ toB: Set<ServerID>) -> Bool {
            guard index < kinds.count else { return a.containsQuorum(toA) && b.containsQuorum(toB) }
            return (0...kinds[index].count).contains { count in
                deal(index + 1, toA.union(kinds[index].prefix(count)), toB.union(kinds[index].dropFirst(count)))
            }
        }
        return deal(0, a.participants.subtracting(shared), b.participants.subtracting(shared))
    }

    private struct Kind: Hashable {
        var group: Int
        var weight: Int
    }

    private func kind(of id: ServerID) -> Kind {
        switch self {
        case .majority: Kind(group: 0, weight: 1)
        case .weighted(let groups, let weights, _):
            Kind(group: groups.first { $0.value.contains(id) }?.key ?? 0, weight: weights[id] ?? 1)
        }
    }

    private func countingGroups(_ groups: [Int: Set<ServerID>], _ weights: [ServerID: Int]) -> [Set<ServerID>] {
        groups.values.filter { total($0, weights) > 0 }
    }

    private func total(_ ids: Set<ServerID>, _ weights: [ServerID: Int]) -> Int {
        ids.reduce(0) { $0 + (weights[$1] ?? 1) }
    }

    private func isMajority(_ ids: Set<ServerID>, of group: Set<ServerID>, _ weights: [ServerID: Int]) -> Bool {
        total(ids, weights) > total(group, weights) / 2
    }
}
