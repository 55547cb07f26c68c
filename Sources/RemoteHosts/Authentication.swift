/// Proves to the server who asks: by the agent's keys first, then by key files.
final class Authentication {
    private enum Attempt { case accepted, refused, unusable }

    private let plan: TransportPlan
    private let session: NativeSession
    private let driver: SessionDriver
    private var deadline: ContinuousClock.Instant
    /// What was offered and what became of it, for the message.
    private var tried: [String] = []
    private var files: [IdentityFile] = []
    /// Keys that the server has refused from the agent; offering them again from a file would count once more.
    private var refusedKeys: Set<[UInt8]> = []
    private var needsPassphrase: HostError?
    /// Whether a person was waited for, during which the server's own patience may have ended.
    private var waitedForPerson = false

    init(plan: TransportPlan, session: NativeSession, driver: SessionDriver) {
        self.plan = plan
        self.session = session
        self.driver = driver
        deadline = .now + plan.limits.authentication
    }

    func run() throws(ConnectFailure) {
        files = inspectFiles()
        if try askMethods() { return }
        if try offerAgentKeys() { return }
        for file in files where try offer(file) { return }
        throw ConnectFailure(failure())
    }

    /// - Returns: whether the server lets this user in without any proof.
    private func askMethods() throws(ConnectFailure) -> Bool {
        var methods: String?
        _ = try drive {
            methods = self.session.authenticationMethods(user: self.plan.user)
            return methods == nil ? self.session.lastError : 0
        }
        guard let methods else {
            if session.isAuthenticated { return true }
            throw lost()
        }
        guard methods.split(separator: ",").contains("publickey") else {
            throw ConnectFailure(
                plan.error(
                    .authenticationRefused,
                    "\(plan.place) lets \(plan.user) in by \(methods) only: allow public keys there "
                        + "(PubkeyAuthentication in sshd_config)."))
        }
        return false
    }

    // MARK: The agent

    private func offerAgentKeys() throws(ConnectFailure) -> Bool {
        guard let path = plan.agentSocket, let agent = AgentClient(path: path), let held = agent.identities() else {
            return false
        }
        let configured = files.compactMap(\.publicKey)
        // The server counts refused keys (MaxAuthTries), so the configured ones come first.
        var ordered = held.filter { configured.contains($0.publicKey) }
        if !plan.identitiesOnly { ordered += held.filter { !configured.contains($0.publicKey) } }
        for identity in ordered {
            let name = "\(identity.comment) \(KnownHosts.fingerprint(identity.publicKey)) of the agent"
            if try offer(identity, from: agent, name: name) { return true }
            refusedKeys.insert(identity.publicKey)
        }
        return false
    }

    private func offer(
        _ identity: AgentClient.Identity, from agent: AgentClient, name: String
    ) throws(ConnectFailure) -> Bool {
        guard case .rsa = IdentityFile.kind(of: identity.publicKey) else {
            let signer = Signer { agent.sign($0, with: identity.publicKey, hash: nil) }
            return try offer(identity.publicKey, signer: signer, name: name)
        }
        for hash in AgentClient.RSAHash.allCases {
            // libssh2 takes the signature's method from the first string of the key, which it knows as ssh-rsa only.
            var reader = WireReader(identity.publicKey)
            _ = reader.string()
            var renamed = WireWriter()
            renamed.text(hash.method)
            let key = renamed.bytes + reader.remaining
            let signer = Signer { agent.sign($0, with: identity.publicKey, hash: hash) }
            if try offer(key, signer: signer, name: "\(name) (\(hash.method))") { return true }
        }
        return false
    }

    private func offer(_ key: [UInt8], signer: Signer, name: String) throws(ConnectFailure) -> Bool {
        let attempt = try attempt { self.session.authenticate(user: self.plan.user, publicKey: key, signer: signer) }
        if attempt != .accepted { tried.append(name) }
        return attempt == .accepted
    }

    // MARK: Files

    private func inspectFiles() -> [IdentityFile] {
        plan.identityFiles.compactMap { path in
            switch IdentityFile.inspect(path) {
            case .success(let file): return file
            case .failure(let failure):
                tried.append("\(path) (can't be read: \(failure.reason))")
                return nil
            }
        }
    }

    private func offer(_ file: IdentityFile) throws(ConnectFailure) -> Bool {
        if let obstacle = file.obstacle {
            tried.append("\(file.path) (not used: \(obstacle); `ssh-add` it to an agent)")
            return false
        }
        if let key = file.publicKey, refusedKeys.contains(key) { return false }
        guard file.isEncrypted else {
            let attempt = try attempt(with: file.path, passphrase: nil)
            if attempt != .accepted { tried.append(file.path + (attempt == .unusable ? " (not a usable key)" : "")) }
            return attempt == .accepted
        }
        for _ in 0..<3 {
            let asked = ContinuousClock.now
            guard let passphrase = plan.passphrases.passphrase(for: file.path) else { break }
            let waited = ContinuousClock.now - asked
            deadline += waited
            if waited > .seconds(5) { waitedForPerson = true }
            let attempt = try attempt(with: file.path, passphrase: passphrase)
            if attempt == .unusable {
                plan.passphrases.reject(passphrase, for: file.path)
                continue
            }
            if attempt == .refused { tried.append(file.path) }
            return attempt == .accepted
        }
        tried.append("\(file.path) (encrypted)")
        needsPassphrase = plan.error(
            .passphraseNeeded,
            "The key \(file.path) is encrypted and its passphrase was not given: type it when asked, or add the key to an "
                + "agent (ssh-add \(file.path)).")
        return false
    }

    private func attempt(with path: String, passphrase: String?) throws(ConnectFailure) -> Attempt {
        try attempt {
            self.session.authenticate(user: self.plan.user, privateKeyFile: path, passphrase: passphrase)
        }
    }

    // MARK: Common

    private func attempt(_ call: @escaping () -> Int32) throws(ConnectFailure) -> Attempt {
        let code = try drive(call)
        if code == 0 { return .accepted }
        if code == LibSSH2Code.fileUnusable { return .unusable }
        let refusal = code == LibSSH2Code.authenticationFailed || code == LibSSH2Code.publicKeyUnverified
        if driver.wire.isEnded || driver.wire.farewell != nil || !refusal { throw lost() }
        return .refused
    }

    private func drive(_ call: @escaping () -> Int32) throws(ConnectFailure) -> Int32 {
        do {
            return try driver.drive(until: deadline, call)
        } catch {
            switch error {
            case .stopped: throw ConnectFailure(plan.error(.cancelled, "Connecting was cancelled."))
            case .peerEnded: throw lost()
            case .limitPassed:
                throw ConnectFailure(
                    plan.error(
                        .connectTimedOut,
                        "\(plan.place) did not finish authentication within \(plan.limits.authentication): it may be "
                            + "waiting for a name server (UseDNS in sshd_config)."))
            }
        }
    }

    private func lost() -> ConnectFailure {
        if waitedForPerson {
            return ConnectFailure(
                plan.error(.connectionLost, "\(plan.place) did not wait for the passphrase."), cure: .tryAgain)
        }
        let farewell = driver.wire.farewell.map { ", saying «\($0)»" } ?? ""
        if tried.count >= 3 {
            return ConnectFailure(
                plan.error(
                    .authenticationRefused,
                    "\(plan.place) ended the connection after \(tried.count) keys (MaxAuthTries)\(farewell): name the right one as "
                        + "`identity_file`. Offered: \(tried.joined(separator: ", "))."))
        }
        return ConnectFailure(
            plan.error(.connectionLost, "\(plan.place) ended the connection during authentication\(farewell)."))
    }

    private func failure() -> HostError {
        if let needsPassphrase { return needsPassphrase }
        let offered = tried.isEmpty ? "no key was found to offer" : "offered: \(tried.joined(separator: ", "))"
        let unreadable = !tried.isEmpty && files.isEmpty && plan.agentSocket == nil
        return plan.error(
            unreadable ? .identityUnreadable : .authenticationRefused,
            "\(plan.place) does not accept \(plan.user) (\(offered)): name the right `identity_file`, or add its public key "
                + "to ~\(plan.user)/.ssh/authorized_keys and check AllowUsers there.\(certificateNote)")
    }

    /// libssh2 offers the bare key, which a server that trusts a certificate authority (TrustedUserCAKeys) refuses.
    private var certificateNote: String {
        let certificates = files.map { $0.path + "-cert.pub" }.filter { path in
            if case .success = readFile(path) { true } else { false }
        }
        guard !certificates.isEmpty else { return "" }
        return
            " The certificate \(certificates.joined(separator: ", ")) was not offered, since libssh2 has none. \(HostError.wayOut)"
    }
}
