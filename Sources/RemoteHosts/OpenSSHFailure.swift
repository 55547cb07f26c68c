/// Why `ssh` could not connect. It says so in words only (with LC_ALL=C, sshconnect.c and sshconnect2.c of OpenSSH), so this
/// is the one place that reads them; what it does not know is quoted.
struct OpenSSHFailure: Equatable {
    var code: HostError.Code
    var said: String

    init(_ said: String, timedOut: Bool) {
        self.said = said
        code = Self.codes.first { said.contains($0.words) }?.code ?? (timedOut ? .connectTimedOut : .connectionLost)
    }

    /// In the order of their weight: several may be said.
    private static let codes: [(words: String, code: HostError.Code)] = [
        ("REVOKED HOST KEY", .hostKeyRevoked), ("HOST IDENTIFICATION HAS CHANGED", .hostKeyChanged),
        ("marked as revoked", .hostKeyRevoked), ("host key is known for", .hostKeyUnknown),
        ("Host key verification failed", .hostKeyUnknown), ("Unable to negotiate", .negotiationFailed),
        ("Permission denied (", .authenticationRefused), ("Too many authentication failures", .authenticationRefused),
        ("Could not resolve hostname", .addressNotFound), ("Connection refused", .connectionRefused),
        ("timed out", .connectTimedOut), ("Bad configuration option", .configurationInvalid),
        ("Bad owner or permissions", .configurationInvalid), ("invalid format", .notSSH),
    ]

    /// Above `MaxStartups` the server drops connections before its first line.
    var isRetryable: Bool {
        code == .connectionLost && (said.contains("kex_exchange_identification") || said.contains("banner"))
    }

    func error(_ host: String) -> HostError {
        let line = said.split(whereSeparator: \.isNewline).suffix(3).joined(separator: "; ")
        let remedy =
            switch code {
            case .hostKeyUnknown: "Add the host's key to the inventory's `known_hosts` after comparing its fingerprint."
            case .hostKeyChanged, .hostKeyRevoked:
                "The server's key is not the known one: find out why before anything is sent to it."
            case .authenticationRefused:
                "See that the key is in authorized_keys; a key with a passphrase must be in the agent, as ssh can't ask."
            default: "See whether `ssh` reaches the host from here."
            }
        return HostError(
            code, host: host, "ssh could not connect (\(line.isEmpty ? "it said nothing" : line)). \(remedy)")
    }
}
