import EnsembleModel

/// Encryption between the servers, in three rolling restarts without an outage (ZooKeeper's Administrator's Guide, "Upgrading existing
/// non-TLS cluster with no downtime").
struct EnableTLS: PlanKind {
    static let name = "enable-tls"
    static let summary = "encrypt what the servers say to each other, in three rolling restarts"
    static let needs: [PlanRequest.Key] = [.keystore, .truststore]
    static let takes: [PlanRequest.Key] = [.passwordPath, .set]

    /// `sslQuorum` and `portUnification` came with ZOOKEEPER-236, password files with ZOOKEEPER-4396.
    private static let (first, firstWithPasswordFiles) = (Version(3, 5, 5), Version(3, 8, 0))

    static func drafts(_ request: PlanRequest, _ site: Site) throws(NoPlan) -> [PlanDraft] {
        try site.requireAllServe()
        guard let version = site.version else {
            throw NoPlan("The facts don't say which version runs; TLS between servers needs \(first).")
        }
        guard version >= first else {
            throw NoPlan("TLS between servers needs \(first), and \(version) runs here; upgrade first.")
        }
        if site.servers.allSatisfy({ site.config(of: $0)?["sslQuorum"] == "true" }) {
            throw NoPlan("Every server's zoo.cfg has sslQuorum=true already.")
        }
        var settings: [(String, YAMLNode)] = [
            ("ssl.quorum.keyStore.location", .word(request[.keystore][0])),
            ("ssl.quorum.trustStore.location", .word(request[.truststore][0])),
        ]
        if let path = request[.passwordPath].first {
            guard version >= firstWithPasswordFiles else {
                throw NoPlan(
                    "Files with passwords need \(firstWithPasswordFiles), and \(version) runs here; use a keystore in PEM form without a password, or --set ssl.quorum.keyStore.password=…."
                )
            }
            settings += [
                ("ssl.quorum.keyStore.passwordPath", .word(path)), ("ssl.quorum.trustStore.passwordPath", .word(path)),
            ]
        }
        settings += try request.pairs(.set).map { ($0.key, .word($0.value)) }
        let paths = [request[.keystore][0], request[.truststore][0]] + request[.passwordPath]
        // They go into a command between such marks.
        if let path = paths.first(where: { $0.contains { $0 == "'" || $0.isNewline } }) {
            throw NoPlan("`\(path)` can't be looked for on the hosts: give it a name without ' and line ends there.")
        }
        let stores = Set(site.servers.map(\.host)).sorted()
        let exist = paths.flatMap { path in
            stores.map { host in
                YAMLNode.map([("command", .word("test -r '\(path)'")), ("host", .word(host)), ("succeeds", "true")])
            }
        }
        return [
            PlanDraft(
                name: name,
                summary: "Encrypts what \(Site.list(site.servers)) say to each other, in three rolling restarts.",
                comments: [
                    "First every server learns to understand both (portUnification), then each begins to speak TLS (sslQuorum), then none takes plain text any more. At every moment all understand each other.",
                    "Every host needs its keystore and the truststore before; the plan looks whether they are there.",
                ],
                accepts: [.fragile(site.members)],
                stages: [
                    site.check(exist),
                    stage("Understand both", site, settings + [("sslQuorum", "false"), ("portUnification", "true")]),
                    stage("Speak TLS", site, [("sslQuorum", "true")]),
                    stage("Take nothing else", site, [("portUnification", "false")]),
                ])
        ]
    }

    private static func stage(_ title: String, _ site: Site, _ settings: [(String, YAMLNode)]) -> PlanDraft.Stage {
        .init(
            title,
            [
                Steps.rollbackPoint("before: \(title.lowercased())"),
                Steps.edit(site.servers, [("set", .map(settings))]),
                Steps.rollingRestart(site.servers),
                Steps.wait([Conditions.synced(site.members), Conditions.writable(site.servers)]),
            ])
    }
}
