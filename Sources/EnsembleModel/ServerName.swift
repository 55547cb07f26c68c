/// A server's name in plans: one installation on one host, written `host@installation`.
package struct ServerName: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    package var host: String
    package var installation: String

    package init(host: String, installation: String) {
        self.host = host
        self.installation = installation
    }

    /// Reads `zk6@v3.4.14`; both parts must be there.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
        self.init(host: String(parts[0]), installation: String(parts[1]))
    }

    package var description: String { "\(host)@\(installation)" }

    /// By host, then installation, with runs of digits compared as numbers, so that zk7 comes before zk10.
    package static func < (left: ServerName, right: ServerName) -> Bool {
        left.host == right.host
            ? naturallyPrecedes(left.installation, right.installation) : naturallyPrecedes(left.host, right.host)
    }

    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let name = ServerName(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "\(text) is not host@installation"))
        }
        self = name
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// Whether `left` comes before `right` when runs of digits count as numbers.
package func naturallyPrecedes(_ left: String, _ right: String) -> Bool {
    let (leftParts, rightParts) = (naturalParts(left), naturalParts(right))
    for (one, other) in zip(leftParts, rightParts) where one != other {
        switch (Int(one), Int(other)) {
        case (let one?, let other?) where one != other: return one < other
        default: return one < other
        }
    }
    return leftParts.count < rightParts.count
}

private func naturalParts(_ text: String) -> [Substring] {
    var parts: [Substring] = []
    var rest = text[...]
    while let first = rest.first {
        let digits = first.isASCII && first.isNumber
        let part = rest.prefix { ($0.isASCII && $0.isNumber) == digits }
        parts.append(part)
        rest = rest[part.endIndex...]
    }
    return parts
}

/// Where a server's installation lies on its host: the inventory's `installations:`, merged for the host.
package struct ServerPlace: Sendable, Hashable, Codable {
    package enum Service: Sendable, Hashable, Codable {
        /// Commands with their arguments; a relative first word is taken from `home`.
        case commands(start: String, stop: String)
        case systemd(unit: String)
    }

    package var name: ServerName
    /// The host's address for SSH and, unless `quorumAddress` differs, the address that configurations name it by.
    package var address: String
    package var quorumAddress: String
    /// Absolute.
    package var home: String
    /// Absolute.
    package var configPath: String
    package var service: Service

    package init(
        name: ServerName, address: String, quorumAddress: String, home: String, configPath: String,
        service: Service = .commands(start: "bin/zkServer.sh start", stop: "bin/zkServer.sh stop")
    ) {
        self.name = name
        self.address = address
        self.quorumAddress = quorumAddress
        self.home = home
        self.configPath = configPath
        self.service = service
    }

    /// What is said of a server of whose installation nothing is there (``ServerFacts/isInstalled``).
    package var notInstalled: String {
        "there is no ZooKeeper installation at \(home): neither its jar nor \(configPath). Correct `home` of the installation "
            + "\(name.installation) of \(name.host) in the inventory, or install it there"
    }
}
