package import EnsembleAccess
import EnsembleModel

/// A survey of ports as metrics: for the textfile collector of node_exporter, or over HTTP.
package enum ProbeMetrics {
    package static let contentType = Exposition.contentType

    /// - Parameters:
    ///   - endedAt: seconds since 1970.
    ///   - seconds: what the survey took.
    package static func text(_ survey: PortSurvey, endedAt: Double, seconds: Double) -> String {
        let ensemble = [("ensemble", survey.ensemble)]
        var metrics = Exposition()
        metrics.gauge(
            "zkops_probe_findings", "What zkops found wrong; 0 is well.",
            [(ensemble, Double(survey.findings.count))])
        metrics.gauge(
            "zkops_probe_timestamp_seconds", "When the last round of probes ended, since 1970.",
            [(ensemble, endedAt)])
        metrics.gauge(
            "zkops_probe_duration_seconds", "How long the last round took.", [(ensemble, seconds)])

        let running = Dictionary(survey.rows.map { ($0.server, $0.mode) }) { first, _ in first }
        let known = running.map { ($0.key, 1.0) } + survey.stopped.map { ($0, 0.0) }
        metrics.gauge(
            "zkops_server_running", "Whether a process of the server runs.",
            known.sorted { $0.0 < $1.0 }.map { (ensemble + [("server", $0.0.description)], $0.1) })
        let seen = known.map { ($0.0, 1.0) } + survey.unreachable.keys.map { ($0, 0.0) }
        metrics.gauge(
            "zkops_server_host_reachable", "Whether the server's host could be looked at over SSH.",
            seen.sorted { $0.0 < $1.0 }.map { (ensemble + [("server", $0.0.description)], $0.1) })
        metrics.gauge(
            "zkops_server_mode", "1 for the mode that the server tells.",
            running.sorted { $0.key < $1.key }.map {
                (ensemble + [("server", $0.key.description), ("mode", $0.value.rawValue)], 1)
            })
        metrics.gauge(
            "zkops_port_state",
            "1 for the state of a port as seen from a host; stuck: the kernel accepts, the process does not.",
            states(survey, ensemble))
        metrics.gauge(
            "zkops_port_expected", "Whether the port ought to be open to hosts of the ensemble.",
            running.sorted { $0.key < $1.key }.flatMap { server, mode in
                PortKind.allCases.map { kind in
                    let wanted = PortSurvey.expected(of: mode).contains(kind)
                    return (ensemble + [("server", server.description), ("port", kind.rawValue)], wanted ? 1 : 0)
                }
            })
        return metrics.text
    }

    private static func states(_ survey: PortSurvey, _ ensemble: Exposition.Labels) -> [Exposition.Sample] {
        survey.rows.flatMap { row in
            PortKind.allCases.flatMap { kind -> [Exposition.Sample] in
                guard let state = row.ports[kind] else { return [] }
                // Every state has a series of its own, so that none is left standing when another begins.
                return PortState.allCases.map { candidate in
                    let labels = [
                        ("server", row.server.description), ("from", row.from ?? "operator"), ("port", kind.rawValue),
                        ("state", candidate.rawValue),
                    ]
                    return (ensemble + labels, candidate == state ? 1 : 0)
                }
            }
        }
    }
}
