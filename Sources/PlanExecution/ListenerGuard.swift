import EnsembleAccess
import EnsembleModel
import PlanLanguage
import Synchronization

/// Which election listeners are known to be alive or dead. Looking is not free (a dead listener loses a place of its backlog for
/// good), so what the observation before the run found is kept, and a process that was started since has a live one.
final class ListenerKnowledge: Sendable {
    private let states = Mutex<[ServerName: ListenerState]>([:])

    init(_ facts: EnsembleFacts? = nil) {
        for (server, observed) in facts?.servers ?? [:] { self[server] = observed.electionListener }
    }

    subscript(server: ServerName) -> ListenerState? {
        get { states.withLock { $0[server] } }
        set { states.withLock { $0[server] = newValue } }
    }

    /// Whether one connection of a scanner can kill the listener of this version for good (ZOOKEEPER-2186; the code came with
    /// ZOOKEEPER-1633 and is in these two alone).
    static func canDie(_ version: Version?) -> Bool { version == Version(3, 4, 6) || version == Version(3, 5, 0) }
}

/// Refuses a restart after which the server could not join again, since too few of the others have a listener that lives.
struct ListenerGuard: Sendable {
    let context: ExecutionContext

    /// - Returns: why the restart is refused, or nil.
    func refusal(toRestart server: ServerName) async throws(AccessError) -> String? {
        let sight = context.sight
        // Where no server can be deaf, nothing need be looked at.
        guard sight.inventory.servers.keys.contains(where: { ListenerKnowledge.canDie(context.expectedVersion($0)) })
        else {
            return nil
        }
        let pulse = try await sight.pulse(server)
        // A server that does not serve is not made worse by a restart.
        guard let process = pulse.process, pulse.mode == .leader || pulse.mode == .follower else { return nil }
        let loaded = try await sight.loaded(server, process: process)
        let view = await sight.members(of: loaded, in: LookRound([server: pulse]))
        let mortal = view.members.filter { member in
            guard let name = member.server, member.pulse?.process != nil else { return false }
            return ListenerKnowledge.canDie(member.pulse?.version ?? context.expectedVersion(name))
        }
        guard !mortal.isEmpty else { return nil }
        let unknown = mortal.compactMap(\.server).filter { context.listeners[$0] == nil }
        guard unknown.isEmpty else {
            return "\(server) is not restarted, since the election listeners of \(Self.list(unknown)) may be dead"
                + " (ZOOKEEPER-2186), and nobody looked."
        }
        guard let id = loaded.myid, let leader = view.leaders.first?.id, view.leaders.count == 1 else {
            return "\(server) is not restarted while it is not known who leads."
        }
        let deaf = Set(mortal.filter { $0.server.map { context.listeners[$0] == .dead } ?? false }.map(\.id))
        let absent = Set(view.members.map(\.id)).subtracting(view.serving.map(\.id))
        let rule = ListenerRule(quorum: view.rule, leader: leader, deaf: deaf, absent: absent)
        guard !rule.rejoins(id) else { return nil }
        let dead = view.members.filter { deaf.contains($0.id) }.compactMap(\.server)
        var text =
            "\(server) is not restarted, since it could not join again: the election listeners of \(Self.list(dead)) are dead"
            + " (ZOOKEEPER-2186), so too few of the others would answer it."
        if let order = rule.repairOrder {
            let names = order.map { id in view.members.first { $0.id == id }?.name ?? "server.\(id)" }
            text += " Restart these first, each until it follows again: \(names.joined(separator: ", "))."
        } else {
            text += " No order of restarts heals this ensemble: stop and start all of it, or let a new one take over."
        }
        return text
    }

    private static func list(_ servers: [ServerName]) -> String { servers.map(\.description).joined(separator: ", ") }
}
