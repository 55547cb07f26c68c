/// An endpoint with everything resolved: the last stretch, and the bastions before it in order.
struct ResolvedEndpoint: Sendable {
    var plan: TransportPlan
    var hops: [TransportPlan]
}

/// Puts together inventory, OpenSSH configuration and defaults. The inventory wins wherever it says something.
struct TransportPlanner: Sendable {
    let person: LibSSH2Connector.Person
    let limits: SSHLimits
    let passphrases: PassphraseStore

    func resolve(_ endpoint: Endpoint) async throws(HostError) -> ResolvedEndpoint {
        let (plan, jump) = try await plan(endpoint)
        var hops: [TransportPlan] = []
        var seen: Set<String> = []
        for hop in jump { hops += try await hopPlans(hop, of: endpoint, seen: &seen) }
        return ResolvedEndpoint(plan: plan, hops: hops)
    }

    /// A hop may itself be configured to be behind others.
    private func hopPlans(
        _ hop: String, of endpoint: Endpoint, seen: inout Set<String>
    ) async throws(HostError) -> [TransportPlan] {
        guard let destination = Destination(hop), seen.insert(hop).inserted else {
            throw HostError(
                .configurationInvalid, host: endpoint.host,
                "The jump «\(hop)» is not of the form user@host:port, or leads back to itself: correct the inventory.")
        }
        let hopEndpoint = Endpoint(
            host: endpoint.host, address: destination.address, port: destination.port,
            user: destination.user ?? (endpoint.configFile == nil ? endpoint.user : nil),
            identityFiles: endpoint.identityFiles, knownHosts: endpoint.knownHosts, configFile: endpoint.configFile,
            connectLimit: endpoint.connectLimit)
        let (plan, further) = try await self.plan(hopEndpoint)
        var plans: [TransportPlan] = []
        // Only the first hop of a chain is looked up further, as OpenSSH does.
        if seen.count == 1 {
            for outer in further { plans += try await hopPlans(outer, of: endpoint, seen: &seen) }
        }
        return plans + [plan]
    }

    private func plan(_ endpoint: Endpoint) async throws(HostError) -> (TransportPlan, jump: [String]) {
        var config: OpenSSHConfig?
        if let file = endpoint.configFile {
            config = try await OpenSSHConfig.resolve(
                file: file, destination: endpoint.address, user: endpoint.user, port: endpoint.port, home: person.home,
                host: endpoint.host)
        }
        if let command = config?.proxyCommand {
            throw HostError(
                .configurationInvalid, host: endpoint.host,
                "The configuration asks for the ProxyCommand «\(command)», which is unsupported: use ProxyJump.")
        }
        let address = config?.hostName ?? endpoint.address
        guard !address.isEmpty else {
            throw HostError(
                .configurationInvalid, host: endpoint.host, "The host has no address: correct the inventory.")
        }
        let plan = TransportPlan(
            host: endpoint.host, address: address, port: endpoint.port ?? config?.port ?? 22,
            user: endpoint.user ?? config?.user ?? person.userName, keyName: config?.hostKeyAlias ?? address,
            identityFiles: identityFiles(endpoint, config), identitiesOnly: config?.identitiesOnly ?? false,
            agentSocket: agentSocket(config), knownHosts: knownHosts(endpoint, config),
            connectLimit: endpoint.connectLimit, limits: limits, passphrases: passphrases)
        return (plan, endpoint.jump.isEmpty ? config?.jump ?? [] : endpoint.jump)
    }

    /// Files that nobody named are offered only where they exist.
    private func identityFiles(_ endpoint: Endpoint, _ config: OpenSSHConfig?) -> [String] {
        if !endpoint.identityFiles.isEmpty { return endpoint.identityFiles }
        let usual = config?.identityFiles ?? ["id_ed25519", "id_ecdsa"].map { "\(person.home)/.ssh/\($0)" }
        return usual.filter { path in
            if case .failure(let failure) = readFile(path) { !failure.isMissing } else { true }
        }
    }

    private func knownHosts(_ endpoint: Endpoint, _ config: OpenSSHConfig?) -> [String] {
        if !endpoint.knownHosts.isEmpty { return endpoint.knownHosts }
        return config?.knownHostsFiles ?? ["\(person.home)/.ssh/known_hosts", "/etc/ssh/ssh_known_hosts"]
    }

    private func agentSocket(_ config: OpenSSHConfig?) -> String? {
        switch config?.agent {
        case nil, .asGiven: person.agentSocket
        case .some(.none): nil
        case .socket(let path): path
        }
    }
}

/// `user@host:port`, user and port optional, an IPv6 address in brackets; `ssh://` in front is allowed.
struct Destination: Equatable {
    var user: String?
    var address: String
    var port: UInt16?

    init?(_ text: String) {
        var rest = Substring(text.hasPrefix("ssh://") ? String(text.dropFirst(6)) : text)
        if let at = rest.lastIndex(of: "@") {
            user = String(rest[..<at])
            rest = rest[rest.index(after: at)...]
        }
        if rest.first == "[", let end = rest.firstIndex(of: "]") {
            address = String(rest[rest.index(after: rest.startIndex)..<end])
            rest = rest[rest.index(after: end)...]
            guard rest.isEmpty || rest.first == ":" else { return nil }
            rest = rest.dropFirst()
        } else {
            let parts = rest.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            address = String(parts[0])
            rest = parts.count == 2 ? parts[1] : ""
            if parts.count == 2, rest.isEmpty { return nil }
        }
        if !rest.isEmpty {
            guard let number = UInt16(rest), number > 0 else { return nil }
            port = number
        }
        if address.isEmpty || user?.isEmpty == true { return nil }
    }
}
