import EnsembleModel

struct PutFile: StepKind {
    static let verb = "put_file"
    static let documentation = StepDocumentation(
        summary: "write a whole file atomically",
        keys: [
            KeyRule("servers", .oneOrMore(.server), required: true, "on whose hosts"),
            KeyRule("path", .text, required: true, "relative to the installation's home, or absolute"),
            KeyRule("source", .path, "a file beside the plan"),
            KeyRule("content", .text, "the file's text, instead of source"),
            KeyRule("mode", .fileMode, "the file's mode; that of the file before, or 0644, unless given"),
        ],
        example:
            "- put_file: {servers: [zk6@v3.4.14], path: conf/java.env, content: \"export JVMFLAGS=-Xmx2g\\n\", mode: 0644}"
    )

    let servers: [ServerName]
    let path: String
    let source: Located<String>?
    let content: String
    let mode: UInt16?

    init?(_ value: YAMLValue, reader: inout PlanReader) {
        guard let keys = reader.keys(of: value, in: "`put_file`", Self.documentation.keys) else { return nil }
        let servers = keys["servers"].flatMap { reader.servers($0) }
        let path = keys["path"].flatMap { reader.remotePath($0) }
        source = keys["source"].flatMap { value in
            reader.line(value, wanted: "the path of a file").map { Located($0, value.range) }
        }
        let content = keys["content"].flatMap { reader.anyText($0, wanted: "the file's text") }
        mode = keys["mode"].flatMap { reader.fileMode($0) }
        switch (keys["source"], keys["content"]) {
        case (nil, nil):
            reader.error(at: keys.range, "`put_file` needs the key `source` or `content`")
        case (.some, .some):
            reader.error(at: keys.keyRange("content"), "`put_file` takes `source` or `content`, not both")
        default: break
        }
        guard let servers, let path, source != nil || content != nil else { return nil }
        self.servers = servers
        self.path = path
        self.content = content ?? ""
    }

    var compensation: Compensation { .automatic }
    var title: String { titled("write \(path) of", servers.map(\.description)) }

    func lower(in scope: inout ResolutionScope) -> [[Operation]] {
        var content = PutContent.text(content)
        if let source {
            guard let file = scope.file(source) else { return [] }
            // The text itself where it is text, so that the preview shows it and verification knows a new configuration.
            content = file.text.map { .text($0) } ?? .file(path: file.path, sha256: file.sha256)
        }
        return servers.groups { .putFile(scope.target(path, of: $0), content: content, mode: mode) }
    }
}
