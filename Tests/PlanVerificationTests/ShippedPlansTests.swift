import EnsembleModel
import Foundation
import PlanLanguage
import Testing

@testable import PlanVerification

/// The plans in `plans/`, with facts as they are where each is meant for.
@Suite struct ShippedPlansTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("plans").path

    func load(_ name: String, _ facts: EnsembleFacts) throws -> ResolvedPlan {
        let loader = PlanLoader { path in
            try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
        }
        return try loader.load(plan: "\(Self.folder)/\(name).yaml", facts: facts)
    }

    static func name(_ host: Int, _ installation: String) -> ServerName {
        ServerName(host: "zk\(host)", installation: installation)
    }

    static func config(_ hosts: [Int]) -> String {
        """
        tickTime=2000
        initLimit=10
        syncLimit=5
        dataDir=/data/zookeeper
        clientPort=2181

        """ + hosts.map { "server.\($0)=192.0.2.\($0):2888:3888\n" }.joined()
    }

    /// Five servers of 3.4.6 with dead listeners: 6 and 8 look for a leader and 10 leads. The new installations are empty.
    static var brokenEnsemble: EnsembleFacts {
        var facts = EnsembleFacts(servers: [:])
        for host in 6...10 {
            let looks = host == 6 || host == 8
            facts.servers[name(host, "v3.4.6")] = ServerFacts(
                running: true, mode: looks ? .looking : host == 10 ? .leader : .follower, myid: ServerID(host),
                version: Version(3, 4, 6), snapshot: .at(Zxid(1)), log: .at(Zxid(2)), electionListener: .dead,
                config: config(Array(6...10)))
        }
        for host in [1, 6, 7, 8, 9, 10] {
            facts.servers[name(host, "v3.4.14")] = ServerFacts(
                version: Version(3, 4, 14), snapshot: ServerFacts.Newest.none, log: ServerFacts.Newest.none,
                config: config(Array(6...10)))
        }
        return facts
    }

    /// Servers 1 to `count` of one installation serve, the second of them as leader; the others are empty.
    static func healthy(_ count: Int, _ version: String, beside other: String? = nil) -> EnsembleFacts {
        var facts = EnsembleFacts(servers: [:])
        for host in 1...5 {
            let serves = host <= count
            facts.servers[name(host, "v\(version)")] = ServerFacts(
                running: serves, mode: !serves ? .stopped : host == 2 ? .leader : .follower,
                myid: serves ? ServerID(host) : nil, version: Version(version),
                snapshot: serves ? .at(Zxid(1)) : ServerFacts.Newest.none,
                log: serves ? .at(Zxid(2)) : ServerFacts.Newest.none, config: config(Array(1...count)))
            if let other {
                facts.servers[name(host, "v\(other)")] = ServerFacts(
                    version: Version(other), snapshot: ServerFacts.Newest.none, log: ServerFacts.Newest.none,
                    config: config(Array(1...count)))
            }
        }
        return facts
    }

    func verified(_ plan: ResolvedPlan, sourceLocation: SourceLocation = #_sourceLocation) throws -> VerifiedPlan {
        switch Verifier.verify(plan) {
        case .verified(let verified): return verified
        case .unsafe(let hazards):
            for hazard in hazards where hazard.blocks {
                Issue.record(
                    "\(hazard.code.rawValue) in \(hazard.step ?? "-"): \(hazard.message)",
                    sourceLocation: sourceLocation)
            }
        case .needsFacts: Issue.record("facts were given", sourceLocation: sourceLocation)
        }
        throw CancellationError()
    }

    @Test func theStagedRecoveryHandsOver() throws {
        let plan = try load("staged-recovery-3-to-5", Self.brokenEnsemble)
        let verified = try verified(plan)
        // The old ensemble ends by handing over, which its author has acknowledged.
        let handOver = verified.hazards.filter { $0.code == .quorumLoss }
        #expect(handOver.map(\.severity) == [.warning])
        #expect(handOver.first?.acknowledgedBecause != nil)
        #expect(!verified.hazards.contains { $0.code == .acknowledgement })
        #expect(verified.hazards.filter { $0.severity == .error }.isEmpty)
        // Five of the new installation serve at the end, and nothing else runs.
        let last = try #require(PlanTimeline.make(plan).last)
        #expect(last.running == [6, 7, 8, 9, 10].map { Self.name($0, "v3.4.14") })
        #expect(last.ensembles.first?.quorum?.margin == 2)
        #expect(last.after.servers[Self.name(7, "v3.4.14")]?.data.origin == Self.name(10, "v3.4.6"))
    }

    @Test func withoutLostWritesThereIsAnOutage() throws {
        var plan = try load("staged-recovery-no-lost-writes", Self.brokenEnsemble)
        let loss = try verified(plan).hazards.filter { $0.code == .quorumLoss }
        #expect(loss.count == 1)
        #expect(loss.first?.acknowledgedBecause != nil)
        plan.acknowledgements = []
        guard case .unsafe(let hazards) = Verifier.verify(plan) else {
            Issue.record("the outage needs an acknowledgement")
            return
        }
        #expect(hazards.filter(\.blocks).map(\.code) == [.quorumLoss])
    }

    @Test(arguments: [
        ("rolling-restart", 3, "3.8.0"), ("raise-init-and-sync-limits", 3, "3.8.0"), ("expand-3-to-5", 3, "3.8.0"),
        ("shrink-5-to-3", 5, "3.8.0"), ("replace-server", 3, "3.8.0"), ("add-observers", 3, "3.8.0"),
        ("rolling-upgrade", 3, "3.8.0"),
    ])
    func everydayPlansHaveNoErrors(_ name: String, _ count: Int, _ version: String) throws {
        let facts = Self.healthy(count, version, beside: "3.9.3")
        let plan = try load(name, facts)
        let verified = try verified(plan)
        #expect(verified.hazards.filter { $0.severity == .error }.allSatisfy { $0.code == .quorumLoss })
        #expect(!verified.hazards.contains { $0.code == .acknowledgement })
        let last = try #require(PlanTimeline.make(plan).last)
        #expect(last.ensembles.allSatisfy { $0.serves == true })
        #expect(last.ensembles.count == 1)
    }

    @Test func verificationTakesLittleTime() throws {
        let plan = try load("staged-recovery-3-to-5", Self.brokenEnsemble)
        let time = ContinuousClock().measure { _ = Verifier.verify(plan) }
        #expect(time < .seconds(10))
    }
}
