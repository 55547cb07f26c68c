import EnsembleModel
import PlanLanguage

/// Violations as operators tell them to each other: what goes wrong, what helps, and the events in their order.
struct HazardStory {
    let search: Search
    let teller: EventTeller

    init(_ search: Search) {
        self.search = search
        teller = EventTeller(search: search)
    }

    func hazard(_ violation: Violation) -> Hazard {
        let state = search.store.state(violation.state)
        var hazard = Hazard(
            violation.what.code, violation.what.code == .fragile ? .warning : .error, step: violation.place?.step.id,
            stage: violation.place?.stage, message(violation, state),
            trace: teller.trace(search.path(to: violation.state)))
        hazard.takesCrash = state.crashes > 0
        return hazard
    }

    private func message(_ violation: Violation, _ state: SearchState) -> String {
        let what = violation.what
        let leader = teller.name(what.server)
        switch what.code {
        case .dataLoss where what.isTotal && what.servers != 0:
            return
                "\(leader) can become leader with an empty tree, and the data of \(teller.list(what.servers)) are lost; "
                + "start a server that has the data first, and wait until it leads before a quorum of empty ones is up"
        case .dataLoss where what.isTotal:
            return
                "\(leader) can become leader with data older than what was committed; start it only where a quorum of servers "
                + "with the newest data serves"
        case .dataLoss: return lostWrite(violation, state)
        case .lostWrites: return lostWrites(violation, state)
        case .splitBrain:
            return
                "\(teller.list(what.servers)) lead at the same time, each an ensemble with the same data, and both can "
                + "commit; stop the one before the other serves"
        case .disjointQuorums: return disjoint(what, state)
        case .noJoin:
            return "\(leader) can't join: \(Blockage(search: search, teller: teller).reason(what.server, state))"
        default:
            return "after one more crash here, even if the server comes back, \(leader) can't join: "
                + Blockage(search: search, teller: teller).reason(what.server, state)
        }
    }

    private func lostWrite(_ violation: Violation, _ state: SearchState) -> String {
        let what = violation.what
        var text = "an acknowledged write can be lost: \(teller.name(what.server)) can become leader without it"
        if what.servers != 0 {
            text += ", which \(teller.list(what.servers)) \(what.servers.nonzeroBitCount == 1 ? "has" : "have")"
        }
        let path = search.path(to: violation.state)
        for (before, number) in zip(path, path.dropFirst()) {
            let event = search.store.event(number)
            guard event.kind == .commit else { continue }
            let writer = search.store.state(before)[event.server]
            let unlisted = members(of: event.others).filter {
                !search.rules.votes(writer, for: search.store.state(before)[$0], at: $0)
            }
            guard !unlisted.isEmpty else { continue }
            return text + "; servers of 3.4 count followers that their configuration doesn't list, here "
                + "\(teller.list(unlisted)): upgrade to 3.6.3 or later first, or acknowledge the window"
        }
        return text
            + "; let a write go through all others before data are cleared, and change the members one at a time"
    }

    private func lostWrites(_ violation: Violation, _ state: SearchState) -> String {
        let copied = search.copyPlace(of: search.store.state(violation.state)[violation.what.server].copy)
        let from = copied.map { "the copy (\($0))" } ?? "the copy"
        return "what the old ensemble commits between \(from) and its stop is not in the new one, which "
            + "\(teller.name(violation.what.server)) leads; stop the old ensemble first, its leader last, and require lost_writes: 0"
    }

    private func disjoint(_ what: Violation.What, _ state: SearchState) -> String {
        var groups: [Int: UInt32] = [:]
        for server in members(of: what.servers) where state[server].isUp {
            groups[search.rules.identity(state[server]).membership, default: 0] |= 1 << UInt32(server)
        }
        let words = groups.sorted { $0.key < $1.key }.map { membership, servers in
            "\(teller.list(servers)) a quorum of \(teller.members(membership))"
        }
        return
            "\(words.joined(separator: ", and ")): both can commit, and no server is in both; change one server at a time"
    }
}

extension Search {
    /// From the beginning to a state.
    func path(to number: Int) -> [Int] {
        var path: [Int] = []
        var next: Int? = number
        while let current = next {
            path.append(current)
            next = store.parent(current)
        }
        return path.reversed()
    }

    func copyPlace(of copy: Int) -> String? { program.copyPlaces[copy] }
}
