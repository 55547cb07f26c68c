import EnsembleModel
import Testing

@testable import PlanLanguage

@Suite struct FactsDifferenceTests {
    func differences(
        _ operations: [PlanLanguage.Operation] = [.stop(World.server(1), limit: .seconds(1))],
        planned: (inout EnsembleFacts) -> Void = { _ in }, observed change: (inout EnsembleFacts) -> Void
    ) -> [FactsDifference] {
        var facts = World.facts
        planned(&facts)
        var observed = facts
        change(&observed)
        return FactsDifference.compare(planned: facts, observed: observed, dependingOn: World.plan(operations))
    }

    @Test func aZxidThatGrewIsNone() {
        #expect(differences { $0.servers[World.server(1)]?.zxid = Zxid(hexadecimal: "0x100000009") } == [])
    }

    @Test(arguments: FactsDifference.What.allCases) func seesEveryKind(_ what: FactsDifference.What) {
        let server = World.server(1)
        var edit = TextEdit()
        edit.append = ["x"]
        let found = differences(
            [.editFile(.file(server, path: "conf/x"), edit), .stop(World.server(1, "new"), limit: .seconds(1))]
        ) { facts in
            facts.servers[server]?.electionListener = .alive
            facts.servers[server]?.files["conf/x"] = "a\n"
        } observed: { facts in
            switch what {
            case .running: facts.servers[server]?.running = false
            case .mode: facts.servers[server]?.mode = .looking
            case .version: facts.servers[server]?.version = Version(3, 4, 14)
            case .myid: facts.servers[server]?.myid = ServerID(7)
            case .configuration: facts.servers[server]?.config? += "x=1\n"
            case .file: facts.servers[server]?.files["conf/x"] = "b\n"
            case .loadedConfiguration: facts.servers[server]?.loadedConfig = "x=1\n"
            case .loadedMyid: facts.servers[server]?.loadedMyid = ServerID(7)
            case .listener: facts.servers[server]?.electionListener = .dead
            case .data: facts.servers[World.server(1, "new")] = ServerFacts(snapshot: .at(Zxid(5)))
            }
        }
        #expect(found.map(\.what) == [what])
        #expect(found.allSatisfy { $0.message.hasPrefix($0.server.description + ": ") })
    }

    @Test func showsHowATextDiffers() {
        let found = differences { $0.servers[World.server(1)]?.config? += "tickTime=1\n" }
        #expect(found.first?.message.contains("\n+tickTime=1\n") == true)
    }

    @Test func ensemblesAndHostsCount() {
        // The plan names only zk1; the ensemble's others and what else runs on the host matter to it all the same.
        #expect(differences { $0.servers[World.server(2)]?.running = false }.map(\.server) == [World.server(2)])
        #expect(
            differences { $0.servers[World.server(1, "new")] = ServerFacts(running: true, mode: .looking) }
                .map(\.server) == [World.server(1, "new")])
        #expect(differences { $0.servers[World.server(4)] = ServerFacts(running: true, mode: .looking) } == [])
    }

    @Test func whatWasLeftOpenIsNoDifference() {
        let none = differences { facts in
            facts.servers[World.server(1)] = ServerFacts(running: true, mode: .follower)
        } observed: { facts in
            facts.servers[World.server(1)] = World.facts.servers[World.server(1)]
        }
        #expect(none == [])
    }

    @Test func whatVanishedIsADifference() {
        #expect(differences { $0.servers[World.server(1)]?.myid = nil }.map(\.what) == [.myid])
        #expect(differences { $0.servers[World.server(1)]?.config = nil }.map(\.what) == [.configuration])
        #expect(differences { $0.servers[World.server(1)]?.version = nil }.map(\.what) == [.version])
    }
}
