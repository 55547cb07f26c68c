import EnsembleModel

/// One log file that grows for ever, and what log4j 1.2 is exposed to.
package enum LogFile: Incident {
    package static let definition = IncidentDefinition(
        code: "log-growth", title: "One log file that grows for ever, log4j 1.2",
        symptoms: "zookeeper.out has gigabytes; the disk fills; nobody can open the log when it is needed.",
        recognised:
            "The file that the process writes its standard output to, its size and what it takes on disk; the appenders of "
            + "log4j.properties; the log4j jar.",
        why:
            "3.4 writes its log to standard output, redirected without end. Emptying the file under the running process makes it a hole of the "
            + "same size. log4j 1.2 is not Log4Shell, but some of its appenders can be made to run code (CVE-2019-17571, -2021-4104, "
            + "-2022-23302, -23305, -23307).",
        remedy:
            "Set ZOO_LOG4J_PROP=INFO,ROLLINGFILE and ZOO_LOG_DIR in conf/java.env, and restart; a start empties zookeeper.out.",
        plans: [.rotateLogs],
        source: "log4j 1.2 until 3.5.9, 3.6.3, 3.7.0; reload4j since (ZOOKEEPER-4455), logback from 3.8")

    static let manyBytes = 256 << 20
    private static let dangerous = [
        "SocketServer", "SimpleSocketServer", "JMSAppender", "JMSSink", "JDBCAppender", "chainsaw", "SocketHubAppender",
    ]

    package static func findings(in evidence: EnsembleEvidence) -> [Finding] {
        var findings: [Finding] = []
        let large = evidence.running.filter { max($0.log.bytesOnDisk ?? 0, 0) > manyBytes }
        if !large.isEmpty {
            findings.append(
                definition.finding(
                    .warning, large.names, "The log is one file that nothing rotates.",
                    evidence: large.map { server in
                        "\(server.server): \(server.log.path ?? "") has \(Numbers.bytes(server.log.size ?? 0)), on disk "
                            + Numbers.bytes(server.log.bytesOnDisk ?? 0)
                    }, plan: .rotateLogs))
        }
        let exposed = evidence.running.filter { server in
            guard let host = server.host, host.jars.contains(where: { $0.hasPrefix("log4j-1.2") }) else { return false }
            return host.loggingLines.contains { line in dangerous.contains { line.contains($0) } }
        }
        if !exposed.isEmpty {
            findings.append(
                definition.finding(
                    .critical, exposed.names, "log4j 1.2 is configured with an appender that can be made to run code.",
                    evidence: exposed.flatMap { server in
                        server.host.map { host in
                            host.loggingLines.filter { line in dangerous.contains { line.contains($0) } }
                                .map { "\(server.server): \($0)" }
                        } ?? []
                    },
                    remedy:
                        "Remove that appender from log4j.properties and restart; then upgrade to a version with reload4j or logback.",
                    plan: .rollingUpgrade, command: evidence.upgrade { $0 >= Version(3, 8, 0) }))
        }
        return findings
    }
}
