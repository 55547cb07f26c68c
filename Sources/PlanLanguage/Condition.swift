package import EnsembleModel

/// One condition of `require` or `wait`.
package struct Condition: Sendable, Hashable {
    package var kind: Kind
    package var range: SourceRange?

    package init(_ kind: Kind, range: SourceRange? = nil) {
        self.kind = kind
        self.range = range
    }

    package enum Kind: Sendable, Hashable {
        case mode(ServerName, oneOf: [Mode])
        case running(ServerName, Bool)
        /// One of these leads, and no other of them.
        case leader(oneOf: [ServerName])
        /// The synced followers that the leader counts; with `of`, the leader is looked for among these servers.
        case syncedFollowers(NumberTest, of: [ServerName]?)
        case serving([ServerName])
        case zxid(ServerName, atLeast: ServerName)
        case version(ServerName, Version)
        /// `from` names hosts.
        case reachable(from: [String], to: [ServerName], ports: [PortKind])
        case znode(path: String, through: ServerName, exists: Bool, children: NumberTest?)
        case writable([ServerName])
        case lostWrites(atMost: Int, from: ServerName, to: ServerName)
        case stable(Duration, [ServerName])
        case command(String, host: String, succeeds: Bool)
    }
}

/// `4`, `4.0`, `">= 2"`: a number, or a comparison with one. `4.0` equals 4, since PrometheusMetricsProvider prints
/// every sample as a double.
package struct NumberTest: Sendable, Hashable, CustomStringConvertible {
    package enum Relation: String, Sendable, CaseIterable {
        case atLeast = ">="
        case atMost = "<="
        case equal = "=="
        case different = "!="
        case above = ">"
        case below = "<"
    }

    package var relation: Relation
    package var value: Double

    package init(_ relation: Relation, _ value: Double) {
        self.relation = relation
        self.value = value
    }

    package init?(_ text: String) {
        let text = text.filter { $0 != " " }
        let relation = Relation.allCases.first { text.hasPrefix($0.rawValue) }
        let digits = text.dropFirst(relation?.rawValue.count ?? 0)
        guard let value = Double(digits), value.isFinite else { return nil }
        self.init(relation ?? .equal, value)
    }

    package func holds(for number: Double) -> Bool {
        switch relation {
        case .atLeast: number >= value
        case .atMost: number <= value
        case .equal: number == value
        case .different: number != value
        case .above: number > value
        case .below: number < value
        }
    }

    package var description: String {
        let number = value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value)
        return relation == .equal ? number : "\(relation.rawValue) \(number)"
    }
}
