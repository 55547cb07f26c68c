import EnsembleModel
import PlanLanguage
import PlanVerification
import Testing

@testable import TerminalUI

/// A plan, its inventory and its facts, as files would hold them.
struct SampleWorld {
    var plan = SampleWorld.plan

    struct NoSuchFile: Error {}

    func load() throws -> ResolvedPlan {
        let files = ["plan.yaml": plan, "inventory.yaml": Self.inventory, "facts.yaml": Self.facts]
        let loader = PlanLoader { path in
            guard let text = files[path] else { throw NoSuchFile() }
            return Array(text.utf8)
        }
        return try loader.load(plan: "plan.yaml")
    }

    func preview() throws -> PreviewView {
        let plan = try load()
        return PreviewView(plan, try #require(Verifier.findings(of: plan, explaining: true)))
    }

    static let inventory = """
        version: 1
        ensemble: sample
        installations:
          a: {home: /opt/zookeeper}
        hosts:
          zk1: {address: 10.0.0.1}
          zk2: {address: 10.0.0.2}
          zk3: {address: 10.0.0.3}
          zk4: {address: 10.0.0.4}
        """

    static let facts = """
        version: 1
        captured_at: 2026-01-11T18:02:11Z
        servers:
        """ + (1...3).map { server($0) }.joined() + """

              zk4@a:
                running: false
                version: 3.8.5
                snapshot: none
                log: none
                config: |
                  tickTime=2000
                  dataDir=/data/zk
                  clientPort=2181
                  initLimit=10

            """

    static func server(_ number: Int) -> String {
        """

          zk\(number)@a:
            running: true
            mode: \(number == 2 ? "leader" : "follower")
            myid: \(number)
            version: 3.8.5
            snapshot: 0x100000000
            log: 0x100000001
            config: |
              tickTime=2000
              dataDir=/data/zk
              clientPort=2181
              initLimit=10
              server.1=10.0.0.1:2888:3888
              server.2=10.0.0.2:2888:3888
              server.3=10.0.0.3:2888:3888
        """
    }

    static let plan = """
        version: 1
        name: grow
        summary: A fourth server joins the three, and the limits are raised on the way, so that a slow transfer of a large snapshot ends no election.
        inventory: inventory.yaml
        facts: facts.yaml
        acknowledge:
          - {hazard: fragile, because: one of three is down at a time}
          - {hazard: split-brain, stage: Grow, because: not reachable with one delta}
          - {hazard: port-clash, because: a leftover}
        stages:
          - name: Check
            steps:
              - require:
                  - {leader: zk2@a}
                  - {synced_followers: 2, of: [zk1@a, zk2@a, zk3@a]}
              - confirm: Is the change announced?
              - rollback_point: before the change
          - name: Grow
            steps:
              - set_myid: {zk4@a: 4}
              - name: every server knows the four
                edit_config:
                  servers: [zk1@a, zk2@a, zk3@a]
                  set: {initLimit: 50}
                  members: {1: zk1, 2: zk2, 3: zk3, 4: zk4}
              - edit_config: {servers: zk4@a, set: {initLimit: 50}, members: {1: zk1, 2: zk2, 3: zk3, 4: zk4}}
              - edit_file: {servers: [zk4@a], path: conf/log4j.properties, set: {log4j.rootLogger: "INFO, ROLLINGFILE"}}
              - put_file: {servers: [zk4@a], path: conf/java.env, content: "export JVMFLAGS=-Xmx2g\\n"}
              - start: zk4@a
              - rolling:
                  servers: [zk1@a, zk2@a, zk3@a]
                  order: leader_last
                  steps:
                    - restart: $server
              - persist_znodes: {through: zk1@a, from: /jodis/demo/proxy-*}
              - run: {hosts: [zk4], command: logger grown, undo: logger shrunk}
        """
}
