import EnsembleModel
import Foundation
import PlanExecution
import TestSupport
import Testing

@testable import Lab

/// Client sessions that remember what they were told, on real servers.
@Suite(.serialized) struct CanaryTests {
    /// An ensemble that is put back to yesterday's data has lost what its clients were told since.
    @Test func writesThatAreGoneAreCounted() async throws {
        try await withLab(quickTopology(servers: 1)) { lab in
            let server = lab.servers[0]
            let start = ContinuousClock.now
            let world = World(
                now: { Date().timeIntervalSince1970 }, monotonic: { ContinuousClock.now - start },
                sleep: { try await Task.sleep(for: $0) }, random: { 7 }, operatorName: "ann", machine: "desk",
                processID: 1)
            var options = CanarySessions.Options()
            options.sessions = 2
            options.timeout = .seconds(1)
            let canary = CanarySessions(addresses: lab.clientAddresses, name: "test", options: options, world: world)
            func moreWrites() async throws {
                let before = canary.report.writes
                try await eventually("more writes") { canary.report.writes > before + 10 }
            }
            let (data, kept) = (server.dataDir + "/version-2", server.dataDir + "/kept")
            let log = server.dataLogDir + "/version-2"
            let (outcome, report) = await canary.during { () async -> Result<Void, any Error> in
                do {
                    // Some writes on either side of the copy.
                    try await moreWrites()
                    try await lab.stop(server)
                    try FileManager.default.copyItem(atPath: log, toPath: kept)
                    try await lab.start(server)
                    try await lab.waitUntilServing([server])
                    try await moreWrites()
                    try await lab.stop(server)
                    try FileManager.default.removeItem(atPath: log)
                    try FileManager.default.moveItem(atPath: kept, toPath: log)
                    if data != log {
                        // The snapshots that were taken since would bring the writes back.
                        for name in try FileManager.default.contentsOfDirectory(atPath: data) where name != "snapshot.0"
                        {
                            try FileManager.default.removeItem(atPath: data + "/" + name)
                        }
                    }
                    try await lab.start(server)
                    try await lab.waitUntilServing([server])
                    return .success(())
                } catch {
                    return .failure(error)
                }
            }
            try outcome.get()
            #expect(report.lost > 0 && report.lost < report.writes && report.unchecked == [], "\(report)")
            #expect(report.longestOutage > 0.5 && report.outages.count >= 2, "\(report)")
        }
    }
}
