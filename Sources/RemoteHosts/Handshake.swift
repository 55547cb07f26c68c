/// Exchanges keys with the server and checks that its key is the one known for it.
struct Handshake {
    let plan: TransportPlan
    let session: NativeSession
    let driver: SessionDriver

    /// Best first. libssh2 1.10 can't verify rsa-sha2 signatures of host keys, and no server of today offers ssh-rsa.
    static let hostKeyTypes = [
        "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa",
    ]

    static let verifiableKeyTypes = Set(hostKeyTypes.dropLast())

    func run() throws(ConnectFailure) {
        let known: KnownHosts
        do {
            known = try KnownHosts.load(plan.knownHosts, host: plan.host)
        } catch {
            throw ConnectFailure(error)
        }
        // The server shows one key, of the first type here that it has. It must be a type that is known for it: an
        // unknown key of another type would say nothing about the known one.
        let knownTypes = known.keyTypes(name: plan.keyName, port: plan.port)
        let first = Self.hostKeyTypes.filter(knownTypes.contains)
        session.prefer(first + Self.hostKeyTypes.filter { !first.contains($0) }, for: .hostKey)
        try exchangeKeys()
        do {
            try known.check(session.hostKey, name: plan.keyName, port: plan.port, place: plan.place, host: plan.host)
        } catch {
            throw ConnectFailure(error)
        }
    }

    /// As OpenSSH's ConnectTimeout, the limit for connecting also holds for the protocol's handshake and key exchange (ssh_config(5)).
    private var exchangeLimit: Duration { min(plan.limits.keyExchange, plan.connectLimit) }

    private func exchangeKeys() throws(ConnectFailure) {
        let code: Int32
        do {
            code = try driver.drive(until: .now + exchangeLimit, session.handshake)
        } catch {
            throw stopped(error)
        }
        if code == 0 { return }
        if !session.hasBanner {
            throw code == LibSSH2Code.bannerNotSSH
                ? ConnectFailure(plan.error(.notSSH, "\(plan.place) does not speak SSH\(answer). Is the port right?"))
                : stopped(.peerEnded)
        }
        if code == LibSSH2Code.noCommonMethod, !driver.wire.isEnded {
            let text = "No SSH method is common to \(plan.place) and this program."
            throw ConnectFailure(plan.error(.negotiationFailed, text), cure: .askOffer)
        }
        throw ConnectFailure(
            plan.error(
                .negotiationFailed,
                "\(plan.place) and this program could not exchange keys (libssh2 error \(code): \(session.lastErrorText))."
            ))
    }

    private func stopped(_ stop: SessionDriver.Stop) -> ConnectFailure {
        switch stop {
        case .stopped: return ConnectFailure(plan.error(.cancelled, "Connecting was cancelled."))
        case .limitPassed:
            let phase = session.hasBanner ? "the key exchange did not end" : "no SSH identification came"
            return ConnectFailure(
                plan.error(
                    .connectTimedOut,
                    "\(plan.place) accepted the connection, but \(phase) within \(exchangeLimit)\(answer)."))
        case .peerEnded:
            if session.hasBanner {
                // sshd ends a connection like this when the methods differ and it is the first to notice.
                return ConnectFailure(
                    plan.error(.negotiationFailed, "\(plan.place) ended the connection during the key exchange."),
                    cure: .askOffer)
            }
            let text =
                "\(plan.place) ended the connection before its SSH identification\(answer): it may be over its limit of "
                + "connections (MaxStartups), or not an SSH server."
            return ConnectFailure(
                plan.error(driver.wire.firstBytes.isEmpty ? .connectionLost : .notSSH, text), cure: .tryAgain)
        }
    }

    /// What the server said, for a message, in printable ASCII.
    private var answer: String {
        let bytes = driver.wire.firstBytes.prefix(60)
        guard !bytes.isEmpty else { return "" }
        let text = String(decoding: bytes.map { (32..<127).contains($0) ? $0 : UInt8(ascii: ".") }, as: UTF8.self)
        return "; it said «\(text)»"
    }
}
