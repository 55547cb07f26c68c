import Diagnosis
import EnsembleModel
import Foundation
import PlanLanguage
import PlanVerification
import TestSupport
import Testing

@testable import PlanWriting

/// Each kind of plan, written for a world of `examples/`: read anew from its text it verifies, and says what its golden file says.
@Suite struct PlanWritingTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var kind: String
        var world: String
        var wishes: [PlanRequest.Key: [String]] = [:]
        var target: Target?
        var accepts: [PlanDraft.Acceptance] = []
        /// Where a kind has several.
        var variant = ""

        var testDescription: String { "\(kind)\(variant) in \(world)" }
    }

    static let cases: [Case] = [
        Case(kind: "rolling-restart", world: "rolling-restart"),
        Case(kind: "rolling-restart", world: "restart-deaf-servers", variant: "-deaf"),
        Case(kind: "rolling-upgrade", world: "rolling-upgrade", wishes: [.to: ["v3.9.3"]]),
        Case(
            kind: "config-change", world: "raise-init-and-sync-limits",
            wishes: [.set: ["initLimit=100", "syncLimit=50"], .unset: ["maxClientCnxns"]]),
        Case(kind: "expand", world: "expand-3-to-5", wishes: [.add: ["zk4", "zk5@v3.8.0"]]),
        Case(kind: "shrink", world: "shrink-5-to-3", wishes: [.remove: ["zk5", "zk4"]]),
        Case(kind: "replace", world: "replace-server", wishes: [.remove: ["zk1"], .add: ["zk4"]]),
        Case(kind: "add-observers", world: "add-observers", wishes: [.add: ["zk4", "zk5"]]),
        Case(kind: "remap-myid", world: "rolling-restart", wishes: [.myid: ["zk1=11"]]),
        Case(kind: "staged-recovery", world: "staged-recovery", wishes: [.to: ["v3.4.14"], .spare: ["zk1"]]),
        Case(
            kind: "staged-recovery", world: "staged-recovery",
            wishes: [.to: ["v3.4.14"], .spare: ["zk1"], .keepServing: [""]],
            accepts: [.init("data-loss", because: "nobody writes during the night")], variant: "-keep-serving"),
        Case(
            kind: "enable-tls", world: "rolling-restart",
            wishes: [.keystore: ["/etc/zookeeper/node.pem"], .truststore: ["/etc/zookeeper/ca.pem"]]),
        Case(kind: "move-to-reconfig", world: "rolling-restart"),
        Case(
            kind: "reach", world: "replace-server",
            target: Target(
                members: ["zk2", "zk3", "zk4"], settings: [.init(key: "initLimit", value: "50")])),
        Case(
            kind: "reach", world: "rolling-upgrade", target: Target(version: Version(3, 9, 3)), variant: "-version"),
    ]

    @Test func everyKindHasACase() {
        #expect(Set(Self.cases.map(\.kind)) == Set(PlanKinds.all.map { $0.name }))
    }

    @Test(arguments: cases) func isWrittenAndVerifies(_ test: Case) throws {
        let written = try Self.write(test)
        try expectGolden(written.text, "PlanWriting/\(test.kind)\(test.variant).yaml")
        let example = Repository.examples.appendingPathComponent(test.world)
        let loader = PlanLoader { path in
            path == "plan.yaml"
                ? Array(written.text.utf8) : Array(try Data(contentsOf: example.appendingPathComponent(path)))
        }
        let plan = try loader.load(plan: "plan.yaml")
        #expect(plan.warnings == [])
        guard case .verified(let verified) = Verifier.verify(plan) else {
            Issue.record("it does not verify")
            return
        }
        #expect(!verified.hazards.contains { $0.code == .acknowledgement })
        // What loses data is never accepted in a person's place.
        let accepted = Set(plan.acknowledgements.map(\.hazard))
        #expect(accepted.isDisjoint(with: ["data-loss", "no-join", "disjoint-quorums"]) || !test.accepts.isEmpty)
        let last = try #require(PlanTimeline.make(plan).last)
        #expect(last.ensembles.allSatisfy { $0.serves == true })
    }

    /// What the doctor tells people to type.
    @Test(arguments: PlanCommand.Kind.allCases) func theDoctorNamesKindsThatAreThere(_ kind: PlanCommand.Kind) {
        #expect(PlanKinds.named(kind.rawValue) != nil)
    }

    @Test(arguments: PlanCommand.Flag.allCases) func theDoctorNamesFlagsThatAreThere(_ flag: PlanCommand.Flag) {
        #expect(PlanRequest.Key(rawValue: flag.rawValue) != nil)
    }

    // MARK: What is not written

    static let refusals: [(Case, says: String)] = [
        (Case(kind: "expand", world: "expand-3-to-5", wishes: [.add: ["zk9"]]), "no server `zk9`; did you mean"),
        (Case(kind: "expand", world: "expand-3-to-5", wishes: [.add: ["zk1"]]), "its host is member 1 already"),
        (Case(kind: "shrink", world: "rolling-restart", wishes: [.remove: ["zk1", "zk2"]]), "leave one participant"),
        (Case(kind: "config-change", world: "rolling-restart"), "needs --set"),
        (Case(kind: "config-change", world: "rolling-restart", wishes: [.set: ["initLimit=10"]]), "says so already"),
        (Case(kind: "config-change", world: "rolling-restart", wishes: [.set: ["server.1=a:1:2"]]), "who is a member"),
        (Case(kind: "remap-myid", world: "rolling-restart", wishes: [.myid: ["zk1=2"]]), "2 is in use"),
        (Case(kind: "rolling-restart", world: "planned-outage"), "`zkops ensemble doctor`"),
        (Case(kind: "rolling-restart", world: "rebuild-server"), "`zkops ensemble doctor`"),
        (
            Case(
                kind: "enable-tls", world: "rotate-logs",
                wishes: [.keystore: ["/a"], .truststore: ["/b"]]), "3.4.14 runs here"
        ),
        (Case(kind: "move-to-reconfig", world: "rotate-logs"), "upgrade first"),
        (
            Case(kind: "reach", world: "rolling-restart", target: Target(members: ["zk1", "zk2", "zk3"])),
            "what the target wants already"
        ),
        (
            Case(kind: "reach", world: "rolling-restart", target: Target(version: Version(3, 9, 9))),
            "No installation of the inventory has 3.9.9"
        ),
        (Case(kind: "rolling-upgrade", world: "rolling-restart", wishes: [.to: ["v9"]]), "no server `zk1@v9`"),
    ]

    @Test(arguments: refusals.indices) func saysWhyThereIsNone(_ index: Int) throws {
        let (test, says) = Self.refusals[index]
        let refusal = #expect(throws: NoPlan.self) { try Self.write(test) }
        #expect(refusal?.description.contains(says) == true, "\(refusal?.description ?? "")")
    }

    /// On 3.4 a leader counts a joiner that it doesn't list: nobody but the person can accept that.
    @Test func growingOn34TakesThePersonsWord() throws {
        let test = Case(kind: "expand", world: "expand-3-to-5", wishes: [.add: ["zk4"]])
        let refusal = #expect(throws: NoPlan.self) { try Self.write(test, version: Version(3, 4, 14)) }
        #expect(refusal?.description.contains("data-loss in 2.") == true, "\(refusal?.description ?? "")")
        #expect(refusal?.code == .unsafe)
        var accepting = test
        accepting.accepts = [.init("data-loss", because: "nobody writes")]
        let written = try Self.write(accepting, version: Version(3, 4, 14))
        #expect(written.text.contains("{hazard: data-loss, because: nobody writes}"))
    }

    /// A target is a file like the others: what is wrong in it has its place.
    @Test func aTargetIsRead() throws {
        let text = "version: 1\nmembers: [zk1, zk9]\nzookeeper: 3.10\nsettings: {initLimit: 50}\nobserver: zk3\n"
        let folder = Repository.examples.appendingPathComponent("rolling-restart")
        let loader = PlanLoader { path in
            path == "target.yaml"
                ? Array(text.utf8) : Array(try Data(contentsOf: folder.appendingPathComponent(path)))
        }
        let inventory = try loader.loadInventory("inventory.yaml")
        let wrong = #expect(throws: InvalidInput.self) { try loader.loadTarget("target.yaml", inventory: inventory) }
        #expect(wrong?.rendered.contains("target.yaml:2:16: error: ") == true, "\(wrong?.rendered ?? "")")
        #expect(wrong?.rendered.contains("did you mean `observers`?") == true, "\(wrong?.rendered ?? "")")
        let right = PlanLoader { _ in
            Array("version: 1\nmembers: [zk1, zk2]\nzookeeper: 3.10\nsettings: {initLimit: 50}\n".utf8)
        }
        let target = try right.loadTarget("target.yaml", inventory: inventory)
        #expect(
            target
                == Target(
                    members: ["zk1", "zk2"], version: Version(3, 10, 0),
                    settings: [.init(key: "initLimit", value: "50")]))
    }

    static func write(_ test: Case, version: Version? = nil) throws -> PlanAuthor.Written {
        let folder = Repository.examples.appendingPathComponent(test.world)
        let loader = PlanLoader { path in Array(try Data(contentsOf: folder.appendingPathComponent(path))) }
        let inventory = try loader.loadInventory("inventory.yaml")
        var facts = try loader.loadFacts("facts.yaml", inventory: inventory)
        if let version { for name in facts.servers.keys { facts.servers[name]?.version = version } }
        let kind = try #require(PlanKinds.named(test.kind))
        let author = PlanAuthor(
            inventory, facts, inventoryPath: "inventory.yaml", factsPath: "facts.yaml", accepts: test.accepts)
        var wishes = test.wishes
        if test.target != nil { wishes[.target] = ["target.yaml"] }
        return try author.write(kind, PlanRequest(wishes, target: test.target))
    }

    /// A host that has only the new version can join only after the upgrade: the other order is left out, and said to be.
    @Test func anOrderThatCannotBeDoneIsNotTheEnd() throws {
        let folder = Repository.examples.appendingPathComponent("rolling-upgrade")
        let loader = PlanLoader { path in
            let bytes = Array(try Data(contentsOf: folder.appendingPathComponent(path)))
            return path == "inventory.yaml" ? bytes + Array("  zk4: {address: 10.0.0.4}\n".utf8) : bytes
        }
        let inventory = try loader.loadInventory("inventory.yaml")
        var facts = try loader.loadFacts("facts.yaml", inventory: inventory)
        var newcomer = try #require(facts.servers[ServerName(host: "zk3", installation: "v3.9.3")])
        newcomer.config = newcomer.config?.replacing("clientPortAddress=10.0.0.3", with: "clientPortAddress=10.0.0.4")
        facts.servers[ServerName(host: "zk4", installation: "v3.9.3")] = newcomer
        func write(_ hosts: [String]) throws -> PlanAuthor.Written {
            let author = PlanAuthor(inventory, facts, inventoryPath: "inventory.yaml", factsPath: "facts.yaml")
            let target = Target(members: hosts, version: Version(3, 9, 3))
            return try author.write(Reach.self, PlanRequest([.target: ["target.yaml"]], target: target))
        }
        let text = try write(["zk1", "zk2", "zk3", "zk4"]).text.replacing("\n# ", with: " ")
        #expect(text.contains("all move to v3.9.3, then zk4 joins"))
        #expect(text.contains("1 of them can't be done here."))
        // Where every order is impossible, why is said.
        facts.servers[ServerName(host: "zk4", installation: "v3.9.3")]?.config = nil
        let refusal = #expect(throws: NoPlan.self) { try write(["zk1", "zk2", "zk3", "zk4"]) }
        #expect(refusal?.code == .impossible)
    }

    /// A server that finds no password does not join, when the others speak TLS already.
    @Test func everyFileThatTLSNeedsIsLookedFor() throws {
        let files = ["/etc/node.jks", "/etc/ca.jks", "/etc/password"]
        let plan = try Self.write(
            Case(
                kind: "enable-tls", world: "rolling-restart",
                wishes: [.keystore: [files[0]], .truststore: [files[1]], .passwordPath: [files[2]]]))
        for file in files { #expect(plan.text.contains("test -r '\(file)'")) }
    }

    @Test func aPathThatWouldLeaveItsQuotesIsRefused() throws {
        let refusal = #expect(throws: NoPlan.self) {
            try Self.write(
                Case(
                    kind: "enable-tls", world: "rolling-restart",
                    wishes: [.keystore: ["/etc/it's.pem"], .truststore: ["/etc/ca.pem"]]))
        }
        #expect(refusal?.description.contains("`/etc/it's.pem` can't be looked for") == true)
    }
}
