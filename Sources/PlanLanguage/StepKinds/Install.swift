import EnsembleModel

struct Install: StepKind {
    static let verb = "install"
    static let documentation = StepDocumentation(
        summary: "unpack a local .tar.gz into the installation's home",
        keys: [
            KeyRule("servers", .oneOrMore(.server), required: true, "the installations"),
            KeyRule("archive", .path, required: true, "a .tar.gz beside the plan"),
            KeyRule("sha256", .sha256, required: true, "the archive's sum"),
        ],
        example: """
            - install:
                servers: [zk6@v3.4.14, zk8@v3.4.14]
                archive: zookeeper-3.4.14.tar.gz
                sha256: b14f7a0fece8bd34c7fffa46039e563ac5367607c612517aa7bd37306afbd1cd
            """)

    let servers: [ServerName]
    let archive: Located<String>
    let sha256: Located<String>

    init?(_ value: YAMLValue, reader: inout PlanReader) {
        guard let keys = reader.keys(of: value, in: "`install`", Self.documentation.keys) else { return nil }
        let servers = keys["servers"].flatMap { reader.servers($0) }
        var archive: Located<String>?
        if let value = keys["archive"], let path = reader.line(value, wanted: "the path of a .tar.gz") {
            archive = Located(path, value.range)
            if !path.hasSuffix(".tar.gz"), !path.hasSuffix(".tgz") {
                reader.misfit(value, wanted: "the path of a .tar.gz")
                archive = nil
            }
        }
        let sum = keys["sha256"].flatMap { value in reader.sha256(value).map { Located($0, value.range) } }
        guard let servers, let archive, let sum else { return nil }
        self.servers = servers
        self.archive = archive
        sha256 = sum
    }

    var compensation: Compensation { .automatic }
    var title: String { titled("install \(archive.value) as", servers.map(\.description)) }

    /// Side by side: an archive takes a while to travel.
    func lower(in scope: inout ResolutionScope) -> [[Operation]] {
        guard let file = scope.file(archive) else { return [] }
        guard file.sha256 == sha256.value else {
            scope.error(
                at: sha256.range, "the archive's sum is \(file.sha256), not this one",
                hint: "another file, or a damaged one; compare with the sum that its publisher gives")
            return []
        }
        return [servers.map { .install($0, archive: file.path, sha256: file.sha256) }]
    }
}
