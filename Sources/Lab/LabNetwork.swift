/// Hosts in network namespaces of their own (ip-netns(8)), joined by a bridge of this machine, so that the network between two of them
/// can be cut while both are still reached from here. Only root may make them.
struct LabNetwork: Sendable {
    var surroundings: LabSurroundings
    var subnet: Int

    static func address(subnet: Int, ending: Int) -> String { "10.213.\(subnet).\(ending)" }

    /// Of the hosts with these addresses.
    func up(_ addresses: [String]) async throws(LabError) {
        try await run(
            """
            ip link add "$bridge" type bridge
            ip addr add "$network.254/24" dev "$bridge"
            ip link set "$bridge" up
            for address; do
                ending=${address##*.}
                ip netns add "$spaces$ending"
                ip link add "$links$ending" type veth peer name eth0 netns "$spaces$ending"
                ip link set "$links$ending" master "$bridge" up
                ip -n "$spaces$ending" addr add "$address/24" dev eth0
                ip -n "$spaces$ending" link set eth0 up
                ip -n "$spaces$ending" link set lo up
            done
            """, addresses)
    }

    /// What is gone already is gone.
    func down(_ addresses: [String]) async throws(LabError) {
        try await run(
            """
            for address; do
                if [ -e "/run/netns/$spaces${address##*.}" ]; then ip netns del "$spaces${address##*.}"; fi
            done
            if [ -e "/sys/class/net/$bridge" ]; then ip link del "$bridge"; fi
            """, addresses)
    }

    /// Nothing goes between one host and the others any more, silently: each takes a hardware address that nobody has for the other's.
    func cut(_ address: String, from others: [String]) async throws(LabError) {
        try await neighbours(address, others, "replace \"$1\" lladdr 02:00:00:00:00:01 nud permanent dev eth0")
    }

    func join(_ address: String, with others: [String]) async throws(LabError) {
        try await neighbours(address, others, "del \"$1\" dev eth0 2>/dev/null || :")
    }

    private func neighbours(_ address: String, _ others: [String], _ change: String) async throws(LabError) {
        try await run(
            """
            change() { ip -n "$spaces${2##*.}" neigh \(change); }
            one=$1; shift
            for other; do change "$one" "$other"; change "$other" "$one"; done
            """, [address] + others)
    }

    /// A program's words, to be run on the host with this address.
    func on(_ address: String, _ words: [String]) throws(LabError) -> [String] {
        [try ip, "netns", "exec", "zkn\(subnet)-\(address.split(separator: ".").last ?? "")"] + words
    }

    private var ip: String {
        get throws(LabError) { try surroundings.program("ip", remedy: "apt-get install iproute2") }
    }

    private func run(_ script: String, _ arguments: [String]) async throws(LabError) {
        _ = try ip
        let names = "network=10.213.\(subnet) bridge=zkb\(subnet) spaces=zkn\(subnet)- links=zkv\(subnet)-\n"
        let shell = try surroundings.program("sh", remedy: "a POSIX shell is needed")
        let outcome = try await ChildProcess.run(
            shell, ["-ec", "PATH=$PATH:/usr/sbin:/sbin\n" + names + script, "sh"] + arguments,
            environment: surroundings.environment)
        guard outcome.succeeded else {
            throw LabError(.breakImpossible, "the hosts' network can't be made: \(outcome.output)")
        }
    }
}

extension Lab {
    /// nil where all hosts are addresses of this machine's loopback.
    var network: LabNetwork? {
        topology.separatesHosts ? LabNetwork(surroundings: surroundings, subnet: subnet) : nil
    }

    func cut(_ server: LabServer) async throws(LabError) -> String {
        guard let network else {
            throw LabError(.breakImpossible, "only a lab that was raised with --namespaces has a network to cut")
        }
        let others = hosts.map(\.address).filter { $0 != server.host.address }
        // The way back is written down first.
        try changeState { $0.undo.append(.cut(address: server.host.address)) }
        try await network.cut(server.host.address, from: others)
        return "\(server.host.name) is cut off from the other hosts"
    }
}
