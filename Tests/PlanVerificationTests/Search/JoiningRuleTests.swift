import EnsembleModel
import PlanLanguage
import Testing

@testable import PlanVerification

/// Who can follow a leader that serves, each rule by itself.
@Suite struct JoiningRuleTests {
    /// The others follow the last server, and this one looks for a leader with a new process.
    private func late(
        _ count: Int = 3, _ version: Version = Version(3, 8, 0), looking host: Int = 1,
        change: (inout SamplePlan) -> Void = { _ in }
    ) throws -> Electorate {
        try Electorate(count, version: version) { plan in
            plan[host].mode = .looking
            change(&plan)
        }
    }

    @Test func aServerJoinsTheLeaderThatItLists() throws {
        #expect(try late().joins(1, 3))
        #expect(try !late { $0[1].config = SamplePlan.config(1...2) }.joins(1, 3))
    }

    /// `FastLeaderElection.ooePredicate`: a quorum of its configuration among the others, so that a list of four needs three.
    @Test func itNeedsAQuorumOfItsOwnConfigurationAmongTheOthers() throws {
        let four = SamplePlan.config(1...4)
        #expect(try !late { $0[1].config = four }.joins(1, 3))
        let newcomer = { (plan: inout SamplePlan) in
            plan.facts.servers[old(4)] = ServerFacts(
                running: true, mode: .looking, myid: ServerID(4), version: Version(3, 8, 0),
                snapshot: ServerFacts.Newest.none,
                log: ServerFacts.Newest.none,
                config: four)
        }
        #expect(try Electorate(3, newcomer).joins(4, 3))
        let oneDown = try Electorate(3) { plan in
            newcomer(&plan)
            plan[1].running = false
            plan[1].mode = .stopped
        }
        #expect(try !oneDown.joins(4, 3))
    }

    /// Observers answer, and count for nothing.
    @Test func observersAreNoneOfTheQuorum() throws {
        let observed = SamplePlan.config(1...3).replacing("zk2:2888:3888", with: "zk2:2888:3888:observer")
        #expect(try !late { $0[1].config = observed + "server.4=zk4:2888:3888\n" }.joins(1, 3))
        #expect(try late { $0[1].config = SamplePlan.config(1...3) }.joins(1, 3))
    }

    /// C5: "Leaders epoch is less than accepted epoch".
    @Test func whoHasPromisedALaterEpochFollowsNobody() throws {
        let current = { (plan: inout SamplePlan) in
            for host in 1...3 { plan[host].has(accepted: 2, current: 2, zxid: 0x2_0000_0001) }
        }
        #expect(try late(change: current).joins(1, 3))
        let ahead = try late { plan in
            current(&plan)
            plan[1].has(accepted: 3, current: 2, zxid: 0x2_0000_0001)
        }
        #expect(try !ahead.joins(1, 3))
    }

    // MARK: Who answers

    @Test func aDeadListenerDoesNotAnswerANewConnection() throws {
        let servers = try late(5, Version(3, 4, 6)) { $0[4].electionListener = .dead }
        #expect(try !servers.answers(1, 4))
        #expect(try servers.answers(1, 3))
        // Three of five others still answer.
        #expect(try servers.joins(1, 5))
        let two = try late(5, Version(3, 4, 6)) { plan in
            plan[3].electionListener = .dead
            plan[4].electionListener = .dead
        }
        #expect(try !two.joins(1, 5))
    }

    @Test func aLeaderWithADeadListenerIsJoinedByNobody() throws {
        #expect(try !late(3, Version(3, 4, 6)) { $0[3].electionListener = .dead }.joins(1, 3))
    }

    /// The smaller myid is called back, and its own listener has to take the call.
    @Test func theSmallerMyidHasToBeCallable() throws {
        let deaf = { (plan: inout SamplePlan) in plan[2].electionListener = .dead }
        let servers = try late(3, Version(3, 4, 6), looking: 2, change: deaf)
        #expect(try !servers.answers(2, 3))
        #expect(try servers.answers(2, 1))
    }

    @Test func oldConnectionsStillAnswer() throws {
        let servers = try Electorate(3, version: Version(3, 4, 6)) { $0[3].electionListener = .dead }
        #expect(try servers.answers(1, 3))
    }

    /// C4: members of 3.4 that don't list a smaller myid can't call it back.
    @Test func aSmallerMyidThatNobodyListsJoinsSince35Only() throws {
        let change = { (plan: inout SamplePlan) in
            for host in 2...4 { plan[host].config = SamplePlan.config(2...4) }
        }
        #expect(try !late(4, Version(3, 4, 14), change: change).joins(1, 4))
        #expect(try late(4, Version(3, 8, 0), change: change).joins(1, 4))
    }

    /// A larger myid calls by itself, listed or not.
    @Test func aLargerMyidThatNobodyListsJoins() throws {
        let servers = try Electorate(3, version: Version(3, 4, 14)) { plan in
            plan.facts.servers[old(4)] = ServerFacts(
                running: true, mode: .looking, myid: ServerID(4), version: Version(3, 4, 14),
                snapshot: ServerFacts.Newest.none,
                log: ServerFacts.Newest.none, config: SamplePlan.config(1...4))
        }
        #expect(try servers.joins(4, 3))
    }

    @Test func whoServesAloneIsJoinedByNobody() throws {
        let servers = try Electorate(2) { plan in
            plan[2].config = SamplePlan.config([2: 2])
            plan[2].mode = .standalone
            plan[1].mode = .looking
        }
        #expect(try !servers.joins(1, 2))
    }

    /// It opens no ports to others.
    @Test func nobodyJoinsAStandaloneServer() throws {
        let servers = try Electorate(3) { plan in
            plan.allLook()
            plan[1].config = "dataDir=/data\nserver.1=zk1:2888:3888:observer\nserver.3=zk3:2888:3888\n"
            plan[3].config = SamplePlan.config([3: 3])
            plan[3].mode = .standalone
        }
        #expect(try !servers.joins(1, 3))
    }
}
