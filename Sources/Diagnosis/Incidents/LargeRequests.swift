import EnsembleModel

/// Requests or znodes larger than jute.maxbuffer.
package enum LargeRequests: Incident {
    package static let definition = IncidentDefinition(
        code: "jute-maxbuffer", title: "jute.maxbuffer exceeded",
        symptoms:
            "A client is disconnected at the same request again and again; a server can't follow, or can't read its own data.",
        recognised:
            "`Len error` in the log of the last ten minutes, with the length; -Djute.maxbuffer of every process compared.",
        why:
            "A server refuses longer packets, also those of other servers and its own log. It has to be the same on all servers and clients; "
            + "zoo.cfg can't set it.",
        remedy:
            "Find the client that writes so much. If it is meant, set -Djute.maxbuffer in the JVM flags of all servers and clients alike.",
        plans: [.setJavaFlags],
        source:
            "1048575 bytes unless set; lengths that are text are no packets: HTTP and TLS on the plain port look like it"
    )

    package static func findings(in evidence: EnsembleEvidence) -> [Finding] {
        var findings: [Finding] = []
        let hit = evidence.running.filter { !lines($0).isEmpty }
        if !hit.isEmpty {
            findings.append(
                definition.finding(
                    .warning, hit.names, "Packets longer than jute.maxbuffer were refused.",
                    evidence: hit.flatMap { server in
                        lines(server).suffix(2).map { "\(server.server) (jute.maxbuffer \(limit(server))): \($0)" }
                    }, plan: .setJavaFlags))
        }
        let limits = Dictionary(grouping: evidence.running.filter { $0.host != nil }, by: limit)
        if limits.count > 1 {
            findings.append(
                definition.finding(
                    .warning, evidence.running.names, "jute.maxbuffer is not the same on all servers.",
                    evidence: limits.sorted { $0.key < $1.key }.map { "\($0.key): \(Numbers.list($0.value.names))" },
                    plan: .setJavaFlags))
        }
        return findings
    }

    private static func lines(_ server: ServerEvidence) -> [String] {
        server.log.recent(.lengthError, seconds: 600).map(\.text).filter { text in
            guard let length = length(text) else { return true }
            return length > 0 && length < 1 << 28 && !isText(length)
        }
    }

    static func length(_ line: String) -> Int? {
        // 3.9 says more: who sent it, and then the length.
        guard let mark = line.range(of: "advertised length of ") ?? line.range(of: "Len error") else { return nil }
        let rest = line[mark.upperBound...].drop { !$0.isNumber && $0 != "-" && $0 != "|" }
        return Int(rest.prefix { $0 == "-" || $0.isNumber })
    }

    /// Four characters of a request line, or a TLS hello, in the place of a length.
    private static func isText(_ length: Int) -> Bool {
        let bytes = [24, 16, 8, 0].map { length >> $0 & 0xff }
        return bytes.allSatisfy { (0x20...0x7e).contains($0) } || (bytes[0] == 0x16 && bytes[1] == 3)
    }

    private static func limit(_ server: ServerEvidence) -> String {
        server.host?.flag("-Djute.maxbuffer=") ?? "1048575"
    }
}
