import EnsembleModel
import TestSupport
import Testing

@testable import PlanLanguage

@Suite struct FactsTests {
    private func read(_ text: String) throws(InvalidInput) -> EnsembleFacts {
        try PlanLoader { _ in Array(text.utf8) }.loadFacts("facts.yaml", inventory: nil)
    }

    private static let texts = [
        "", "\n", "\n\n", "a", "a\n", "a\n\n", "\na\n", " a\n", "  a\n b\n", "a\n  b\n\n c", "\ta\n", "a\tb\n",
        "a\r\nb\r\n", "#x\n",
        "key: value\n- x\n", "---\n...\n", "\u{1}\n", "ü\u{1F600}\n", "a \nb\n", " \n \n", "\u{85}a\nb", "x\u{2028}y\n",
        "\"'\\\n", "|\n",
        "${x}\n", "tickTime=2000\nserver.1=a:1:2\n\n# end", "a\n ", "a\n\n ",
    ]

    @Test(arguments: texts) func textsReadBackAsTheyWere(_ text: String) throws {
        let server = ServerName(host: "a", installation: "b")
        let facts = EnsembleFacts(servers: [
            server: ServerFacts(config: text, loadedConfig: text, files: [text + "p": text])
        ])
        #expect(try read(facts.yaml(ensemble: "e")) == facts)
    }

    @Test func randomFactsReadBackAsTheyWere() throws {
        var random = SeededGenerator(seed: 7)
        let pieces = [
            "a", " ", "\n", "\t", ":", "#", "-", "'", "\"", "\\", "\r", "ü", "\u{0}", "{", "|", "\u{FEFF}", "key=1",
        ]
        func text() -> String {
            (0..<Int.random(in: 0...12, using: &random)).map { _ in pieces.randomElement(using: &random)! }.joined()
        }
        func maybe<T>(_ value: T) -> T? { Bool.random(using: &random) ? value : nil }
        for _ in 0..<300 {
            var facts = EnsembleFacts(capturedAt: maybe("2026-01-11T18:02:11.5+08:00"), servers: [:])
            for number in 0..<Int.random(in: 0...3, using: &random) {
                let mode = Mode.allCases.randomElement(using: &random)!
                facts.servers[ServerName(host: "h\(number)", installation: "v-1.\(number)")] = ServerFacts(
                    running: mode != .stopped, mode: mode, myid: maybe(ServerID(number)),
                    version: maybe(Version(3, 4, 6)),
                    zxid: maybe(Zxid(UInt64.random(in: .min ... .max, using: &random))),
                    epochs: maybe(.init(accepted: Epoch(.max), current: Epoch(0))),
                    snapshot: maybe(Bool.random(using: &random) ? .none : .at(Zxid(0))), log: maybe(.at(Zxid(.max))),
                    electionListener: maybe(.dead), config: maybe(text()), loadedConfig: maybe(text()),
                    loadedMyid: maybe(ServerID(9)), dataSize: maybe(.max), logSize: maybe(0), dataRoom: maybe(1),
                    logRoom: maybe(2), files: Bool.random(using: &random) ? [:] : ["a/b": text(), text() + "x": text()])
            }
            let yaml = facts.yaml(ensemble: "e")
            #expect(try read(yaml) == facts, "\(yaml)")
        }
    }

    @Test func runningFollowsFromTheMode() throws {
        let facts = try read("version: 1\nservers: {a@b: {mode: leader}, c@d: {}, e@f: {mode: stopped}}")
        #expect(facts.servers[ServerName("a@b")!]?.running == true)
        #expect(facts.servers[ServerName("c@d")!] == ServerFacts())
        #expect(facts.servers[ServerName("e@f")!]?.running == false)
    }

    @Test func anEmptyEnsembleIsAFactToo() throws {
        #expect(try read("version: 1\nservers: {}").servers.isEmpty)
    }

    @Test func aPlansOwnFactsAndLiveOnes() throws {
        let text = """
            version: 1
            name: n
            inventory: inventory.yaml
            vars: {v: old}
            facts:
              servers:
                zk1@${v}: {mode: follower, config: "a=${v}"}
            stages: [{name: s, steps: [{confirm: x}]}]
            """
        let loader = Inputs(["plan.yaml": text]).loader
        let server = ServerName("zk1@old")!
        #expect(try loader.load(plan: "plan.yaml").facts?.servers[server]?.config == "a=old")
        let live = EnsembleFacts(servers: [server: ServerFacts(config: "live")])
        #expect(try loader.load(plan: "plan.yaml", facts: live).facts == live)
    }

    @Test func liveFactsNeedNoFile() throws {
        var inputs = Inputs(["plan.yaml": Inputs.plan("- confirm: x")])
        inputs.files["facts.yaml"] = nil
        let live = EnsembleFacts(servers: [:])
        #expect(try inputs.loader.load(plan: "plan.yaml", facts: live).facts == live)
        #expect(throws: InvalidInput.self) { try inputs.loader.load(plan: "plan.yaml") }
    }
}
