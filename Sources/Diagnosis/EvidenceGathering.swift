package import EnsembleAccess
package import EnsembleModel

extension EnsembleEvidence {
    /// Looks at every server, side by side. A host that doesn't answer costs its own time limit, and is evidence.
    /// - Parameters:
    ///   - threadDump: whether JVMs are asked for the names of their threads, which go to their logs.
    ///   - now: seconds since 1970.
    package static func gather(
        ensemble: String, places: [ServerPlace], control: any EnsembleControl, threadDump: Bool,
        now: @escaping @Sendable () -> Double
    ) async -> EnsembleEvidence {
        let servers = await SideBySide.map(places) { place in
            await ServerEvidence.gather(place, control, threadDump: threadDump, now)
        }
        var evidence = EnsembleEvidence(ensemble: ensemble, servers: servers)
        if TreeSize.mayDiffer(evidence.running.compactMap(\.pulse)) {
            let again = await SideBySide.map(servers) { try? await control.pulse($0.server) }
            for (index, pulse) in again.enumerated() { evidence.servers[index].secondPulse = pulse }
        }
        // Every probe of a listener leaves a line in its log, so all of them are made only where somebody does not serve.
        let whole = evidence.isWhole
        if whole, evidence.running.count > 1 {
            evidence.survey = await PortSurvey.betweenServers(
                ensemble: ensemble, places: evidence.running.map(\.place), control: control)
        } else if evidence.running.count > 1 {
            let hosts = Set(evidence.servers.filter { $0.facts != nil }.map(\.server.host))
            evidence.survey = await PortSurvey.take(
                ensemble: ensemble, places: evidence.running.map(\.place), hosts: hosts.sorted(), control: control)
        }
        return evidence
    }
}

extension ServerEvidence {
    static func gather(
        _ place: ServerPlace, _ control: any EnsembleControl, threadDump: Bool, _ now: @Sendable () -> Double
    ) async -> ServerEvidence {
        var evidence = ServerEvidence(place: place)
        let server = place.name
        do throws(AccessError) {
            evidence.facts = try await control.observe(server, files: [])
            evidence.pulse = try await control.pulse(server)
            evidence.lock = try await control.heldLock(server)
            // The clock is asked over the open session, so that half the time of the question bounds the error.
            let asked = now()
            let identity = try await control.hostIdentity(server.host)
            let answered = now()
            evidence.clockAhead = ClockOffset(
                seconds: Double(identity.clock) + 0.5 - (asked + answered) / 2,
                uncertainty: (answered - asked) / 2 + 0.5)
            evidence.host = try await hostEvidence(evidence, control, threadDump: threadDump)
        } catch {
            evidence.failure = error
        }
        return evidence
    }

    private static func hostEvidence(
        _ seen: ServerEvidence, _ control: any EnsembleControl, threadDump: Bool
    ) async throws(AccessError) -> HostEvidence {
        let config = seen.runningConfig
        let port = config?.clientPort(of: seen.myid) ?? 0
        let data = config?.dataDir ?? ""
        let names = Set((config?.members.values.map(\.host) ?? []).filter { !isAddress($0) }).sorted()
        let pid = seen.pulse?.process.map { String($0.pid) } ?? ""
        let result = try await control.check(
            HostCommand(
                host: seen.server.host, script: EvidenceScripts.host,
                arguments: [
                    seen.place.home, pid, data, config?.transactionLogDir ?? data, String(port),
                    seen.serves ? "term" : "all", patterns,
                ] + names, limit: .seconds(30)))
        guard result.exitCode == 0 else {
            throw AccessError(
                .commandFailed, host: seen.server.host, server: seen.server,
                "the host could not be looked into: \(result.errors.prefix(300))")
        }
        let address = config?.clientPortAddress ?? "0.0.0.0"
        var host = HostEvidence(result.output, clientAddress: address, clientPort: port)
        if threadDump, !pid.isEmpty {
            let dump = try await control.check(
                HostCommand(
                    host: seen.server.host, script: EvidenceScripts.threadDump, arguments: [pid], limit: .seconds(20)))
            host.threadNames = HostEvidence(dump.output, clientAddress: address, clientPort: port).threadNames
        }
        return host
    }

    private static var patterns: String {
        LogPattern.allCases.map { "\($0.rawValue) \($0.lastsForProcess ? "process" : "term") \($0.expression)" }
            .joined(separator: "\n")
    }

    private static func isAddress(_ host: String) -> Bool {
        host.contains(":") || host.allSatisfy { $0 == "." || ($0.isASCII && $0.isNumber) }
    }
}
