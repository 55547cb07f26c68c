/// Reads what an ensemble is wanted to be.
struct TargetReader {
    static let rules: [KeyRule] = [
        KeyRule("version", .words(["1"]), required: true, "version of the format, 1"),
        KeyRule("members", .oneOrMore(.host), "the hosts of all participants"),
        KeyRule("observers", .oneOrMore(.host), "the hosts of all observers"),
        KeyRule("zookeeper", .version, "the version that all servers run"),
        KeyRule("settings", .named(by: .text, .text), "keys of zoo.cfg and their values"),
    ]

    var reader: PlanReader

    init(inventory: Inventory) { reader = PlanReader(inventory: inventory) }

    mutating func read(_ root: YAMLValue) -> Target? {
        guard let keys = reader.keys(of: root, in: "the target", Self.rules) else { return nil }
        if let version = keys["version"] { reader.formatVersion(version) }
        var target = Target()
        target.members = keys["members"].flatMap { reader.hosts($0) }
        target.observers = keys["observers"].flatMap { reader.hosts($0) }
        target.version = keys["zookeeper"].flatMap { reader.version($0) }
        let settings = keys["settings"].flatMap { reader.entries(of: $0, wanted: "a mapping of keys and values") }
        for entry in settings ?? [] {
            guard let value = reader.line(entry.value, wanted: "the value of a key of zoo.cfg") else { continue }
            target.settings.append(.init(key: entry.key.value, value: value))
        }
        if let host = target.members?.first(where: { target.observers?.contains($0) ?? false }) {
            reader.error(at: root.range, "`\(host)` can't be participant and observer at once")
        }
        return target
    }
}

extension PlanLoader {
    /// - Parameter inventory: hosts that it does not have are errors.
    package func loadTarget(_ path: String, inventory: Inventory) throws(InvalidInput) -> Target {
        var inputs = InputFiles(readFile: readFile)
        guard let (_, value) = inputs.value(path, what: "the target") else { return try inputs.result(nil) }
        var reader = TargetReader(inventory: inventory)
        let target = reader.read(value)
        inputs.diagnostics += reader.reader.diagnostics
        return try inputs.result(target)
    }
}
