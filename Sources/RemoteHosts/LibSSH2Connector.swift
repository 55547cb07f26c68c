import CLibSSH2
import Glibc

/// Opens sessions through libssh2. One value serves a whole run.
package final class LibSSH2Connector: HostConnector {
    /// Of the library that is loaded now.
    package static var libraryVersion: String {
        unsafe libssh2_version(0).map { unsafe String(cString: $0) } ?? "unknown"
    }

    /// What the process knows of the person who runs it; nothing here reads the environment.
    package struct Person: Sendable {
        /// The home directory, for `~/.ssh`.
        package var home: String
        /// The user name where neither inventory nor configuration gives one.
        package var userName: String
        /// The agent's socket (`SSH_AUTH_SOCK`), if there is an agent.
        package var agentSocket: String?

        package init(home: String, userName: String, agentSocket: String?) {
            self.home = home
            self.userName = userName
            self.agentSocket = agentSocket
        }
    }

    private let limits: SSHLimits
    private let nonces: NonceSource
    private let planner: TransportPlanner
    private let bastions = Watched<[String: TransportPool]>([:])

    /// - Parameters:
    ///   - prompt: asks for the passphrase of an encrypted key file; nil where there is nobody to ask.
    ///   - seed: of the random numbers used for temporary names, marks and the spread of retries.
    package init(
        person: Person, prompt: PassphrasePrompt? = nil, limits: SSHLimits = SSHLimits(), seed: UInt64
    ) {
        self.limits = limits
        nonces = NonceSource(seed: seed)
        planner = TransportPlanner(person: person, limits: limits, passphrases: PassphraseStore(prompt: prompt))
    }

    package func connect(_ endpoint: Endpoint) async throws(HostError) -> any HostSession {
        let resolved = try await planner.resolve(endpoint)
        let pool = pool(for: resolved)
        do throws(HostError) {
            try await pool.start()
        } catch {
            await pool.close()
            throw error
        }
        return LibSSH2Session(endpoint: endpoint, pool: pool, nonces: nonces)
    }

    package func close() async {
        let pools = bastions.update { pools in
            defer { pools = [:] }
            return Array(pools.values)
        }
        for pool in pools { await pool.close() }
    }

    private func pool(for target: ResolvedEndpoint) -> TransportPool {
        TransportPool(host: target.plan.host, slowOpening: limits.slowOpening) { [self] () throws(HostError) in
            try await dial(target)
        }
    }

    /// The connections to the last of some hops, shared by every host behind them.
    private func bastion(_ hops: [TransportPlan]) -> TransportPool {
        let key = hops.map { "\($0.user)@\($0.place) \($0.identityFiles) \($0.knownHosts)" }.joined(separator: " > ")
        return bastions.update { pools in
            if let pool = pools[key], !pool.isClosed { return pool }
            let pool = pool(for: ResolvedEndpoint(plan: hops[hops.count - 1], hops: Array(hops.dropLast())))
            pools[key] = pool
            return pool
        }
    }

    // MARK: Dialling

    /// Connects, again where the server dropped the connection before its first line: above `MaxStartups` it drops some
    /// at random (sshd_config(5)), so tries are spread at random as well.
    private func dial(_ target: ResolvedEndpoint) async throws(HostError) -> SSHTransport {
        var attempt = 1
        while true {
            var plan = target.plan
            plan.route = try await route(to: target)
            do throws(ConnectFailure) {
                return try await SSHTransport.dial(plan)
            } catch {
                switch error.cure {
                case .none: throw error.error
                case .askOffer: throw await explained(error.error, target)
                case .tryAgain:
                    guard attempt < limits.attempts else { throw error.error }
                    let longest = min(2.0, 0.1 * Double(1 << attempt))
                    do {
                        try await Task.sleep(for: .seconds(longest * (0.3 + 0.7 * nonces.fraction())))
                    } catch {
                        throw HostError(.cancelled, host: plan.host, "Connecting was cancelled.")
                    }
                    attempt += 1
                }
            }
        }
    }

    private func route(to target: ResolvedEndpoint) async throws(HostError) -> TransportPlan.Route {
        guard !target.hops.isEmpty else { return .tcp }
        let plan = target.plan
        let hop = target.hops[target.hops.count - 1]
        var ends: [Int32] = [0, 0]
        guard
            unsafe socketpair(
                AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0,
                &ends) == 0
        else { throw plan.error(.connectionLost, "No local socket could be made: too many files are open.") }
        defer { _ = Glibc.close(ends[1]) }
        do throws(TransportPool.OpenFailure) {
            _ = try await bastion(target.hops).open(
                .bridge(address: plan.address, port: plan.port, descriptor: ends[1]), until: .now + plan.connectLimit)
            return .bridged(ends[0])
        } catch {
            _ = Glibc.close(ends[0])
            switch error {
            case .error(let error):
                throw HostError(error.code, host: plan.host, "On the way through \(hop.place): \(error.message)")
            case .refused(let text):
                throw plan.error(
                    .connectionRefused,
                    "The bastion \(hop.place) can't connect to \(plan.place) (\(text)): see whether the host is up, and "
                        + "AllowTcpForwarding and PermitOpen on the bastion.")
            case .lostAfterStart:
                throw plan.error(.connectionLost, "The connection to the bastion \(hop.place) was lost.")
            }
        }
    }

    /// Adds what the server offers to a failed negotiation, and the way out.
    private func explained(_ error: HostError, _ target: ResolvedEndpoint) async -> HostError {
        var plan = target.plan
        var sentence: String?
        if let route = try? await route(to: target) {
            plan.route = route
            let asked = plan
            sentence = await OwnThread.run({ KexOffer.ask(asked) })?.mismatch()
        }
        let words = [error.message, sentence, HostError.wayOut].compactMap { $0 }
        return HostError(error.code, host: error.host, words.joined(separator: " "))
    }
}
