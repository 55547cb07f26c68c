package import EnsembleModel
import PlanLanguage

/// Who may lead once a step has stopped or started servers, as long as nothing goes wrong.
package struct LeadersAfter: Sendable, Hashable {
    package struct Candidate: Sendable, Hashable {
        package var server: ServerName
        /// Why it, in words.
        package var why: String
    }

    package var step: String
    package var stage: String
    package var title: String
    /// Those that keep leading first, then those that may be elected, the likeliest first.
    package var candidates: [Candidate]
}

/// Reads from the states of a search who led after each restart, and by which votes.
struct LeaderTeller {
    let search: Search

    private struct Found {
        var place: SearchProgram.Place
        var keeps: Set<Int> = []
        /// The reasons found for each that was elected, with how many others had to be slow for it.
        var elected: [Int: (slow: Int, why: String)] = [:]
    }

    func leaders() -> [LeadersAfter] {
        var found: [String: Found] = [:]
        for number in 0..<search.store.count {
            let state = search.store.state(number)
            guard state.crashes == 0, let parent = search.store.parent(number),
                let place = search.program.nodes[state.node].last, place.step.touchesProcesses
            else { continue }
            let event = search.store.event(number)
            switch event.kind {
            case .step:
                for server in search.world.servers.indices where state[server].isLeading {
                    found[place.step.id, default: Found(place: place)].keeps.insert(server)
                }
            case .election:
                let reason = reason(event, search.store.state(parent))
                let known = found[place.step.id]?.elected[event.server]
                guard known.map({ reason.slow < $0.slow }) ?? true else { continue }
                found[place.step.id, default: Found(place: place)].elected[event.server] = reason
            default: continue
            }
        }
        return found.values.map(told)
    }

    private func told(_ found: Found) -> LeadersAfter {
        let kept = found.keeps.sorted().map {
            LeadersAfter.Candidate(server: search.world.servers[$0], why: "it leads already and keeps its quorum")
        }
        let elected = found.elected.sorted { ($0.value.slow, -$0.key) < ($1.value.slow, -$1.key) }.map {
            LeadersAfter.Candidate(server: search.world.servers[$0.key], why: $0.value.why)
        }
        return LeadersAfter(
            step: found.place.step.id, stage: found.place.stage, title: found.place.step.title,
            candidates: kept + elected)
    }

    /// By epoch, last transaction and myid, in this order (`FastLeaderElection.totalOrderPredicate`).
    private func reason(_ event: Event, _ before: SearchState) -> (slow: Int, why: String) {
        let (rules, teller) = (search.rules, EventTeller(search: search))
        let winner = event.server
        let vote = rules.vote(before, winner)
        let voters = members(of: event.others).map { $0 }
        let alike = voters.filter { rules.vote(before, $0) >> 32 == vote >> 32 }
        let sid = rules.identity(before[winner]).sid
        var why =
            switch (voters.count, alike.count) {
            case (1, _): "it needs nobody's vote"
            case (_, 1): "of \(teller.list(voters)), it has the newest data"
            case (let all, let same) where all == same:
                "of \(teller.list(voters)), whose data are alike, it has the largest myid (\(sid))"
            default: "of \(teller.list(alike)), which have the newest data, it has the largest myid (\(sid))"
            }
        let slow = search.world.servers.indices.filter { server in
            event.others & 1 << UInt32(server) == 0 && before[server].isLooking
                && rules.votes(before[winner], for: before[server], at: server) && rules.vote(before, server) > vote
        }
        if !slow.isEmpty { why += ", where \(teller.list(slow)) \(slow.count == 1 ? "is" : "are") late" }
        return (slow.count, why)
    }
}

extension ResolvedStep {
    /// Whether it stops or starts servers itself.
    fileprivate var touchesProcesses: Bool {
        guard case .operations(let groups) = body else { return false }
        return groups.joined().contains { operation in
            switch operation {
            case .stop, .start: true
            default: false
            }
        }
    }
}
