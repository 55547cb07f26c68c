import EnsembleModel

/// The value of `stop`, `start` and `restart`: servers, or a mapping that says more.
struct ServerAction: Sendable {
    let servers: [ServerName]
    let settle: Settle?
    /// All at once instead of one after the other.
    let isParallel: Bool

    static let rules: [KeyRule] = [
        KeyRule("servers", .oneOrMore(.server), required: true, "in the order in which they are touched"),
        KeyRule("settle", .words(Settle.allCases.map(\.rawValue)), "how far each must come; serving unless given"),
        KeyRule("parallel", .boolean, "all at once; false unless given"),
    ]

    static func documentation(_ summary: String, example: String) -> StepDocumentation {
        StepDocumentation(
            summary: summary, value: .either([.oneOrMore(.server), .keys(rules)]), example: example)
    }

    init?(_ value: YAMLValue, verb: String, reader: inout PlanReader) {
        guard case .mapping = value.content else {
            guard let servers = reader.servers(value) else { return nil }
            self.init(servers: servers, settle: nil, isParallel: false)
            return
        }
        guard let keys = reader.keys(of: value, in: "`\(verb)`", Self.rules) else { return nil }
        let servers = keys["servers"].flatMap { reader.servers($0) }
        let settle = keys["settle"].map { reader.word($0, as: Settle.self) }
        let parallel = keys["parallel"].map { reader.boolean($0) } ?? false
        if keys["settle"] != nil, settle == .some(nil) { return nil }
        guard let servers, let parallel else { return nil }
        self.init(servers: servers, settle: settle ?? nil, isParallel: parallel)
    }

    private init(servers: [ServerName], settle: Settle?, isParallel: Bool) {
        self.servers = servers
        self.settle = settle
        self.isParallel = isParallel
    }

    /// The groups of operations: for each server in turn those of `make`, or for all at once.
    func groups(_ make: (ServerName) -> [Operation]) -> [[Operation]] {
        let sequences = servers.map(make)
        guard isParallel else { return sequences.flatMap { $0.map { [$0] } } }
        let length = sequences.map(\.count).max() ?? 0
        return (0..<length).map { index in sequences.compactMap { $0.indices.contains(index) ? $0[index] : nil } }
    }

    func title(_ verb: String) -> String {
        titled(verb, servers.map(\.description)) + (isParallel && servers.count > 1 ? " at once" : "")
    }
}
