package import EnsembleModel

/// Reads plans with all that belongs to them: inventory, facts, files beside the plan. What is wrong in any of them is
/// reported together.
package struct PlanLoader: Sendable {
    let readFile: @Sendable (String) throws -> [UInt8]

    /// - Parameter readFile: gives a file's bytes; a path is as the user or a file gave it, relative ones put together.
    package init(readFile: @escaping @Sendable (String) throws -> [UInt8]) { self.readFile = readFile }

    /// - Parameters:
    ///   - variables: what `--var` gives, in the place of the plan's own.
    ///   - facts: observed ones; they win over those that the plan names.
    ///   - inventoryFile: the inventory to use in the place of the one that the plan names.
    ///   - factsFile: the facts to use in the place of those that the plan names or holds.
    package func load(
        plan path: String, variables: [String: String] = [:], facts: EnsembleFacts? = nil,
        inventoryFile: String? = nil, factsFile: String? = nil
    ) throws(InvalidInput) -> ResolvedPlan {
        var loading = PlanLoading(readFile: readFile, inventoryFile: inventoryFile, factsFile: factsFile)
        return try loading.load(plan: path, variables: variables, liveFacts: facts)
    }

    package func loadInventory(_ path: String) throws(InvalidInput) -> Inventory {
        var inputs = InputFiles(readFile: readFile)
        let inventory = inputs.inventory(path)
        return try inputs.result(inventory)
    }

    /// Its plan has to be there; the plan itself, and the inventory of a staging ensemble, are read where the drill is held.
    package func loadDrill(_ path: String) throws(InvalidInput) -> Drill {
        var inputs = InputFiles(readFile: readFile)
        let drill = inputs.drill(path)
        return try inputs.result(drill)
    }

    /// With an inventory, servers that it does not have are errors.
    package func loadFacts(_ path: String, inventory: Inventory? = nil) throws(InvalidInput) -> EnsembleFacts {
        var inputs = InputFiles(readFile: readFile)
        let facts = inputs.facts(path, inventory: inventory)
        return try inputs.result(facts)
    }
}

/// The files of one load and what is wrong with them.
struct InputFiles {
    let readFile: @Sendable (String) throws -> [UInt8]
    private(set) var sources: [SourceText] = []
    var diagnostics: [Diagnostic] = []

    /// More than anyone reads; a file of garbage could hold a million.
    static let diagnosticsLimit = 500

    init(readFile: @escaping @Sendable (String) throws -> [UInt8]) { self.readFile = readFile }

    /// The YAML value of a file. `place` is where another file names it.
    mutating func value(
        _ path: String, what: String, namedAt place: SourceRange? = nil, hint: String? = nil
    ) -> (SourceText, YAMLValue)? {
        let bytes: [UInt8]
        do {
            bytes = try readFile(path)
        } catch {
            diagnostics.append(
                Diagnostic(
                    .error, at: place ?? SourceRange(file: path, line: 1, column: 1),
                    "\(what) `\(path)` can't be read: \(error)", hint: hint))
            return nil
        }
        do throws(InvalidInput) {
            let source = try SourceText(name: path, bytes: bytes)
            sources.append(source)
            guard let value = YAMLComposer.compose(source, diagnostics: &diagnostics) else { return nil }
            return (source, value)
        } catch {
            diagnostics += error.diagnostics
            sources.append(
                SourceText(name: path, text: String(decoding: bytes.prefix(SourceText.sizeLimit), as: UTF8.self)))
            return nil
        }
    }

    /// What can be read of an inventory, even where something else is wrong with it.
    mutating func inventory(_ path: String, namedAt place: SourceRange? = nil) -> Inventory? {
        guard let (source, value) = value(path, what: "the inventory", namedAt: place) else { return nil }
        var reader = InventoryReader(source: source)
        let inventory = reader.read(value)
        diagnostics += reader.reader.diagnostics
        return inventory
    }

    mutating func drill(_ path: String) -> Drill? {
        guard let (source, value) = value(path, what: "the drill") else { return nil }
        var reader = DrillReader(source: source, inventory: DrillReader.inventory(of: value, in: source))
        let drill = reader.read(value)
        diagnostics += reader.reader.diagnostics
        // What is in it is checked against the ensemble, when there is one.
        if let drill { _ = self.value(drill.plan, what: "the plan", namedAt: drill.planRange) }
        return drill
    }

    mutating func facts(_ path: String, inventory: Inventory?, namedAt place: SourceRange? = nil) -> EnsembleFacts? {
        let hint = "`zkops ensemble facts -i INVENTORY -o \(path)` captures them from the hosts"
        guard let (_, value) = value(path, what: "the facts", namedAt: place, hint: hint) else { return nil }
        return facts(value, inventory: inventory, isInline: false)
    }

    mutating func facts(_ value: YAMLValue, inventory: Inventory?, isInline: Bool) -> EnsembleFacts? {
        var reader = FactsReader(inventory: inventory)
        let facts = reader.read(value, isInline: isInline)
        diagnostics += reader.reader.diagnostics
        return facts
    }

    /// `value` if there are no errors, else all of them: by file in the order in which they were read, then by place, each once.
    func result<Value>(_ value: Value?) throws(InvalidInput) -> Value {
        guard let value, !diagnostics.contains(where: { $0.severity == .error }) else { throw invalid }
        return value
    }

    private var invalid: InvalidInput {
        var all = sorted
        if all.count > Self.diagnosticsLimit {
            let more = all.count - Self.diagnosticsLimit
            all =
                all.prefix(Self.diagnosticsLimit) + [
                    Diagnostic(.error, at: all[Self.diagnosticsLimit].range, "\(more) more like these")
                ]
        }
        return InvalidInput(all, sources: sources)
    }

    var sorted: [Diagnostic] {
        let order = Dictionary(sources.enumerated().map { ($0.element.name, $0.offset) }, uniquingKeysWith: min)
        func key(_ diagnostic: Diagnostic) -> (Int, Int, Int) {
            guard let range = diagnostic.range else { return (-1, 0, 0) }
            return (order[range.file] ?? sources.count, range.line, range.column)
        }
        var seen: Set<Diagnostic> = []
        return diagnostics.filter { seen.insert($0).inserted }.enumerated()
            .sorted { (key($0.element), $0.offset) < (key($1.element), $1.offset) }.map(\.element)
    }
}

private func < (left: ((Int, Int, Int), Int), right: ((Int, Int, Int), Int)) -> Bool {
    left.0 == right.0 ? left.1 < right.1 : left.0 < right.0
}
