import EnsembleModel

/// What several servers are together.
extension ConditionKind {
    static let leader = ConditionKind(
        "leader", [KeyRule("leader", .oneOrMore(.server), required: true, "the server, or any of these")],
        meaning: "the server leads; of a list, one leads and no other does",
        example: "{leader: zk9@v3.4.14}"
    ) { keys, reader in
        keys["leader"].flatMap { reader.servers($0) }.map { .leader(oneOf: $0) }
    }

    static let synced = ConditionKind(
        "synced_followers",
        [
            KeyRule("synced_followers", .numberTest, required: true, "how many"),
            KeyRule("of", .oneOrMore(.server), "the servers among which the leader is looked for"),
        ],
        meaning: "so many synced followers are counted by the leader",
        example: "{synced_followers: \">= 2\", of: [zk1@v3.4.14, zk6@v3.4.14, zk8@v3.4.14]}"
    ) { keys, reader in
        let test = keys["synced_followers"].flatMap { reader.numberTest($0) }
        let servers = keys["of"].flatMap { reader.servers($0) }
        return test.map { .syncedFollowers($0, of: servers) }
    }

    static let serving = ConditionKind(
        "serving", [KeyRule("serving", .oneOrMore(.server), required: true, "the servers")],
        meaning:
            "all serve under one leader, which counts each as synced, and a write committed since can be read through each",
        example: "{serving: [zk1@v3.4.14, zk6@v3.4.14]}"
    ) { keys, reader in
        keys["serving"].flatMap { reader.servers($0) }.map { .serving($0) }
    }

    static let writable = ConditionKind(
        "writable", [KeyRule("writable", .oneOrMore(.server), required: true, "the servers")],
        meaning: "a probe write through each is read back through another",
        example: "{writable: [zk1@v3.4.14, zk6@v3.4.14]}"
    ) { keys, reader in
        keys["writable"].flatMap { reader.servers($0) }.map { .writable($0) }
    }

    static let lostWrites = ConditionKind(
        "lost_writes",
        [
            KeyRule("lost_writes", .integer(0...Int.max), required: true, "at most so many"),
            KeyRule("from", .server, required: true, "the source of the copy"),
            KeyRule("to", .server, required: true, "the server that holds the copy"),
        ],
        meaning: "so many transactions were committed at the source since the copy",
        example: "{lost_writes: 0, from: zk10@v3.4.6, to: zk1@v3.4.14}"
    ) { keys, reader in
        let limit = keys["lost_writes"].flatMap { reader.integer($0, in: 0...Int.max) }
        let source = keys["from"].flatMap { reader.server($0) }
        let target = keys["to"].flatMap { reader.server($0) }
        guard let limit, let source, let target else { return nil }
        if source == target, let value = keys["to"] {
            reader.error(at: value.range, "`from` and `to` are the same server")
        }
        return .lostWrites(atMost: limit, from: source, to: target)
    }

    static let stable = ConditionKind(
        "stable_for",
        [
            KeyRule("stable_for", .duration, required: true, "how long"),
            KeyRule("servers", .oneOrMore(.server), required: true, "the servers"),
        ],
        meaning: "no election, no change of mode and no new epoch for so long",
        example: "{stable_for: 10s, servers: [zk1@v3.4.14, zk6@v3.4.14]}"
    ) { keys, reader in
        let duration = keys["stable_for"].flatMap { reader.positiveDuration($0) }
        let servers = keys["servers"].flatMap { reader.servers($0) }
        guard let duration, let servers else { return nil }
        return .stable(duration, servers)
    }
}
