package import EnsembleModel

/// What a step is lowered with: the inventory, the facts and the settings; files beside the plan; and its own place.
package struct ResolutionScope {
    package let inventory: Inventory
    package let facts: EnsembleFacts?
    package let settings: PlanSettings
    /// The plan file, to which paths in the plan are relative.
    package let planFile: String
    /// The step in hand: its id, its place and its own `timeout`.
    package internal(set) var stepID = ""
    package internal(set) var range: SourceRange
    package internal(set) var timeout: Duration?
    var onFailure: PlanSettings.OnFailure?
    package private(set) var diagnostics: [Diagnostic] = []
    /// The files beside the plan, by the path that the plan gives; part of the digest.
    package private(set) var files: [String: SourceFile] = [:]
    /// Rollback points by name, with their places.
    var rollbackPoints: [String: SourceRange] = [:]
    private let readFile: @Sendable (String) throws -> [UInt8]

    init(
        inventory: Inventory, facts: EnsembleFacts?, settings: PlanSettings, planFile: String,
        readFile: @escaping @Sendable (String) throws -> [UInt8]
    ) {
        self.inventory = inventory
        self.facts = facts
        self.settings = settings
        self.planFile = planFile
        self.readFile = readFile
        range = SourceRange(file: planFile, line: 1, column: 1)
    }

    /// How long the step may wait: its own `timeout`, used as given, or the plan's `settle_timeout`.
    package var limit: Duration { timeout ?? settings.settleTimeout }

    package mutating func error(at range: SourceRange? = nil, _ message: String, hint: String? = nil) {
        diagnostics.append(Diagnostic(.error, at: range ?? self.range, message, hint: hint))
    }

    package mutating func warning(at range: SourceRange? = nil, _ message: String, hint: String? = nil) {
        diagnostics.append(Diagnostic(.warning, at: range ?? self.range, message, hint: hint))
    }

    /// The file of a server that `path` names. Its configuration is known as such whichever way it is named, so that verification and
    /// the preview see what becomes of it.
    package func target(_ path: String, of server: ServerName) -> EditTarget {
        guard let place = inventory.servers[server] else { return .file(server, path: path) }
        let absolute = path.hasPrefix("/") ? path : place.home + "/" + path
        return FilePath.simplified(absolute) == FilePath.simplified(place.configPath)
            ? .config(server) : .file(server, path: path)
    }

    /// The file beside the plan that `path` names. nil after reporting that it can't be read.
    package mutating func file(_ path: Located<String>) -> SourceFile? {
        let place = FilePath.relative(path.value, to: planFile)
        do {
            let file = SourceFile(path: place, bytes: try readFile(place))
            files[path.value] = file
            return file
        } catch {
            self.error(
                at: path.range, "the file `\(shortened(place))` can't be read: \(error)",
                hint: path.value.hasPrefix("/") ? nil : "paths are relative to the plan")
            return nil
        }
    }
}

/// A file beside a plan.
package struct SourceFile: Sendable {
    /// As the executable finds it.
    package let path: String
    package let sha256: String
    /// Where it is UTF-8 text of a size that a person would read.
    package let text: String?

    init(path: String, bytes: [UInt8]) {
        self.path = path
        sha256 = InputDigest.sum(of: bytes)
        text = bytes.count <= 1 << 18 && !bytes.contains(0) ? String(validating: bytes, as: UTF8.self) : nil
    }
}
