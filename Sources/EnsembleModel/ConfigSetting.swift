/// The settings of zoo.cfg by their names, and what each can't be (`QuorumPeerConfig.parseProperties` of 3.4.14 and 3.9.3).
///
/// Any other key becomes a system property with `zookeeper.` before it, so that none is an error; but one that is nearly a name of
/// these is most likely misspelt, and then has no effect.
package enum ConfigSetting {
    /// What ZooKeeper takes; with anything else it refuses the whole file.
    package enum Values: Sendable, Hashable {
        case any
        case number(ClosedRange<Int>)
        case flag
        case words([String])
    }

    private static let port = Values.number(0...65535)
    /// 0 counts as not set.
    private static let ticks = Values.number(1...Int(Int32.max))
    /// As `Integer.parseInt` reads; what is less than nothing stands for a default.
    private static let number = Values.number(Int(Int32.min)...Int(Int32.max))

    private static let limited: [String: Values] = [
        "clientPort": port, "secureClientPort": port, "observerMasterPort": port, "admin.serverPort": port,
        "tickTime": ticks, "initLimit": ticks, "syncLimit": ticks, "maxClientCnxns": number,
        "minSessionTimeout": number, "maxSessionTimeout": number, "connectToLearnerMasterLimit": number,
        "clientPortListenBacklog": number, "autopurge.snapRetainCount": number, "autopurge.purgeInterval": number,
        "electionAlg": .number(0...3), "peerType": .words(["observer", "participant"]), "standaloneEnabled": .flag,
        "reconfigEnabled": .flag, "sslQuorum": .flag, "portUnification": .flag,
    ]

    private static let others = [
        "dataDir", "dataLogDir", "dynamicConfigFile", "clientPortAddress", "secureClientPortAddress",
        "localSessionsEnabled", "localSessionsUpgradingEnabled", "syncEnabled", "quorumListenOnAllIPs",
        "sslQuorumReloadCertFiles", "multiAddress.enabled", "multiAddress.reachabilityCheckEnabled",
        "multiAddress.reachabilityCheckTimeoutMs", "quorum.auth.enableSasl", "quorum.auth.learnerRequireSasl",
        "quorum.auth.serverRequireSasl", "quorum.auth.learner.saslLoginContext", "quorum.auth.server.saslLoginContext",
        "quorum.auth.kerberos.servicePrincipal", "quorum.cnxn.threads.size", "metricsProvider.className",
        "metricsProvider.httpPort", "metricsProvider.httpHost", "jvm.pause.monitor", "jvm.pause.sleep.time.ms",
        "jvm.pause.info-threshold.ms", "jvm.pause.warn-threshold.ms", "4lw.commands.whitelist", "admin.enableServer",
        "admin.serverAddress", "admin.commandURL", "admin.idleTimeout", "audit.enable", "snapshot.trust.empty",
        "snapshot.compression.method", "snapCount", "preAllocSize", "snapSizeLimitInKb", "commitLogCount", "forceSync",
        "globalOutstandingLimit", "leaderServes", "maxCnxns", "cnxTimeout", "electionPortBindRetry", "tcpKeepAlive",
        "readonlymode.enabled", "extendedTypesEnabled", "skipACL", "enforce.auth.enabled", "enforce.auth.schemes",
        "serverCnxnFactory", "fsync.warningthresholdms", "digest.enabled", "znode.container.checkIntervalMs",
        "znode.container.maxPerMinute", "ssl.keyStore.location", "ssl.keyStore.password", "ssl.trustStore.location",
        "ssl.trustStore.password", "ssl.quorum.keyStore.location", "ssl.quorum.keyStore.password",
        "ssl.quorum.trustStore.location", "ssl.quorum.trustStore.password", "ssl.hostnameVerification",
        "ssl.quorum.hostnameVerification", "ssl.clientAuth", "ssl.quorum.clientAuth",
    ]

    /// Without `server.N`, `group.N` and `weight.N`.
    package static let names = Set(limited.keys).union(others)

    package static func values(of name: String) -> Values { limited[name] ?? .any }

    /// What a setting takes, in words; nil where this value is one of those.
    package static func wanted(of name: String, insteadOf value: String) -> String? {
        switch values(of: name) {
        case .any: nil
        case .number(let range):
            if let number = Int32(value), range.contains(Int(number)) { nil } else { words(range) }
        case .flag: Bool(value.lowercased()) == nil ? "true or false" : nil
        case .words(let words): words.contains(value.lowercased()) ? nil : words.joined(separator: " or ")
        }
    }

    private static func words(_ range: ClosedRange<Int>) -> String {
        switch (range.lowerBound, range.upperBound) {
        case (Int(Int32.min), _): "a whole number"
        case (let least, Int(Int32.max)): "a whole number from \(least)"
        case (let least, let most): "a whole number from \(least) to \(most)"
        }
    }
}
