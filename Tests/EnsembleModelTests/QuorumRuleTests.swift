import EnsembleModel
import TestSupport
import Testing

@Suite struct QuorumRuleTests {
    private func ids(_ numbers: some Sequence<Int>) -> Set<ServerID> { Set(numbers.map(ServerID.init)) }
    private func majority(_ numbers: some Sequence<Int>) -> QuorumRule { .majority(voters: ids(numbers)) }

    @Test(arguments: [(1, 1), (2, 2), (3, 2), (4, 3), (5, 3), (6, 4), (7, 4)])
    func majorities(voters: Int, size: Int) {
        let rule = majority(1...voters)
        #expect(rule.quorumSize == size)
        #expect(rule.containsQuorum(ids(1...size)) && !rule.containsQuorum(ids(1..<size)))
    }

    @Test func observersAndStrangersDoNotCount() {
        let rule = QuorumRule.majority(voters: ids(1...3), observers: ids([4, 5]))
        #expect(!rule.containsQuorum(ids([1, 4, 5, 6])) && rule.containsQuorum(ids([1, 2, 4])))
        #expect(rule.participants == ids(1...3) && rule.observers == ids([4, 5]))
    }

    /// Three groups of three: two servers of two groups decide; three groups' single servers don't.
    @Test func groups() {
        let rule = QuorumRule.weighted(
            groups: [1: ids(1...3), 2: ids(4...6), 3: ids(7...9)], weights: [:], observers: ids([10]))
        #expect(rule.quorumSize == 4 && rule.participants == ids(1...9) && rule.observers == ids([10]))
        #expect(rule.containsQuorum(ids([1, 2, 4, 5])) && !rule.containsQuorum(ids([1, 2, 3, 4, 7, 10])))
    }

    @Test func weights() {
        let rule = QuorumRule.weighted(
            groups: [1: ids(1...3), 2: ids([4])], weights: [ServerID(1): 3, ServerID(4): 0])
        // The group of weight 0 doesn't count, so server 1 alone has the majority of the only group.
        #expect(rule.quorumSize == 1 && rule.containsQuorum(ids([1])) && !rule.containsQuorum(ids([2, 3, 4])))
        #expect(!QuorumRule.weighted(groups: [:], weights: [:]).containsQuorum([]))
    }

    @Test(arguments: [
        ([1, 2, 3], [1, 2, 3, 4], false), ([1, 2, 3, 4], [1, 2, 3], false), ([1, 2, 3, 4, 5], [1, 2, 3, 4], false),
        ([1, 2, 3], [1, 2, 3, 4, 5], true), ([1, 2, 3], [2, 3, 4], true), ([6, 7, 8, 9, 10], [1, 2, 3], true),
        ([1, 2, 3], [1, 2, 3], false), ([1], [1, 2, 3], true), ([1, 2, 3], [1, 4, 5], true), ([1], [1], false),
    ])
    func disjointQuorums(a: [Int], b: [Int], disjoint: Bool) {
        #expect(QuorumRule.disjoint(majority(a), majority(b)) == disjoint)
        #expect(QuorumRule.disjoint(majority(b), majority(a)) == disjoint)
    }

    /// Against every pair of sets, tried one by one.
    @Test(arguments: [UInt64](1...4)) func disjointAgreesWithTryingAll(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<40 {
            let (a, b) = (rule(&random), rule(&random))
            let all = (0..<64).map { bits in ids((0..<6).filter { bits >> $0 & 1 == 1 }) }
            let quorumsOfB = all.filter(b.containsQuorum)
            let found = all.filter(a.containsQuorum).contains { one in quorumsOfB.contains(where: one.isDisjoint) }
            #expect(QuorumRule.disjoint(a, b) == found, "\(a) \(b)")
            #expect(all.filter(a.containsQuorum).map(\.count).min() ?? a.quorumSize == a.quorumSize)
        }
    }

    private func rule(_ random: inout SeededGenerator) -> QuorumRule {
        let members = (0..<6).filter { _ in Int.random(in: 0..<3, using: &random) > 0 }
        if Bool.random(using: &random) { return majority(members) }
        let groups = Dictionary(grouping: members) { _ in Int.random(in: 1...3, using: &random) }
        let weights = members.map { (ServerID($0), Int.random(in: 0...3, using: &random)) }
        return .weighted(groups: groups.mapValues(ids), weights: Dictionary(uniqueKeysWithValues: weights))
    }

    @Test func manyServersAreNoTrouble() {
        let a = QuorumRule.weighted(groups: [1: ids(1...40)], weights: [:])
        let b = QuorumRule.weighted(groups: [1: ids(1...20), 2: ids(21...40), 3: ids(41...60)], weights: [:])
        #expect(QuorumRule.disjoint(a, b) == true)
        #expect(QuorumRule.disjoint(majority(1...60), majority(1...61)) == false)
    }
}
