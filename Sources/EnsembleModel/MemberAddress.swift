/// Whether a member of an ensemble counts in elections and quorums.
package enum MemberRole: String, Sendable, Codable, CaseIterable {
    case participant, observer
}

/// The value of a `server.N` line: where the others reach this member, and in which role it takes part.
///
/// 3.4 writes `host:2888:3888[:observer]`; 3.5 and later also `…;[address:]2181` for the client port, and IPv6 addresses in
/// brackets; 3.6 and later several addresses joined by `|`, of which the first is read here and the others are kept as they stand.
package struct MemberAddress: Hashable, Sendable, Codable, CustomStringConvertible {
    /// A name or an address; an IPv6 address stands here without its brackets.
    package var host: String
    package var quorumPort: Int
    package var electionPort: Int
    package var role: MemberRole
    package var clientAddress: String?
    package var clientPort: Int?
    /// What follows the first `|`, with the roles as they stand there.
    package var furtherAddresses: String?
    /// What follows a second `;` (the secure client port, 3.10).
    package var secureClient: String?

    package init(
        host: String, quorumPort: Int, electionPort: Int, role: MemberRole = .participant,
        clientAddress: String? = nil, clientPort: Int? = nil
    ) {
        self.host = host
        self.quorumPort = quorumPort
        self.electionPort = electionPort
        self.role = role
        self.clientAddress = clientAddress
        self.clientPort = clientPort
    }

    /// Reads `host:2888:3888[:observer][;[address:]2181]`.
    package init?(_ value: String) {
        let parts = value.split(separator: ";", maxSplits: 2, omittingEmptySubsequences: false).map(trimmed)
        let addresses = parts[0].split(separator: "|", maxSplits: 1, omittingEmptySubsequences: false)
        guard let fields = hostAndFields(addresses[0]), (3...4).contains(fields.count) else { return nil }
        guard !fields[0].isEmpty, let quorumPort = port(fields[1]), let electionPort = port(fields[2]) else {
            return nil
        }
        var role = MemberRole.participant
        if fields.count == 4 {
            guard let named = MemberRole(rawValue: fields[3].lowercased()) else { return nil }
            role = named
        }
        self.init(host: fields[0], quorumPort: quorumPort, electionPort: electionPort, role: role)
        if addresses.count == 2 { furtherAddresses = String(addresses[1]) }
        if parts.count > 1 {
            guard let client = hostAndFields(parts[1][...]), (1...2).contains(client.count),
                let clientPort = port(client[client.count - 1])
            else { return nil }
            self.clientPort = clientPort
            clientAddress = client.count == 2 ? client[0] : nil
        }
        if parts.count > 2 { secureClient = parts[2] }
    }

    /// As it stands in a server line; the role is written only where it is `observer`, which every version reads.
    package var text: String {
        var text = "\(bracketed(host)):\(quorumPort):\(electionPort)"
        if role == .observer { text += ":observer" }
        if let furtherAddresses { text += "|" + furtherAddresses }
        if let clientPort { text += ";" + (clientAddress.map { bracketed($0) + ":" } ?? "") + String(clientPort) }
        if let secureClient { text += ";" + secureClient }
        return text
    }

    package var description: String { text }

    /// Whether the others reach both at the same host and ports.
    package func isSamePlace(as other: MemberAddress) -> Bool {
        host == other.host && quorumPort == other.quorumPort && electionPort == other.electionPort
    }
}

/// Splits at colons; a host in brackets is one field, without them.
private func hostAndFields(_ text: Substring) -> [String]? {
    guard text.hasPrefix("[") else { return text.split(separator: ":", omittingEmptySubsequences: false).map(trimmed) }
    guard let end = text.firstIndex(of: "]") else { return nil }
    let host = String(text[text.index(after: text.startIndex)..<end])
    let rest = text[text.index(after: end)...]
    guard rest.hasPrefix(":") else { return nil }
    return [host] + rest.dropFirst().split(separator: ":", omittingEmptySubsequences: false).map(trimmed)
}

private func port(_ text: String) -> Int? { Int(text).flatMap { (1...65535).contains($0) ? $0 : nil } }

private func bracketed(_ host: String) -> String { host.contains(":") ? "[\(host)]" : host }

/// As `String.trim` of Java: every character up to the space goes from both ends.
func trimmed(_ text: some StringProtocol) -> String {
    var scalars = Substring(text).unicodeScalars
    while let first = scalars.first, first <= " " { scalars.removeFirst() }
    while let last = scalars.last, last <= " " { scalars.removeLast() }
    return String(scalars)
}
