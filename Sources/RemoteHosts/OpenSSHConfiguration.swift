/// What the system's `ssh` is told: a configuration file of its own (ssh_config(5)), so that the hops of a jump are
/// held to the same rules as the host, which options of the command line would not do.
struct OpenSSHConfiguration: Sendable, Equatable {
    var text: String
    /// The name that stands for the host.
    static let target = "zkops-host"

    static func make(
        _ endpoint: Endpoint, _ resolved: ResolvedEndpoint, limits: SSHLimits
    ) throws(HostError) -> OpenSSHConfiguration {
        var lines: [String] = []
        let plans = resolved.hops + [resolved.plan]
        for (index, plan) in plans.enumerated() {
            let name = index == plans.count - 1 ? target : "zkops-hop-\(index + 1)"
            lines += ["Host \(name)"] + (try block(plan)).map { "  \($0)" }
            lines.append("  ProxyJump \(index == 0 ? "none" : "zkops-hop-\(index)")")
        }
        let interval = max(1, limits.keepaliveInterval.components.seconds)
        let silence = max(1, limits.silence.components.seconds)
        lines += [
            "Host *", "  BatchMode yes", "  StrictHostKeyChecking yes", "  UpdateHostKeys no", "  CheckHostIP no",
            "  GlobalKnownHostsFile none", "  ConnectTimeout \(max(1, endpoint.connectLimit.components.seconds))",
            "  ServerAliveInterval \(interval)", "  ServerAliveCountMax \(max(1, (silence + interval - 1) / interval))",
            "  ForwardAgent no", "  ForwardX11 no", "  PermitLocalCommand no", "  RequestTTY no", "  LogLevel ERROR",
            "  ControlPersist no", "  ClearAllForwardings yes", "  RemoteCommand none",
        ]
        if let file = endpoint.configFile {
            // What zkops has no word for, such as ciphers and certificates, is the configuration's to say.
            lines += ["Host *", "  Include \(try word(file, endpoint.host))"]
        }
        return OpenSSHConfiguration(text: lines.joined(separator: "\n") + "\n")
    }

    private static func block(_ plan: TransportPlan) throws(HostError) -> [String] {
        var lines = [
            "HostName \(try word(plan.address, plan.host))", "Port \(plan.port)",
            "User \(try word(plan.user, plan.host))",
        ]
        if plan.keyName != plan.address { lines.append("HostKeyAlias \(try word(plan.keyName, plan.host))") }
        for file in plan.identityFiles {
            if case .failure(let failure) = readFile(file) {
                throw plan.error(.identityUnreadable, "The key file \(file) can't be read: \(failure.reason).")
            }
            lines.append("IdentityFile \(try word(file, plan.host))")
        }
        if plan.identitiesOnly { lines.append("IdentitiesOnly yes") }
        if plan.agentSocket == nil { lines.append("IdentityAgent none") }
        var known: [String] = []
        for file in plan.knownHosts {
            if case .failure(let failure) = readFile(file), !failure.isMissing {
                throw plan.error(
                    .knownHostsUnreadable, "The list of known hosts \(file) can't be read: \(failure.reason).")
            }
            known.append(try word(file, plan.host))
        }
        lines.append("UserKnownHostsFile \(known.isEmpty ? "none" : known.joined(separator: " "))")
        return lines
    }

    /// One word of the file that stands for exactly this text. `ssh` fills in what follows `%` and `${`.
    private static func word(_ text: String, _ host: String) throws(HostError) -> String {
        let scalars = text.unicodeScalars
        guard !scalars.isEmpty, scalars.first != "-", !text.utf8.contains("${".utf8),
            !scalars.contains(where: { $0 == "\"" || $0 == "\\" || $0.value < 32 || $0.value == 127 })
        else {
            throw HostError(
                .configurationInvalid, host: host,
                "The system's ssh can't be given «\(text)»: use a name without quotes, backslashes, ${ and control "
                    + "characters that does not begin with a dash.")
        }
        return "\"\(scalars.map { $0 == "%" ? "%%" : String($0) }.joined())\""
    }
}
