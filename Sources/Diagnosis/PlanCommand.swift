import EnsembleModel
import RemoteHosts

/// The `zkops plan new` that writes a cure for this very ensemble, its flags filled in from what was found.
package struct PlanCommand: Sendable, Hashable {
    /// Kinds of `plan new`, by their names there.
    package enum Kind: String, Sendable, CaseIterable {
        case rollingRestart = "rolling-restart"
        case rollingUpgrade = "rolling-upgrade"
        case configChange = "config-change"
        case expand
        case stagedRecovery = "staged-recovery"
    }

    package enum Flag: String, Sendable, CaseIterable { case servers, set, to, add, spare }

    package struct Option: Sendable, Hashable {
        package var flag: Flag
        package var value: String
    }

    package var kind: Kind
    package var options: [Option]

    init(_ kind: Kind, _ options: [(Flag, String)]) {
        self.kind = kind
        self.options = options.map { Option(flag: $0.0, value: $0.1) }
    }

    /// As a person types it; the plan goes to a file of the kind's name.
    package func text(inventory: String) -> String {
        let words =
            ["zkops", "plan", "new", kind.rawValue, "-i", inventory]
            + options.flatMap { ["--\($0.flag.rawValue)", $0.value] } + ["-o", "\(kind.rawValue).yaml"]
        return words.map(Self.word).joined(separator: " ")
    }

    private static func word(_ text: String) -> String {
        let isPlain = text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./@=,:+".contains($0)) }
        return isPlain && !text.isEmpty ? text : ShellQuoting.quoted(text)
    }
}

extension EnsembleEvidence {
    /// Whether every member runs and serves, and every host could be looked at. Most kinds of plans want nothing less.
    var isWhole: Bool {
        hasQuorum && missing.isEmpty && running.allSatisfy(\.serves)
            && servers.allSatisfy { $0.failure == nil && ($0.facts?.isInstalled == true || !isMember($0)) }
    }

    /// nil where `plan new` would refuse.
    func restart(_ names: [ServerName]) -> PlanCommand? {
        isWhole ? PlanCommand(.rollingRestart, [(.servers, Self.comma(names))]) : nil
    }

    /// nil where `plan new` would refuse.
    /// - Parameters:
    ///   - settings: keys and values of zoo.cfg.
    ///   - names: where not all servers are to have them.
    func change(_ settings: [(key: String, value: String)], on names: [ServerName] = []) -> PlanCommand? {
        guard isWhole, !settings.isEmpty else { return nil }
        var options: [(PlanCommand.Flag, String)] = settings.map { (.set, "\($0.key)=\($0.value)") }
        if !names.isEmpty { options.append((.servers, Self.comma(names))) }
        return PlanCommand(.configChange, options)
    }

    /// To the oldest installation on all hosts of the running servers that is later than theirs and enough; a word in capitals where none is
    /// there yet. nil where `plan new` would refuse.
    func upgrade(isEnough: (Version) -> Bool) -> PlanCommand? {
        guard isWhole, let version = running.compactMap(\.version).max() else { return nil }
        let hosts = Set(running.map(\.server.host))
        let beside = servers.filter { server in
            !server.isRunning && server.facts?.config != nil
                && server.version.map { $0 > version && isEnough($0) } == true
        }
        let everywhere = Dictionary(grouping: beside, by: \.server.installation).filter { _, servers in
            hosts.isSubset(of: servers.map(\.server.host))
        }
        let oldest = everywhere.min { one, other in
            (one.value.compactMap(\.version).min() ?? version) < (other.value.compactMap(\.version).min() ?? version)
        }
        return PlanCommand(.rollingUpgrade, [(.to, oldest?.key ?? "INSTALLATION")])
    }

    /// By a server that is installed on a host of its own and runs nothing; a word in capitals where there is none. nil where
    /// `plan new` would refuse, as it does before 3.5 unless a person accepts that a leader counts servers that it doesn't list.
    var oneMore: PlanCommand? {
        guard isWhole, let config, config.members.count > 1, let oldest = running.compactMap(\.version).min(),
            oldest >= Version(3, 5, 0)
        else { return nil }
        return PlanCommand(.expand, [(.add, spares(besides: config).first?.description ?? "SERVER")])
    }

    /// On another installation, whose servers are given.
    func recovery(to servers: [ServerEvidence]) -> PlanCommand? {
        guard let installation = servers.first?.server.installation, let config else { return nil }
        var options: [(PlanCommand.Flag, String)] = [(.to, installation)]
        if let spare = spares(besides: config).first(where: { $0.installation == installation }) {
            options.append((.spare, spare.host))
        }
        return PlanCommand(.stagedRecovery, options)
    }

    /// Stopped servers with a configuration, on hosts where no member is.
    private func spares(besides config: ZooConfig) -> [ServerName] {
        servers.filter { server in
            !server.isRunning && server.facts?.config != nil && !config.members.values.contains { server.isAt($0) }
                && !running.contains { $0.server.host == server.server.host }
        }.names.sorted()
    }

    private static func comma(_ names: [ServerName]) -> String { names.map(\.description).joined(separator: ",") }
}
