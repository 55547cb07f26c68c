import EnsembleModel
import Testing

@Suite struct ListenerRuleTests {
    private func rule(_ size: Int, leader: Int, deaf: [Int], absent: [Int] = []) -> ListenerRule {
        ListenerRule(
            quorum: .majority(voters: Set((1...size).map(ServerID.init))), leader: ServerID(leader),
            deaf: Set(deaf.map(ServerID.init)), absent: Set(absent.map(ServerID.init)))
    }

    /// Of three and five servers, as observed on 3.4.6; 3 or 5 leads.
    @Test(
        arguments: [
            // One deaf follower: restarting a healthy one strands it, restarting the deaf one heals it.
            (3, 3, [1], [1, 3], [1]), (3, 3, [2], [2, 3], [2]),
            // A deaf leader: no follower comes back, the leader itself does.
            (3, 3, [3], [3], [3]),
            (3, 3, [], [1, 2, 3], []), (3, 3, [1, 2], [], nil), (3, 3, [1, 3], [], nil), (3, 3, [1, 2, 3], [], nil),
            (5, 5, [1], [1, 2, 3, 4], [1]), (5, 5, [1, 2], [1, 2], [1, 2]), (5, 5, [1, 2, 3], [], nil),
            (5, 5, [5], [5], [5]), (5, 5, [1, 5], [], nil), (5, 5, [], [1, 2, 3, 4, 5], []),
        ] as [(Int, Int, [Int], [Int], [Int]?)])
    func whoMayBeRestarted(size: Int, leader: Int, deaf: [Int], restartable: [Int], order: [Int]?) {
        var rule = rule(size, leader: leader, deaf: deaf)
        // Whether the leader comes back depends on who leads next, so that one deaf follower is enough to doubt it.
        let expected = restartable.filter { $0 != leader || deaf.allSatisfy { $0 == leader } }
        #expect(rule.restartable.map(\.rawValue) == expected)
        #expect(rule.repairOrder?.map(\.rawValue) == order)
        for id in 1...size {
            let rejoins = ListenerRule.rejoins(
                ServerID(id), quorum: rule.quorum, leader: rule.leader, deaf: rule.deaf)
            #expect(rejoins == expected.contains(id))
        }
        // Following the order, each server in it may be restarted when its turn comes.
        for id in rule.repairOrder ?? [] where !rule.deaf.contains(rule.leader) {
            #expect(rule.rejoins(id))
            rule.deaf.remove(id)
        }
    }

    /// The ensemble of the recovery: 6 and 8 stay looking, 7, 9 and 10 serve with dead listeners.
    @Test func nobodyMayBeRestartedWhereAllAreDeaf() {
        let rule = ListenerRule(
            quorum: .majority(voters: Set([6, 7, 8, 9, 10].map(ServerID.init))), leader: ServerID(10),
            deaf: Set([7, 9, 10].map(ServerID.init)), absent: Set([6, 8].map(ServerID.init)))
        #expect(rule.restartable.isEmpty && rule.repairOrder == nil)
        #expect(!rule.rejoins(ServerID(6)))
    }

    @Test func absentMembersAreNoHelp() {
        #expect(rule(3, leader: 3, deaf: [], absent: [2]).restartable.isEmpty)
        #expect(rule(5, leader: 5, deaf: [], absent: [1]).restartable.map(\.rawValue) == [2, 3, 4, 5])
        #expect(rule(5, leader: 5, deaf: [2], absent: [1]).restartable.map(\.rawValue) == [2])
    }

    @Test func observersNeedAQuorumOfListeners() {
        let rule = ListenerRule(
            quorum: .majority(voters: Set((1...3).map(ServerID.init)), observers: [ServerID(4)]), leader: ServerID(3),
            deaf: [ServerID(1)])
        #expect(rule.rejoins(ServerID(4)))
        #expect(!ListenerRule.rejoins(ServerID(4), quorum: rule.quorum, leader: ServerID(3), deaf: [ServerID(3)]))
    }
}
