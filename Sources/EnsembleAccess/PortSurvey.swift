package import EnsembleModel

/// Which ports of which servers can be reached from where.
package struct PortSurvey: Sendable {
    package struct Row: Sendable {
        package var server: ServerName
        package var mode: Mode
        /// The host that connected; nil is the operator's machine.
        package var from: String?
        package var ports: [PortKind: PortState]
        package var failure: AccessError?

        package init(
            server: ServerName, mode: Mode, from: String?, ports: [PortKind: PortState], failure: AccessError? = nil
        ) {
            self.server = server
            self.mode = mode
            self.from = from
            self.ports = ports
            self.failure = failure
        }
    }

    package struct Finding: Sendable {
        package var server: ServerName
        package var from: String?
        package var port: PortKind?
        package var message: String
    }

    package var ensemble: String
    package var rows: [Row]
    /// Servers that don't run: nothing listens for them, and nothing is wrong with that here.
    package var stopped: [ServerName]
    /// Servers that could not be looked at.
    package var unreachable: [ServerName: AccessError]

    package init(
        ensemble: String, rows: [Row], stopped: [ServerName] = [], unreachable: [ServerName: AccessError] = [:]
    ) {
        self.ensemble = ensemble
        self.rows = rows
        self.stopped = stopped
        self.unreachable = unreachable
    }

    /// Connects to every running server from the operator's machine and from every one of `hosts`.
    package static func take(
        ensemble: String, places: [ServerPlace], hosts: [String], control: any EnsembleControl
    ) async -> PortSurvey {
        await take(ensemble: ensemble, places: places, from: [nil] + hosts, control: control) { _ in PortKind.allCases }
    }

    /// Whether the servers can reach each other, at the least cost to them: from each one's host to the others, once, no client
    /// port, and not the quorum port of a leader, which is open to all that follow it. At the quorum port of the others nobody
    /// listens, so that the kernel's refusal shows an open way and no process hears of it. What is silent is asked once more,
    /// since a host may have been busy.
    package static func betweenServers(
        ensemble: String, places: [ServerPlace], control: any EnsembleControl
    ) async -> PortSurvey {
        var survey = await take(
            ensemble: ensemble, places: places, from: Set(places.map(\.name.host)).sorted(), toOwn: false,
            control: control
        ) { $0 == .leader ? [.election] : [.quorum, .election] }
        let rows = survey.rows
        survey.rows = await SideBySide.map(rows) { row in await confirmed(row, control) }
        return survey
    }

    private static func confirmed(_ row: Row, _ control: any EnsembleControl) async -> Row {
        let silent = PortKind.allCases.filter { row.ports[$0] == .filtered }
        guard !silent.isEmpty else { return row }
        let again = await SideBySide.attempt { () async throws(AccessError) in
            try await control.ports(of: row.server, from: row.from, kinds: silent)
        }
        var row = row
        if case .success(let ports) = again { row.ports.merge(ports) { $1 } }
        return row
    }

    private static func take(
        ensemble: String, places: [ServerPlace], from origins: [String?], toOwn: Bool = true,
        control: any EnsembleControl, _ kinds: @escaping @Sendable (Mode) -> [PortKind]
    ) async -> PortSurvey {
        var survey = PortSurvey(ensemble: ensemble, rows: [])
        let pulses = await SideBySide.map(places) { place in
            await SideBySide.attempt { () async throws(AccessError) in try await control.pulse(place.name) }
        }
        var running: [(ServerName, Mode)] = []
        for (place, pulse) in zip(places, pulses) {
            switch pulse {
            case .failure(let error): survey.unreachable[place.name] = error
            case .success(let pulse) where pulse.process == nil: survey.stopped.append(place.name)
            case .success(let pulse): running.append((place.name, pulse.mode))
            }
        }
        // A host has room for some connections at once, not for one to every server of a large ensemble.
        let targets = running
        survey.rows = await SideBySide.map(origins) { origin in
            await SideBySide.map(targets.filter { toOwn || $0.0.host != origin }, atMost: 8) { server, mode in
                let ports = await SideBySide.attempt { () async throws(AccessError) in
                    try await control.ports(of: server, from: origin, kinds: kinds(mode))
                }
                switch ports {
                case .success(let ports): return Row(server: server, mode: mode, from: origin, ports: ports)
                case .failure(let error):
                    return Row(server: server, mode: mode, from: origin, ports: [:], failure: error)
                }
            }
        }.flatMap { $0 }
        return survey
    }

    /// What is wrong. Client and election ports of a running server must be open from every host, and the quorum port of
    /// a leader, the only one that listens there. The operator's machine needs none of them, since all work goes over SSH; a
    /// port that is stuck is wrong wherever it is seen.
    package var findings: [Finding] {
        var findings = unreachable.sorted { $0.key < $1.key }.map { server, error in
            Finding(server: server, from: nil, port: nil, message: error.message)
        }
        for row in rows {
            if let failure = row.failure, row.from != nil {
                findings.append(
                    Finding(server: row.server, from: row.from, port: nil, message: "not tried: \(failure.message)"))
            }
            for kind in Self.expected(of: row.mode) {
                guard let state = row.ports[kind], state != .open else { continue }
                guard row.from != nil || state == .stuck else { continue }
                findings.append(
                    Finding(server: row.server, from: row.from, port: kind, message: Self.text(kind, state)))
            }
        }
        return findings
    }

    package static func expected(of mode: Mode) -> [PortKind] {
        switch mode {
        case .stopped: []
        case .standalone: [.client]
        case .leader: [.client, .quorum, .election]
        case .follower, .observer, .looking, .readOnly: [.client, .election]
        }
    }

    private static func text(_ kind: PortKind, _ state: PortState) -> String {
        switch state {
        case .open: "the \(kind.rawValue) port is open"
        case .closed: "the \(kind.rawValue) port is closed: nothing listens there"
        case .filtered: "the \(kind.rawValue) port does not answer: something between drops the packets"
        case .stuck:
            "the \(kind.rawValue) port is stuck: the kernel accepts connections, the process does not take them"
        }
    }
}
