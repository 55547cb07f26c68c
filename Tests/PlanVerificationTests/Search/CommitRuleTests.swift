import EnsembleModel
import PlanLanguage
import Testing

@testable import PlanVerification

/// What a leader needs to commit and to go on leading, and what a follower gets from it.
@Suite struct CommitRuleTests {
    /// Servers 1 to 3 serve with their own list, and 4, which only it lists, follows.
    private func unlisted(_ version: Version) throws -> Electorate {
        try Electorate(3, version: version, failures: 2) { plan in
            plan.facts.servers[old(4)] = ServerFacts(
                running: true, mode: .follower, myid: ServerID(4), version: version, snapshot: .at(Zxid(1)),
                config: SamplePlan.config(1...4))
        }
    }

    /// `QuorumMaj.containsQuorum` of 3.4.
    @Test func a34LeaderCountsAFollowerThatItDoesNotList() throws {
        #expect(try unlisted(Version(3, 4, 14)).isEnough(3, 4, for: 3))
        #expect(try !unlisted(Version(3, 8, 0)).isEnough(3, 4, for: 3))
        #expect(try unlisted(Version(3, 8, 0)).isEnough(2, 3, for: 3))
    }

    @Test func a34LeaderCountsNoObserver() throws {
        let observed = SamplePlan.config(1...4).replacing("zk4:2888:3888", with: "zk4:2888:3888:observer")
        let servers = try Electorate(3, version: Version(3, 4, 14)) { plan in
            plan.facts.servers[old(4)] = ServerFacts(
                running: true, mode: .observer, myid: ServerID(4), version: Version(3, 4, 14), snapshot: .at(Zxid(1)),
                config: observed)
        }
        #expect(try !servers.isEnough(3, 4, for: 3))
        #expect(servers.explored().filter { $0.event.kind == .commit }.allSatisfy { $0.event.others & 1 << 3 == 0 })
    }

    /// With both listed followers gone, the leader of 3.4 goes on with the unlisted one.
    @Test func aLeaderWithoutAQuorumStepsDown() throws {
        let alone = { (servers: Electorate) in
            servers.explored().contains { step in
                step.state[2].isLeading && !step.state[0].isUp && !step.state[1].isUp && step.state[3].isUp
            }
        }
        #expect(alone(try unlisted(Version(3, 4, 14))))
        #expect(!alone(try unlisted(Version(3, 8, 0))))
    }

    @Test func followersOfALeaderThatIsGoneLook() throws {
        let crashed = try Electorate(3, failures: 1).explored().first { step in
            step.event.kind == .crash && step.event.server == 2
        }
        let state = try #require(crashed).state
        #expect(state[0].isLooking && state[1].isLooking)
    }

    /// Whoever else had the write would only make its loss less likely.
    @Test func theFewestAcknowledgementsThatMakeAQuorumAreExplored() throws {
        let masks = try Electorate(3, reductions: []).explored().filter { $0.event.kind == .commit }.map(\.event.others)
        #expect(Set(masks) == [0b101, 0b110])
    }

    // MARK: What a follower gets

    /// DIFF, SNAP and TRUNC all end with the leader's history: an empty leader empties who follows it.
    @Test func aJoinerEndsWithItsLeadersHistoryAndEpoch() throws {
        let servers = try Electorate(3, reductions: []) { plan in
            plan.allLook()
            for host in [2, 3] { plan[host].isEmpty() }
            plan[1].has(accepted: 1, current: 1, zxid: 0x1_0000_0009)
        }
        let emptied = servers.explored().filter { $0.event.kind == .election && $0.event.others & 1 == 0 }
        #expect(!emptied.isEmpty)
        #expect(servers.search.violations.contains { $0.what.code == .dataLoss })
        var state = servers.state
        state[2].role = .leading
        state[2].leader = 2
        state[2].currentEpoch = 5
        servers.search.follow(&state, 0, 2)
        #expect(state[0].position == state[2].position && state[0].base == 0)
        #expect(state[0].acceptedEpoch == 5 && state[0].currentEpoch == 5)
    }

    /// `settle: serving`: a write committed since can be read through it.
    @Test func whoHasSettledHasEveryWrite() throws {
        let servers = try Electorate(3, reductions: []) { $0.stage("restart", restart(old(1))) }
        let settled = servers.explored().filter { $0.event.kind == .settled && $0.state.hasWrite }
        #expect(!settled.isEmpty && settled.allSatisfy { $0.state[0].hasWrite })
        let before = servers.explored().filter { $0.event.kind == .commit && !$0.state[0].hasWrite }
        #expect(!before.isEmpty)
    }

    /// What the facts tell to be committed is lost as a whole, whether or not a write is followed besides.
    @Test func aLeaderBehindWhatServesLosesAllThatWasCommitted() throws {
        let servers = try Electorate(3) { plan in
            for host in [2, 3] { plan[host].has(accepted: 2, current: 2, zxid: 0x2_0000_0009) }
            plan[1].has(accepted: 1, current: 1, zxid: 0x1_0000_0001)
            (plan[1].running, plan[1].mode) = (false, .stopped)
            plan.stage(
                "lose", [stop(old(2)), stop(old(3))], [.clearData(old(2))],
                [start(old(1), .none), start(old(2), .none)])
        }
        _ = servers.explored()
        let behind = servers.search.violations.map(\.what).filter { $0.isTotal && $0.server == 0 }
        #expect(behind.contains { $0.code == .dataLoss && $0.servers == 0 })
    }

    // MARK: What counts when

    /// An edit counts at the next start, after a crash as well as after a stop.
    @Test func aConfigurationCountsFromTheNextStartOn() throws {
        let servers = try Electorate(3, failures: 1) { plan in
            plan.stage("edit", [PlanVerificationTests.members(old(1), [1: 1, 2: 2, 3: 3, 4: 4])], [stop(old(2))])
        }
        let world = servers.search.world
        let sizes = { (state: SearchState) in
            world.memberships[world.identities[state[0].identity].membership].participants
        }
        let explored = servers.explored()
        #expect(explored.filter { $0.state[0].isUp && $0.state[0].isOriginal }.allSatisfy { sizes($0.state) == 3 })
        #expect(explored.contains { $0.event.kind == .comeback && $0.event.server == 0 && sizes($0.state) == 4 })
    }

    /// B2: a process whose myid its configuration doesn't have ends at once.
    @Test func aServerThatItsOwnListDoesNotNameDoesNotStart() throws {
        let servers = try Electorate(3) { plan in
            plan.stage(
                "shrink", [PlanVerificationTests.members(old(1), [2: 2, 3: 3])], [stop(old(1)), start(old(1), .none)])
        }
        #expect(
            servers.explored().filter { $0.state.node > 0 && !$0.state[0].isOriginal }.allSatisfy { !$0.state[0].isUp })
    }

    @Test func twoServersOfOneHostDoNotRunAtOnce() throws {
        let servers = try Electorate(3) { plan in
            plan[1].has(accepted: 1, current: 1, zxid: 0x1_0000_0009)
            plan.facts.servers[new(1)]?.config = SamplePlan.config(1...3)
            plan.facts.servers[new(1)]?.myid = ServerID(1)
            plan.stage("start", [start(new(1), .none)])
        }
        let one = try servers.number(1)
        let other = try servers.number(1, new)
        let explored = servers.explored()
        #expect(explored.contains { $0.event.kind == .step })
        #expect(explored.allSatisfy { !($0.state[one].isUp && $0.state[other].isUp) })
    }

    /// A copy brings history and epochs, and makes the target's history one of its own from here on.
    @Test func aCopyBringsHistoryAndEpochs() throws {
        let servers = try Electorate(3) { plan in
            for host in 1...3 { plan[host].has(accepted: 3, current: 3, zxid: 0x3_0000_0001) }
            plan.facts.servers[new(4)]?.config = SamplePlan.config([1: 4])
            plan.stage("copy", [.copyData(from: old(1), to: new(4))], [start(new(4), .none)])
        }
        let (one, four) = (try servers.number(1), try servers.number(4, new))
        let copied = try #require(servers.explored().first { $0.event.kind == .step && $0.state[four].base != 0 }).state
        #expect(copied[four].base == copied[one].base && copied[four].currentEpoch == copied[one].currentEpoch)
        #expect(copied[four].copy == 1 && copied[one].copy == 0)
    }

    @Test func clearedDataAreGoneWithTheirEpochs() throws {
        let servers = try Electorate(3) { plan in
            plan.stage("clear", [stop(old(1))], [.clearData(old(1))], [start(old(1), .none)])
        }
        let cleared = servers.explored().filter { $0.event.kind == .step && !$0.state[0].isUp && $0.state[0].base == 0 }
        #expect(!cleared.isEmpty)
        #expect(cleared.allSatisfy { $0.state[0].currentEpoch == 0 && $0.state[0].acceptedEpoch == 0 })
    }

    /// C8: everyone who follows knows the new members at once, and no restart is needed.
    @Test func aReconfigurationCountsAtOnce() throws {
        let servers = try Electorate(3) { plan in
            plan.stage("shrink", [.reconfig(through: old(3), add: [], remove: [ServerID(1)])])
        }
        let world = servers.search.world
        let after = try #require(servers.explored().first { $0.event.kind == .step }).state
        for server in [1, 2] {
            #expect(world.memberships[world.identities[after[server].identity].membership].participants == 2)
        }
    }
}
