import EnsembleModel

package enum HeapTrouble: Incident {
    package static let definition = IncidentDefinition(
        code: "heap", title: "Heap, garbage collection pauses, OutOfMemoryError",
        symptoms: "Sessions expire in bursts; a server answers slowly or not at all while its process runs.",
        recognised:
            "`OutOfMemoryError` since the process began; `Detected pause in JVM` of the current term; -Xmx and the memory held.",
        why: "A JVM of 3.4 lives on after an OutOfMemoryError with threads missing: it may lead and serve nobody.",
        remedy:
            "Restart a server that ran out of memory. Raise -Xmx in the JVM flags of all, below the hosts' free memory. Then look what fills the "
            + "tree: `zkops ensemble contents`.",
        plans: [.raiseHeap],
        source: "from 3.5.5 on zkEnv.sh sets -Xmx1000m; before there was none")

    package static func findings(in evidence: EnsembleEvidence) -> [Finding] {
        // From 3.5.5 on the JVM is killed for it, so it need not run any more.
        let out = (evidence.running + evidence.missing).filter { server in
            server.log[.outOfMemory].contains { !isOfListener($0.text) }
        }
        let paused = evidence.running.filter { server in
            !out.names.contains(server.server)
                && server.log.recent(.pause, seconds: 3600).contains { milliseconds($0.text) > 2000 }
        }
        var findings: [Finding] = []
        if !out.isEmpty {
            findings.append(
                definition.finding(
                    .critical, out.names, "The process ran out of memory and can't be trusted any more.",
                    evidence: out.flatMap { quote($0, .outOfMemory) }, plan: .raiseHeap))
        }
        if !paused.isEmpty {
            findings.append(
                definition.finding(
                    .warning, paused.names, "The process stood still for seconds.",
                    evidence: paused.flatMap { quote($0, .pause) },
                    plan: .raiseHeap))
        }
        return findings
    }

    /// A length that no heap could hold, sent to an election listener of 3.4.6, ends that thread by the same error; memory there was. Its
    /// thread has the name of the address alone: `Thread Thread[/127.0.1.202:3888,5,main] died`.
    private static func isOfListener(_ line: String) -> Bool {
        guard let mark = line.range(of: "Thread Thread[") else { return false }
        let name = line[mark.upperBound...].prefix { $0 != "," }
        let port = name.reversed().prefix { $0 != ":" }
        return name.contains("/") && !name.contains("[") && !name.hasPrefix("NIOServerCxn")
            && !name.hasPrefix("LearnerHandler") && !port.isEmpty && port.allSatisfy(\.isNumber)
    }

    private static func quote(_ server: ServerEvidence, _ pattern: LogPattern) -> [String] {
        let held = server.host?.resident.map { ", \(Numbers.bytes($0)) held" } ?? ""
        return ["\(server.server): -Xmx\(server.host?.flag("-Xmx") ?? " is not set")\(held)"]
            + server.log.quoted(pattern).map { "\(server.server): \($0)" }
    }

    private static func milliseconds(_ line: String) -> Int {
        guard let mark = line.range(of: "approximately ") else { return 0 }
        return Int(line[mark.upperBound...].prefix { $0.isNumber }) ?? 0
    }
}
