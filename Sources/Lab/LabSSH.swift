import Glibc

/// One sshd a host, with a host key of its own.
struct LabSSH: Sendable {
    var surroundings: LabSurroundings
    /// The lab's directory.
    var directory: String
    var port: UInt16
    var network: LabNetwork?
    var isHardened = false

    var identityFile: String { "\(directory)/id_ed25519" }
    var knownHosts: String { "\(directory)/known_hosts" }
    private var authorizedKeys: String { "\(directory)/authorized_keys" }
    private var authority: String { "\(directory)/user_authority" }
    private var hostKeyType: String { isHardened ? "rsa" : "ed25519" }

    /// Makes the key that all hosts let in, each host's key, and known_hosts.
    func prepare(_ hosts: [LabHost]) async throws(LabError) {
        let keygen = try surroundings.program("ssh-keygen", remedy: "apt-get install openssh-client")
        try await makeKey(keygen, identityFile, comment: "zkops lab")
        try LabFiles.write(
            isHardened ? "" : try LabFiles.read("\(identityFile).pub"), to: authorizedKeys, mode: 0o600)
        if isHardened { try await certify(keygen) }
        var known = ""
        for host in hosts {
            try LabFiles.makeDirectory(host.sshdDirectory)
            let key = "\(host.sshdDirectory)/ssh_host_\(hostKeyType)_key"
            try await makeKey(keygen, key, type: hostKeyType, comment: host.name)
            let fields = try LabFiles.read("\(key).pub").split(separator: " ")
            known += "[\(host.address)]:\(port) \(fields[0]) \(fields[1])\n"
            try LabFiles.makeDirectory("\(host.directory)/home")
            try LabFiles.write(configuration(host, key: key), to: "\(host.sshdDirectory)/sshd_config")
        }
        try LabFiles.write(known, to: knownHosts)
    }

    /// Starts the sshds side by side and waits until each listens.
    func start(_ hosts: [LabHost]) async throws(LabError) {
        let sshd = try surroundings.program("sshd", remedy: "apt-get install openssh-server")
        if surroundings.isRoot, !LabFiles.exists("/run/sshd") { try LabFiles.makeDirectory("/run/sshd") }
        for host in hosts {
            var words = [sshd, "-f", "\(host.sshdDirectory)/sshd_config", "-E", "\(host.sshdDirectory)/sshd.log"]
            if let network { words = try network.on(host.address, words) }
            let outcome = try await ChildProcess.run(
                words[0], Array(words.dropFirst()), environment: surroundings.environment)
            guard outcome.succeeded else { throw failure(host, outcome.output) }
        }
        for host in hosts {
            let listens = await waitUntil(limit: .seconds(10), every: .milliseconds(5)) {
                LabFiles.exists("\(host.sshdDirectory)/sshd.pid")
            }
            guard listens else { throw failure(host, "") }
        }
    }

    private func failure(_ host: LabHost, _ output: String) -> LabError {
        let log = LabFiles.textIfThere("\(host.sshdDirectory)/sshd.log") ?? ""
        let said = (output + log).split(separator: "\n").suffix(3).joined(separator: "; ")
        return LabError(.startFailed, "the sshd of \(host.name) at \(host.address):\(port) did not start: \(said)")
    }

    private func makeKey(
        _ keygen: String, _ path: String, type: String = "ed25519", comment: String
    ) async throws(LabError) {
        try await run(keygen, ["-q", "-t", type, "-N", "", "-C", comment, "-f", path])
    }

    /// Signs the key with an authority that the hosts trust, which makes `id_ed25519-cert.pub`.
    private func certify(_ keygen: String) async throws(LabError) {
        try await makeKey(keygen, authority, comment: "zkops lab")
        try await run(
            keygen, ["-q", "-s", authority, "-I", "zkops lab", "-n", surroundings.user, "\(identityFile).pub"])
    }

    private func run(_ keygen: String, _ arguments: [String]) async throws(LabError) {
        let outcome = try await ChildProcess.run(keygen, arguments, environment: surroundings.environment)
        guard outcome.succeeded else { throw LabError(.startFailed, "ssh-keygen failed: \(outcome.output)") }
    }

    private var hardening: String {
        guard isHardened else { return "" }
        return """
            Ciphers chacha20-poly1305@openssh.com,aes256-gcm@openssh.com
            MACs hmac-sha2-512-etm@openssh.com,hmac-sha2-256-etm@openssh.com
            HostKeyAlgorithms rsa-sha2-512,rsa-sha2-256
            TrustedUserCAKeys \(authority).pub

            """
    }

    /// Without PAM sshd refuses accounts whose password is locked by `!` (sshd(8)), as root's is on many machines. Only
    /// root can tell, and only root's sshd looks.
    private var accountIsLocked: Bool {
        let line = (LabFiles.textIfThere("/etc/shadow") ?? "").split(separator: "\n").first {
            $0.hasPrefix("\(surroundings.user):")
        }
        return line?.split(separator: ":", omittingEmptySubsequences: false).dropFirst().first?.hasPrefix("!") ?? false
    }

    /// sshd writes its pid file when it listens. A host has a home directory of its own: the operator's shell start-up
    /// files are not the host's, and may cost more than a command.
    private func configuration(_ host: LabHost, key: String) -> String {
        """
        ListenAddress \(host.address)
        Port \(port)
        HostKey \(key)
        PidFile \(host.sshdDirectory)/sshd.pid
        AuthorizedKeysFile \(authorizedKeys)
        PubkeyAuthentication yes
        PasswordAuthentication no
        KbdInteractiveAuthentication no
        PermitRootLogin prohibit-password
        UsePAM \(accountIsLocked ? "yes" : "no")
        StrictModes no
        UseDNS no
        SetEnv "HOME=\(host.directory)/home"
        PrintMotd no
        PrintLastLog no
        AllowTcpForwarding yes
        X11Forwarding no
        MaxStartups 200
        MaxSessions 200
        LogLevel VERBOSE
        Subsystem sftp internal-sftp

        """ + hardening
    }
}
