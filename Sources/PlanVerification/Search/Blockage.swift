import EnsembleModel

/// Why a server that looks for a leader finds none.
struct Blockage {
    let search: Search
    let teller: EventTeller

    func reason(_ server: Int, _ state: SearchState) -> String {
        let (world, rules) = (search.world, search.rules)
        let own = state[server]
        let leaders = world.servers.indices.filter { leader in
            state[leader].isLeading && !state[leader].isOpaque
                && rules.membership(state[leader]).isRelated(to: rules.membership(own))
        }
        guard let leader = leaders.first else {
            return
                "no quorum of \(teller.members(rules.identity(own).membership)) is up and hears each other; bring the members up "
                + "first, or go back to the configuration that they have loaded"
        }
        if !rules.lists(own, state[leader], at: leader) {
            return
                "its configuration doesn't list \(teller.name(leader)), which leads; let another lead first, or stop the leaver "
                + "before the others get the shorter list"
        }
        if own.acceptedEpoch > state[leader].currentEpoch {
            return
                "it has promised a later epoch than the one of \(teller.name(leader)); don't clear it before its data are saved"
        }
        return unanswered(server, leader, state)
    }

    private func unanswered(_ server: Int, _ leader: Int, _ state: SearchState) -> String {
        let (world, rules) = (search.world, search.rules)
        let own = state[server]
        let heard = rules.heard(server, supporting: leader, in: state)
        let supporters = rules.supporters(of: leader, in: state) & ~(1 << UInt32(server))
        let rule = rules.membership(own).rule
        let count = heard.nonzeroBitCount
        var text =
            "it needs \(rule.quorumSize) other members of \(teller.members(rules.identity(own).membership)) that follow one "
            + "leader and answer, and finds \(count)"
        if count > 0 { text += " (\(teller.list(heard)))" }
        let silent = members(of: supporters & ~heard).map { $0 }
        let deaf = silent.filter { rules.isDeaf(state[$0], $0) }
        guard deaf.isEmpty else {
            return text
                + "; the election listener of \(teller.list(deaf)) is dead (ZOOKEEPER-2186): restart that one first"
        }
        let unnamed = silent.filter {
            rules.votes(own, for: state[$0], at: $0) && !rules.lists(state[$0], own, at: server)
                && rules.identity(own).sid < rules.identity(state[$0]).sid
        }
        guard unnamed.isEmpty else {
            return text
                + "; \(teller.list(unnamed)) would have to call back a smaller myid, and \(unnamed.count == 1 ? "its" : "their") "
                + "loaded configuration doesn't have it: give new servers the highest myids"
        }
        let missing = world.servers.indices.filter {
            rules.membership(own).voters & 1 << UInt32($0) != 0 && !state[$0].isUp && state[$0].base != 0
        }
        if !missing.isEmpty { return text + "; start \(teller.list(missing)) first" }
        return text + "; start the new server before others get its list"
    }
}
