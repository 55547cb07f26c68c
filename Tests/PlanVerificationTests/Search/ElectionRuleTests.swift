import EnsembleModel
import PlanLanguage
import Testing

@testable import PlanVerification

/// Each rule of elections by itself.
@Suite struct ElectionRuleTests {
    // MARK: The order of votes

    @Test func theGreaterEpochGoesBeforeNewerData() throws {
        let servers = try Electorate(3) { plan in
            plan.allLook()
            plan[1].has(accepted: 2, current: 2, zxid: 0x1_0000_0001)
            plan[2].has(accepted: 1, current: 1, zxid: 0x1_0000_0009)
            plan[3].has(accepted: 1, current: 1, zxid: 0x1_0000_0001)
        }
        #expect(try servers.elected(1, 2, 3) == 1)
        #expect(try servers.elected(2, 3) == 2)
    }

    @Test func newerDataGoBeforeTheLargerMyid() throws {
        let servers = try Electorate(3) { plan in
            plan.allLook()
            plan[1].has(accepted: 1, current: 1, zxid: 0x1_0000_0009)
            plan[2].has(accepted: 1, current: 1, zxid: 0x1_0000_0001)
            plan[3].has(accepted: 1, current: 1, zxid: 0x1_0000_0001)
        }
        #expect(try servers.elected(1, 2, 3) == 1)
        #expect(try servers.elected(2, 3) == 3)
    }

    @Test func dataOfALaterEpochAreNewer() throws {
        let servers = try Electorate(3) { plan in
            plan.allLook()
            plan[1].has(accepted: 2, current: 2, zxid: 0x2_0000_0001)
            plan[2].has(accepted: 2, current: 2, zxid: 0x1_0000_0009)
            plan[3].has(accepted: 2, current: 2, zxid: 0x1_0000_0009)
        }
        #expect(try servers.elected(1, 2, 3) == 1)
    }

    /// Of a history of a later epoch and a write of an earlier one, which is in no such history, the history is newer.
    @Test func aHistoryOfALaterEpochIsNewerThanAWriteOfAnEarlier() throws {
        let servers = try Electorate(3) { plan in
            plan.allLook()
            for host in [1, 3] { plan[host].has(accepted: 2, current: 2, zxid: 0x1_0000_0001) }
            plan[2].has(accepted: 2, current: 2, zxid: 0x2_0000_0001)
        }
        var state = servers.state
        let (one, two) = (try servers.number(1), try servers.number(2))
        state.hasWrite = true
        state.writeEpoch = 1
        state[one].hasWrite = true
        #expect(servers.rules.vote(state, two) > servers.rules.vote(state, one))
    }

    @Test func alikeTheLargestMyidLeads() throws {
        let servers = try Electorate(3) { $0.allLook() }
        #expect(try servers.elected(1, 2, 3) == 3)
        #expect(try servers.elected(1, 2) == 2)
    }

    /// B3: what is left of the epoch files makes a cleared server win.
    @Test func anEmptyServerWithAStaleEpochBeatsOneWithData() throws {
        let servers = try Electorate(3) { plan in
            plan.allLook()
            plan[1].has(accepted: 1, current: 1, zxid: 0x1_0000_0009)
            plan[2].has(accepted: 1, current: 1, zxid: 0x1_0000_0009)
            plan[3].isEmpty()
            plan[3].epochs = ServerFacts.Epochs(accepted: Epoch(2), current: Epoch(2))
        }
        #expect(try servers.elected(1, 2, 3) == 3)
    }

    // MARK: Who decides

    @Test func itTakesAQuorumOfEachVotersOwnConfiguration() throws {
        let servers = try Electorate(5) { plan in
            plan.allLook()
            plan[1].config = SamplePlan.config(1...3)
            plan[2].config = SamplePlan.config(1...3)
        }
        #expect(try servers.elected(1, 2) == 2)
        #expect(try servers.elected(1, 3) == nil)
        #expect(try servers.elected(3, 4) == nil)
        #expect(try servers.elected(3, 4, 5) == 5)
    }

    @Test func nobodyFollowsALeaderThatItDoesNotList() throws {
        let servers = try Electorate(3) { plan in
            plan.allLook()
            plan[1].config = SamplePlan.config(1...2)
            plan[2].config = SamplePlan.config(1...2)
        }
        #expect(try servers.elected(1, 2, 3) == nil)
        #expect(try servers.elected(1, 2) == 2)
    }

    /// A server that runs under another myid than the lists say is a stranger to them.
    @Test func aServerIsListedUnderTheMyidThatItRunsWith() throws {
        let servers = try Electorate(3) { plan in
            plan.allLook()
            plan[3].config = SamplePlan.config([1: 1, 2: 2, 4: 3])
            plan[3].myid = ServerID(4)
        }
        #expect(try servers.elected(1, 2, 3) == nil)
        #expect(try servers.elected(2, 3) == nil)
        #expect(try servers.elected(1, 2) == 2)
    }

    @Test func weightsDecideWhereThereAreSome() throws {
        let groups = "group.1=1:2:3\nweight.1=3\nweight.2=1\nweight.3=1\n"
        let servers = try Electorate(3) { plan in
            plan.allLook()
            for host in 1...3 { plan[host].config = SamplePlan.config(1...3) + groups }
        }
        #expect(try servers.elected(2, 3) == nil)
        #expect(try servers.elected(1, 3) == 3)
    }

    @Test func observersAreNeverElected() throws {
        let observed = SamplePlan.config(1...3).replacing("zk3:2888:3888", with: "zk3:2888:3888:observer")
        let change = { (plan: inout SamplePlan) in
            plan.allLook()
            for host in 1...3 {
                plan[host].config = observed
                plan[host].has(accepted: 1, current: 1, zxid: 0x1_0000_0001)
            }
            plan[3].has(accepted: 1, current: 1, zxid: 0x1_0000_0009)
        }
        #expect(try Electorate(3, change).everElected() == [2])
        #expect(try Electorate(3, reductions: [], change).everElected() == [2])
    }

    /// Whoever is slow is left out, so that any that can have a quorum behind it may lead; the smallest can't.
    @Test(arguments: [Reductions.all, []]) func anyQuorumMayElectWithoutTheOthers(_ reductions: Reductions) throws {
        let servers = try Electorate(5, reductions: reductions) { $0.allLook() }
        #expect(servers.everElected() == [3, 4, 5])
    }

    @Test func oneParticipantServesAlone() throws {
        let servers = try Electorate(1) { plan in
            plan.stage("restart", restart(old(1)))
        }
        let served = servers.explored().contains { $0.event.kind == .step && $0.state[0].isLeading }
        #expect(served)
        #expect(servers.search.violations.isEmpty)
    }

    /// `Leader.getEpochToPropose`: one more than any that these servers have promised.
    @Test func theNewEpochFollowsTheGreatestThatWasPromised() throws {
        let servers = try Electorate(3) { plan in
            plan.allLook()
            plan[1].has(accepted: 4, current: 1, zxid: 0x1_0000_0001)
            plan[2].has(accepted: 1, current: 1, zxid: 0x1_0000_0001)
            plan[3].has(accepted: 1, current: 1, zxid: 0x1_0000_0001)
        }
        let promised = try servers.cell(1).acceptedEpoch
        let epochs = servers.explored().filter { $0.event.kind == .election && $0.event.others & 1 != 0 }
            .map { $0.state[$0.event.server].currentEpoch }
        #expect(!epochs.isEmpty && epochs.allSatisfy { $0 == promised + 1 })
    }

    // MARK: Who hears whom

    @Test func theLargerMyidCallsTheSmaller() throws {
        let servers = try Electorate(3) { plan in
            plan.allLook()
            plan[3].electionListener = .dead
            plan[3].mode = .looking
        }
        // Nobody has to call 3, so that its dead listener harms nobody.
        #expect(try servers.areLinked(1, 3))
        let other = try Electorate(3) { plan in
            plan.allLook()
            plan[1].electionListener = .dead
        }
        #expect(try !other.areLinked(1, 3))
        #expect(try other.areLinked(2, 3))
    }

    /// C4: 3.4 has no address of a server that its configuration doesn't name; 3.5 learns it from the call.
    @Test func aSmallerMyidThatNobodyListsIsCalledBackSince35Only() throws {
        let change = { (plan: inout SamplePlan) in
            plan.allLook()
            plan[3].config = SamplePlan.config([2: 2, 3: 3])
            plan[2].config = SamplePlan.config([2: 2, 3: 3])
        }
        #expect(try !Electorate(3, version: Version(3, 4, 14), change).areLinked(1, 3))
        #expect(try Electorate(3, version: Version(3, 8, 0), change).areLinked(1, 3))
    }

    /// A smaller myid can't make one call it back whose listener is dead.
    @Test func aDeadListenerIsNotCalledForACallBack() throws {
        let servers = try Electorate(3, version: Version(3, 8, 0)) { plan in
            plan.allLook()
            for host in [2, 3] { plan[host].config = SamplePlan.config([2: 2, 3: 3]) }
            plan[3].electionListener = .dead
        }
        #expect(try !servers.areLinked(1, 3))
        #expect(try servers.areLinked(1, 2))
    }

    /// ZOOKEEPER-2186: connections that were there before the listener died outlive it.
    @Test func oldConnectionsOutliveADeadListener() throws {
        let servers = try Electorate(3, version: Version(3, 4, 6)) { $0[1].electionListener = .dead }
        #expect(try servers.areLinked(1, 3))
        var restarted = servers.state
        let three = try servers.number(3)
        restarted[three].isOriginal = false
        #expect(!servers.rules.areLinked(restarted, try servers.number(1), three))
    }
}
