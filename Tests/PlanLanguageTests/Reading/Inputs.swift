import EnsembleModel
import Foundation
import TestSupport

@testable import PlanLanguage

/// Files in memory, for plans that are written in a test.
struct Inputs {
    var files: [String: [UInt8]] = [:]

    struct Missing: Error, CustomStringConvertible {
        var description: String { "no such file" }
    }

    init(_ files: [String: String] = [:]) {
        self.files["inventory.yaml"] = Array(Self.inventory.utf8)
        self.files["facts.yaml"] = Array(Self.facts.utf8)
        for (name, text) in files { self.files[name] = Array(text.utf8) }
    }

    var loader: PlanLoader {
        PlanLoader { [files] path in
            guard let bytes = files[path] else { throw Missing() }
            return bytes
        }
    }

    /// The files of a folder under `Tests/Fixtures/PlanLanguage`.
    static func fixtures(_ folder: String) -> PlanLoader {
        let place = Repository.fixtures.appendingPathComponent("PlanLanguage/\(folder)")
        return PlanLoader { path in
            guard let data = FileManager.default.contents(atPath: place.appendingPathComponent(path).path) else {
                throw Missing()
            }
            return Array(data)
        }
    }

    static let inventory = """
        version: 1
        ensemble: test
        installations:
          old: {home: /opt/old}
          new: {home: /opt/new}
        hosts:
          zk1: {address: 10.0.0.1}
          zk2: {address: 10.0.0.2}
          zk3: {address: 10.0.0.3}
          zk4: {address: 10.0.0.4}
        """

    static let facts = """
        version: 1
        servers:
          zk1@old: {running: true, mode: follower, myid: 1, version: 3.4.6, config: "server.1=10.0.0.1:2888:3888\\nserver.2=10.0.0.2:2888:3888\\nserver.3=10.0.0.3:2888:3888\\n"}
          zk2@old: {running: true, mode: follower, myid: 2, version: 3.4.6}
          zk3@old: {running: true, mode: leader, myid: 3, version: 3.4.6}
        """

    /// A plan with these steps in one stage; `head` adds keys at the top.
    static func plan(_ steps: String, head: String = "") -> String {
        let indented = steps.split(separator: "\n", omittingEmptySubsequences: false).map { "      \($0)" }
        return """
            version: 1
            name: test
            inventory: inventory.yaml
            facts: facts.yaml
            \(head)
            stages:
              - name: one
                steps:
            \(indented.joined(separator: "\n"))
            """
    }

    /// The plan with these steps, loaded.
    static func load(_ steps: String, head: String = "", variables: [String: String] = [:]) throws -> ResolvedPlan {
        try Inputs(["plan.yaml": plan(steps, head: head)]).loader.load(plan: "plan.yaml", variables: variables)
    }

    /// What is wrong with the plan with these steps: line and column within the steps, from 1, and message.
    static func errors(_ steps: String, head: String = "", variables: [String: String] = [:]) -> [String] {
        do {
            _ = try load(steps, head: head, variables: variables)
            return []
        } catch let invalid as InvalidInput {
            return invalid.diagnostics.map { "\($0.range?.line ?? 0):\($0.range?.column ?? 0) \($0.message)" }
        } catch {
            return ["\(error)"]
        }
    }

    static func operations(_ steps: String) throws -> [[PlanLanguage.Operation]] {
        try load(steps).stages[0].steps.flatMap { step -> [[PlanLanguage.Operation]] in
            if case .operations(let groups) = step.body { groups } else { [] }
        }
    }
}
