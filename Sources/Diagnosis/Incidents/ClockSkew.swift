import EnsembleModel

package enum ClockSkew: Incident {
    package static let definition = IncidentDefinition(
        code: "clock-skew", title: "Clocks that differ",
        symptoms:
            "Log times don't fit together; on old versions a clock that jumps makes sessions expire and elections begin.",
        recognised: "Each host's clock against the operator's, the way to the host and back taken into account.",
        why:
            "Before 3.4.11 and 3.5.1 ZooKeeper measures ticks and session timeouts by the wall clock: a jump looks like a pause.",
        remedy: "Let chrony or ntpd keep the clocks, and let it slew rather than step.",
        source: "ZOOKEEPER-1366 (fixed 3.4.11, 3.5.1). Tested from values only: the hosts of a lab share one clock")

    package static func findings(in evidence: EnsembleEvidence) -> [Finding] {
        let offsets = evidence.servers.compactMap { server in server.clockAhead.map { (server, $0) } }
        guard !offsets.isEmpty else { return [] }
        // The operator's own clock may be the wrong one, so what counts is how far a host is from the middle of all.
        let sorted = offsets.map(\.1.seconds).sorted()
        let middle = sorted[sorted.count / 2]
        let odd = offsets.filter { abs($0.1.seconds - middle) > 2 + 2 * $0.1.uncertainty }
        guard !odd.isEmpty else { return [] }
        return [
            definition.finding(
                .warning, odd.map(\.0.server), "Clocks differ by seconds.",
                evidence: odd.map { server, offset in
                    let away = offset.seconds - middle
                    return
                        "\(server.server): \(Numbers.seconds(abs(away))) \(away > 0 ? "ahead of" : "behind") the others"
                })
        ]
    }
}
