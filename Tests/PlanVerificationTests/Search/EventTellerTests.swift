import EnsembleModel
import PlanLanguage
import TestSupport
import Testing

@testable import PlanVerification

/// Each kind of event told once, and each reason why a server can't join, in `Tests/Golden/PlanVerification`.
@Suite struct EventTellerTests {
    private struct Told {
        var lines: [String] = []

        /// The first event that fits, with the servers as they are after it.
        mutating func add(
            _ title: String, _ servers: Electorate, where fits: (Event, SearchState) -> Bool
        ) throws {
            servers.search.run(from: servers.state)
            let store = servers.search.store
            let number = try #require(
                (1..<store.count).first { fits(store.event($0), store.state($0)) }, "no state for \(title)")
            let teller = EventTeller(search: servers.search)
            let before = teller.remembered(Array(servers.search.path(to: number).dropLast()))
            let after = teller.remembering(before, number)
            let sentence = try #require(teller.sentence(store.event(number), before, after))
            lines += ["\(title):", "  \(sentence).", "  Now \(teller.situation(after))", ""]
        }
    }

    @Test func everyKindOfEventIsTold() throws {
        var told = Told()
        try steps(&told)
        try elections(&told)
        try writes(&told)
        try accidents(&told)
        try expectGolden(told.lines.joined(separator: "\n"), "PlanVerification/events.txt")
    }

    private func steps(_ told: inout Told) throws {
        let isStep = { (event: Event, _: SearchState) in event.kind == .step }
        try told.add("a follower is stopped", try Electorate(3) { $0.stage("stop", [stop(old(1))]) }, where: isStep)
        try told.add("the leader is stopped", try Electorate(3) { $0.stage("stop", [stop(old(3))]) }, where: isStep)
        let started = { (event: Event, state: SearchState) in
            event.kind == .step && state[0].isUp && !state[0].isOriginal
        }
        try told.add("a server is started", try Electorate(3) { $0.stage("start", restart(old(1))) }, where: started)
        try told.add(
            "servers are started side by side",
            try Electorate(3) { plan in
                plan.stage("stop", [stop(old(1))], [stop(old(2))])
                let starts = SamplePlan.step("2.1", [start(old(1)), start(old(2))])
                plan.stages.append(
                    ResolvedStage(name: "start", steps: [SamplePlan.sideBySide(starts)]))
            }, where: started)
        try told.add(
            "a requirement holds",
            try Electorate(3) { $0.stage("require", [.require([Condition(.leader(oneOf: [old(3)]))])]) }, where: isStep)
        try told.add(
            "what is waited for holds",
            try Electorate(3) { plan in
                plan.stage("wait", [.wait([Condition(.serving([old(1), old(2)]))], limit: SamplePlan.limit)])
            }, where: isStep)
        try told.add(
            "data are cleared",
            try Electorate(3) { $0.stage("clear", [stop(old(1))], [.clearData(old(1))], [start(old(1), .none)]) },
            where: { event, state in event.kind == .step && !state[0].isUp && state[0].base == 0 })
        try told.add(
            "data are copied",
            try Electorate(3) { plan in
                plan.facts.servers[new(4)]?.config = SamplePlan.config([1: 4])
                plan.stage("copy", [.copyData(from: old(1), to: new(4))], [start(new(4), .none)])
            }, where: isStep)
        try told.add(
            "the members are changed while they serve",
            try Electorate(3) { $0.stage("shrink", [.reconfig(through: old(3), add: [], remove: [ServerID(1)])]) },
            where: isStep)
    }

    private func elections(_ told: inout Told) throws {
        let isElection = { (event: Event, _: SearchState) in event.kind == .election }
        try told.add("an election", try Electorate(3) { $0.allLook() }, where: isElection)
        try told.add(
            "an election of empty servers",
            try Electorate(3) { plan in
                plan.allLook()
                for host in [2, 3] { plan[host].isEmpty() }
                plan[1].has(accepted: 1, current: 1, zxid: 0x1_0000_0009)
            }, where: { event, _ in event.kind == .election && event.others == 0b110 })
        try told.add(
            "an election without one that was started anew",
            try Electorate(3, reductions: []) { plan in
                plan.stage("restart", [stop(old(1))], [start(old(1), .none)], [stop(old(3))], [start(old(3), .none)])
            }, where: { event, state in event.kind == .election && event.others == 0b110 && !state[0].isOriginal })
        try told.add(
            "an election while one is down", try Electorate(3, failures: 1),
            where: { event, state in event.kind == .election && state.crashes == 1 })
        try told.add(
            "a server joins",
            try Electorate(3, reductions: []) { $0.stage("restart", restart(old(1))) },
            where: { event, _ in event.kind == .join })
    }

    private func writes(_ told: inout Told) throws {
        try told.add(
            "a write", try Electorate(3, reductions: []), where: { event, _ in event.kind == .commit })
        let unlisted = try Electorate(3, version: Version(3, 4, 14), failures: 1) { plan in
            plan.facts.servers[old(4)] = ServerFacts(
                running: true, mode: .follower, myid: ServerID(4), version: Version(3, 4, 14), snapshot: .at(Zxid(1)),
                config: SamplePlan.config(1...4))
        }
        try told.add(
            "a write that an unlisted follower of 3.4 acknowledges", unlisted,
            where: { event, _ in event.kind == .commit && event.others & 1 << 3 != 0 })
        try told.add(
            "an election without the write", unlisted,
            where: { event, state in event.kind == .election && state.hasWrite && !state[event.server].hasWrite })
    }

    private func accidents(_ told: inout Told) throws {
        let crash = { (event: Event, _: SearchState) in event.kind == .crash }
        try told.add("a follower crashes", try Electorate(3, failures: 1), where: crash)
        try told.add(
            "the leader crashes", try Electorate(3, failures: 1),
            where: { event, _ in event.kind == .crash && event.server == 2 })
        try told.add(
            "a server comes back", try Electorate(3, failures: 1), where: { event, _ in event.kind == .comeback })
        try told.add(
            "the last server crashes", try Electorate(1, failures: 1), where: crash)
    }

    // MARK: Why not

    @Test func everyReasonNotToJoinIsTold() throws {
        var lines: [String] = []
        func tell(_ title: String, _ host: Int, _ servers: Electorate) throws {
            let teller = EventTeller(search: servers.search)
            let reason = Blockage(search: servers.search, teller: teller).reason(
                try servers.number(host), servers.state)
            lines += ["\(title):", "  \(reason)", ""]
        }
        try tell("nobody leads", 1, try Electorate(3) { $0.allLook() })
        try tell(
            "it doesn't list the leader", 1,
            try Electorate(3) { plan in
                plan[1].mode = .looking
                plan[1].config = SamplePlan.config(1...2)
            })
        try tell(
            "it has promised a later epoch", 1,
            try Electorate(3) { plan in
                for host in 1...3 { plan[host].has(accepted: 2, current: 2, zxid: 0x2_0000_0001) }
                plan[1].mode = .looking
                plan[1].has(accepted: 3, current: 2, zxid: 0x2_0000_0001)
            })
        try tell(
            "a listener is dead", 1,
            try Electorate(3, version: Version(3, 4, 6)) { plan in
                plan[1].mode = .looking
                plan[2].electionListener = .dead
            })
        try tell(
            "members of 3.4 don't list it", 1,
            try Electorate(4, version: Version(3, 4, 14)) { plan in
                for host in 2...4 { plan[host].config = SamplePlan.config(2...4) }
                plan[1].mode = .looking
            })
        try tell(
            "a member is down", 1,
            try Electorate(4) { plan in
                plan[1].mode = .looking
                plan[2].running = false
                plan[2].mode = .stopped
                plan.stage("start", [start(old(2))])
            })
        try tell(
            "it has the larger list already", 1,
            try Electorate(3) { plan in
                plan[1].mode = .looking
                plan[1].config = SamplePlan.config(1...4)
            })
        try expectGolden(lines.joined(separator: "\n"), "PlanVerification/blockages.txt")
    }
}
