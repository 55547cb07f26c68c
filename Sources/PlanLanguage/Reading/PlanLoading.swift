import EnsembleModel

/// One load of a plan, from its file to the resolved plan.
struct PlanLoading {
    private var inputs: InputFiles
    private var digest = InputDigest()
    private var variables: Variables?
    /// Given by the operator, in the place of what the plan names.
    private let inventoryFile: String?
    private let factsFile: String?

    init(
        readFile: @escaping @Sendable (String) throws -> [UInt8], inventoryFile: String? = nil, factsFile: String? = nil
    ) {
        inputs = InputFiles(readFile: readFile)
        self.inventoryFile = inventoryFile
        self.factsFile = factsFile
    }

    mutating func load(
        plan path: String, variables: [String: String], liveFacts: EnsembleFacts?
    ) throws(InvalidInput) -> ResolvedPlan {
        guard let (source, raw) = inputs.value(path, what: "the plan") else { return try inputs.result(nil) }
        digest.add(.plan, source.text)
        var reader = PlanReader()
        let root = filled(raw, variables, source, reader: &reader)
        let keys = reader.keys(of: root, in: "the plan", PlanRules.plan)
        inputs.diagnostics += reader.diagnostics
        guard let keys else { return try inputs.result(nil) }

        let inventory = inventory(keys["inventory"], planFile: path)
        let facts = facts(keys["facts"], live: liveFacts, inventory: inventory, planFile: path)
        let head = head(keys)
        let parsed = stages(keys["stages"], inventory: inventory)

        guard let inventory else { return try result(nil) }
        var scope = ResolutionScope(
            inventory: inventory, facts: facts, settings: head.settings, planFile: path, readFile: inputs.readFile)
        let stages = parsed.enumerated().map { number, stage in
            ResolvedStage(
                name: stage.name,
                steps: stage.steps.map { $0.step.resolved(id: "\(number + 1).\($0.number)", in: &scope) })
        }
        var last = PlanReader()
        let acknowledgements = head.acknowledgements.map { $0.resolved(in: stages, reader: &last) }
        inputs.diagnostics += scope.diagnostics + last.diagnostics
        let files = scope.files.sorted { $0.key < $1.key }
        for (name, file) in files { digest.add(.files, name: name, sum: file.sha256) }
        for (name, value) in variables.sorted(by: { $0.key < $1.key }) {
            digest.add(.variables, name: name, sum: InputDigest.sum(of: value.utf8))
        }
        var plan = ResolvedPlan(
            name: head.name, summary: head.summary, settings: head.settings, acknowledgements: acknowledgements,
            stages: stages, inventory: inventory, facts: facts, warnings: [], digest: digest.value, source: source)
        plan.variables = variables
        plan.files = files.map(\.value)
        plan.warnings = inputs.sorted.filter { $0.severity == .warning }
        return try result(plan)
    }

    private mutating func result(_ plan: ResolvedPlan?) throws(InvalidInput) -> ResolvedPlan {
        if let variables { inputs.diagnostics = variables.gathered(inputs.diagnostics) }
        return try inputs.result(plan)
    }

    private mutating func filled(
        _ root: YAMLValue, _ overrides: [String: String], _ source: SourceText, reader: inout PlanReader
    ) -> YAMLValue {
        guard case .mapping(var entries) = root.content else { return root }
        let vars = entries.firstIndex { $0.key.value == "vars" }
        let own = vars.map { entries[$0].value }
        var variables = Variables(
            own.flatMap { $0.isNothing ? nil : $0 }, overrides: overrides, source: source, reader: &reader)
        let kept = vars.map { entries.remove(at: $0) }
        let result = variables.filled(YAMLValue(.mapping(entries), range: root.range), reader: &reader)
        self.variables = variables
        var names: [String] = []
        if case .mapping(let own)? = own?.content { names = own.map(\.key.value) }
        for name in overrides.keys.sorted() where !names.contains(name) && !variables.used.contains(name) {
            reader.error(
                at: kept?.key.range ?? root.range, "the plan has no variable `\(shortened(name))`, which `--var` gives",
                hint: nearest(name, among: names).map { "did you mean `\($0)`?" }
                    ?? (names.isEmpty ? nil : "its variables: \(names.joined(separator: ", "))"))
        }
        guard case .mapping(let filled) = result.content else { return result }
        return YAMLValue(.mapping(filled + [kept].compactMap(\.self)), range: root.range)
    }

    private mutating func inventory(_ value: YAMLValue?, planFile: String) -> Inventory? {
        var reader = PlanReader()
        let named = value.flatMap { reader.line($0, wanted: "the path of the inventory") }
        inputs.diagnostics += reader.diagnostics
        guard let path = inventoryFile ?? named.map({ FilePath.relative($0, to: planFile) }) else { return nil }
        let inventory = inputs.inventory(path, namedAt: inventoryFile == nil ? value?.range : nil)
        if let inventory { digest.add(.inventory, inventory.source.text) }
        return inventory
    }

    private mutating func facts(
        _ value: YAMLValue?, live: EnsembleFacts?, inventory: Inventory?, planFile: String
    ) -> EnsembleFacts? {
        if live == nil, let factsFile {
            let facts = inputs.facts(factsFile, inventory: inventory)
            if let source = inputs.sources.first(where: { $0.name == factsFile }) { digest.add(.facts, source.text) }
            return facts
        }
        var facts: EnsembleFacts?
        switch value?.content {
        case .mapping?:
            // Part of the plan's own bytes, with its variables.
            facts = value.flatMap { inputs.facts($0, inventory: inventory, isInline: true) }
        case .scalar? where live == nil:
            var reader = PlanReader()
            let path = value.flatMap { reader.line($0, wanted: "the path of the facts, or facts as a mapping") }
            inputs.diagnostics += reader.diagnostics
            guard let path else { break }
            let place = FilePath.relative(path, to: planFile)
            facts = inputs.facts(place, inventory: inventory, namedAt: value?.range)
            if let source = inputs.sources.first(where: { $0.name == place }) { digest.add(.facts, source.text) }
        case .list?:
            var reader = PlanReader()
            value.map { reader.misfit($0, wanted: "the path of the facts, or facts as a mapping") }
            inputs.diagnostics += reader.diagnostics
        default: break
        }
        if let live { digest.add(.facts, live.yaml(ensemble: inventory?.ensemble ?? ""), kind: "live facts") }
        return live ?? facts
    }

    private struct Head {
        var name = ""
        var summary = ""
        var settings = PlanSettings()
        var acknowledgements: [ParsedAcknowledgement] = []
    }

    private mutating func head(_ keys: YAMLKeys) -> Head {
        var reader = PlanReader()
        var head = Head()
        if let version = keys["version"] { reader.formatVersion(version) }
        if let value = keys["name"] { head.name = reader.line(value, wanted: "the plan's name") ?? "" }
        if let value = keys["summary"] { head.summary = reader.text(value, wanted: "a paragraph") ?? "" }
        let readFile = inputs.readFile
        head.settings = reader.settings(keys["settings"]) { zone in
            // tzdata's own files say which zones there are; without them, any name of the right form will do.
            guard (try? readFile("/usr/share/zoneinfo/UTC")) != nil else { return nil }
            return (try? readFile("/usr/share/zoneinfo/\(zone)")) != nil
        }
        head.acknowledgements = reader.acknowledgements(keys["acknowledge"])
        inputs.diagnostics += reader.diagnostics
        return head
    }

    private struct Stage {
        var name: String
        /// With their places in the list, from 1, since those that can't be used are missing.
        var steps: [(number: Int, step: ParsedStep)]
    }

    private mutating func stages(_ value: YAMLValue?, inventory: Inventory?) -> [Stage] {
        guard let value else { return [] }
        var reader = PlanReader(inventory: inventory)
        var stages: [Stage] = []
        var names: [String: SourceRange] = [:]
        for item in reader.items(of: value, wanted: "a list of stages") ?? [] {
            let keys = reader.keys(of: item, in: "a stage", PlanRules.stage)
            let name = keys?["name"].flatMap { reader.line($0, wanted: "a stage's name") }
            if let name, let range = keys?["name"]?.range, let before = names.updateValue(range, forKey: name) {
                reader.warning(
                    at: range, "another stage is named `\(shortened(name))` too, in line \(before.line)",
                    hint: "what is said of one then holds for both")
            }
            stages.append(Stage(name: name ?? "", steps: keys?["steps"].map { reader.steps($0) } ?? []))
        }
        inputs.diagnostics += reader.diagnostics
        return stages
    }
}
