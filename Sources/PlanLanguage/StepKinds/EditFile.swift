import EnsembleModel

/// A lossless edit of any properties or shell file.
struct EditFile: StepKind {
    static let verb = "edit_file"
    static let documentation = StepDocumentation(
        summary: "edit any properties or shell file, such as log4j.properties or zkEnv.sh",
        keys: [
            KeyRule("servers", .oneOrMore(.server), required: true, "on whose hosts"),
            KeyRule("path", .text, required: true, "relative to the installation's home, or absolute"),
        ] + TextEditKeys.rules + [
            KeyRule("replace", .list(.keys(replaceRules)), "what a regular expression matches is replaced"),
            KeyRule("append", .oneOrMore(.text), "lines put at the end unless the file holds them already"),
        ],
        example: """
            - edit_file:
                servers: [zk6@v3.4.14]
                path: bin/zkEnv.sh
                replace: [{match: 'ZOO_LOG_DIR="\\."', with: 'ZOO_LOG_DIR="/var/log/zookeeper"'}]
            """)

    private static let replaceRules: [KeyRule] = [
        KeyRule("match", .regularExpression, required: true, "must match exactly once"),
        KeyRule("with", .text, required: true, "what stands there afterwards"),
    ]

    let servers: [ServerName]
    let path: String
    let edit: TextEdit

    init?(_ value: YAMLValue, reader: inout PlanReader) {
        guard let keys = reader.keys(of: value, in: "`edit_file`", Self.documentation.keys) else { return nil }
        let servers = keys["servers"].flatMap { reader.servers($0) }
        let path = keys["path"].flatMap { reader.remotePath($0) }
        var edit = TextEdit()
        TextEditKeys.read(keys, into: &edit, reader: &reader)
        if let value = keys["replace"] {
            let items = reader.items(of: value, wanted: "a list of {match, with}")
            edit.replace = reader.each(items) { Self.replacement($1, reader: &$0) } ?? []
        }
        if let value = keys["append"] {
            let blocks = reader.oneOrMore(value, wanted: "a line or a list of lines")
            edit.append = reader.each(blocks) { $0.text($1, wanted: "a line") } ?? []
        }
        if ["set", "remove", "comment", "replace", "append"].allSatisfy({ keys[$0] == nil }) {
            reader.error(
                at: keys.range, "`edit_file` changes nothing",
                hint: "give `set`, `remove`, `comment`, `replace` or `append`")
        }
        guard let servers, let path else { return nil }
        self.servers = servers
        self.path = path
        self.edit = edit
    }

    private static func replacement(_ value: YAMLValue, reader: inout PlanReader) -> TextEdit.Replacement? {
        guard let keys = reader.keys(of: value, in: "`replace`", replaceRules) else { return nil }
        let match = keys["match"].flatMap { reader.regularExpression($0) }
        let with = keys["with"].flatMap { reader.anyText($0, wanted: "text") }
        guard let match, let with else { return nil }
        return .init(match: match, with: with)
    }

    var compensation: Compensation { .automatic }
    var title: String { titled("edit \(path) of", servers.map(\.description)) }

    func lower(in scope: inout ResolutionScope) -> [[Operation]] {
        servers.groups { .editFile(scope.target(path, of: $0), edit) }
    }
}

extension PlanReader {
    /// A file of an installation, or one by its absolute path.
    mutating func remotePath(_ value: YAMLValue) -> String? {
        guard let path = line(value, wanted: "a path") else { return nil }
        guard !path.hasSuffix("/"), !path.hasPrefix("~"), !path.pathParts.contains("..") else {
            misfit(
                value, wanted: "the path of a file",
                hint: "relative to the installation's home, or absolute; without `~` and `..`")
            return nil
        }
        guard path.pathParts.last != "myid" else {
            error(at: value.range, "a myid file is not written as a file", hint: "use set_myid")
            return nil
        }
        return path
    }

    mutating func regularExpression(_ value: YAMLValue) -> String? {
        guard let text = text(value, wanted: "a regular expression") else { return nil }
        do {
            _ = try Regex(text)
            return text
        } catch {
            self.error(at: value.range, "`\(shortened(text))` is not a regular expression: \(error)")
            return nil
        }
    }
}
