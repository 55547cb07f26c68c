import EnsembleModel
import Testing

@testable import Lab

struct LabTopologyTests {
    private let version = Version(3, 4, 6)

    @Test func theStoryHasASpareAndFiveMembers() throws {
        let story = LabTopology.story(name: "demo", version: version, next: Version(3, 4, 14))
        try story.validate()
        #expect(story.members.map { $0.myid?.rawValue } == [6, 7, 8, 9, 10])
        #expect(story.hosts.map { story.addressEnding(of: $0) } == [1, 6, 7, 8, 9, 10])
        #expect(story.installations.map(\.name) == ["v3.4.6", "v3.4.14"])
    }

    @Test func hostsAreMadeFromTheirNames() throws {
        let hosts = try LabTopology.hosts(["zk1", "zk6", "beta"], spare: ["zk1"], observers: ["beta"])
        #expect(hosts.map { $0.myid?.rawValue } == [nil, 6, 2])
        #expect(hosts.map(\.role) == [.participant, .participant, .observer])
        #expect(try LabTopology.hosts(["a", "b"], myids: [9, 8]).map { $0.myid?.rawValue } == [9, 8])
        #expect(throws: LabError.self) { try LabTopology.hosts(["a"], observers: ["b"]) }
        #expect(throws: LabError.self) { try LabTopology.hosts(["a", "b"], myids: [1]) }
    }

    @Test func hostsWithoutNumbersAreCounted() {
        let topology = LabTopology(
            name: "x", hosts: [.init("alpha", myid: 1), .init("beta", myid: 2), .init("zk7", myid: 3)],
            installations: [.init(version)])
        #expect(topology.hosts.map { topology.addressEnding(of: $0) } == [1, 2, 3])
    }

    @Test(arguments: [
        LabTopology(name: "x", hosts: [], installations: [.init(Version(3, 4, 6))]),
        LabTopology(name: "x", hosts: [.init("zk1", myid: nil)], installations: [.init(Version(3, 4, 6))]),
        LabTopology(name: "x", hosts: [.init("zk1", myid: 1)], installations: []),
        LabTopology(
            name: "x", hosts: [.init("zk1", myid: 1), .init("zk1", myid: 2)], installations: [.init(Version(3, 4, 6))]),
        LabTopology(
            name: "x", hosts: [.init("zk1", myid: 1), .init("zk2", myid: 1)], installations: [.init(Version(3, 4, 6))]),
        LabTopology(name: "x", hosts: [.init("zk1", myid: 256)], installations: [.init(Version(3, 4, 6))]),
        LabTopology(
            name: "x", hosts: [.init("zk1", myid: 1, role: .observer)], installations: [.init(Version(3, 4, 6))]),
    ])
    func refusesWhatCannotBe(_ topology: LabTopology) {
        let error = #expect(throws: LabError.self) { try topology.validate() }
        #expect(error?.code == .topologyInvalid)
    }

    @Test(arguments: ["", "../x", "a b", "a/b", "-x", ".hidden"]) func refusesNamesThatLeadElsewhere(_ name: String) {
        let topology = LabTopology.ensemble(name: name, of: 1, version: version)
        let error = #expect(throws: LabError.self) { try topology.validate() }
        #expect(error?.code == .nameInvalid)
    }
}
