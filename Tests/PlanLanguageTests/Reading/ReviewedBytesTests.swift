import Checksums
import Foundation
import TestSupport
import Testing

@testable import PlanLanguage

/// `apply --reviewed` holds a run to what was reviewed: the digest differs where any byte of any input does.
@Suite struct ReviewedBytesTests {
    private static let script = Array("#!/bin/sh\necho one\n".utf8)
    private static let archive: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3]
    /// Not text, so that it goes to the host as a file.
    private static let binary: [UInt8] = [0, 1, 2, 0xff, 0xfe, 10]

    private static var inputs: Inputs {
        var inputs = Inputs([
            "plan.yaml": """
            version: 1
            name: digested
            inventory: inventory.yaml
            facts: facts.yaml
            vars: {limit: "20"}
            stages:
              - name: All
                steps:
                  - put_file: {servers: zk1@old, path: bin/check.sh, source: check.sh}
                  - put_file: {servers: zk1@old, path: lib/x.jar, source: x.jar}
                  - install: {servers: zk1@new, archive: zk.tar.gz, sha256: \(SHA256.hexDigest(of: archive))}
                  - edit_config: {servers: zk1@old, set: {initLimit: "${limit}"}}
            """
        ])
        inputs.files["check.sh"] = script
        inputs.files["x.jar"] = binary
        inputs.files["zk.tar.gz"] = archive
        return inputs
    }

    private static func digest(_ inputs: Inputs, variables: [String: String] = [:]) throws -> String {
        try inputs.loader.load(plan: "plan.yaml", variables: variables).digest
    }

    /// Each bit of each byte, one at a time: another digest, or an input that is refused.
    @Test(arguments: ["plan.yaml", "inventory.yaml", "facts.yaml", "check.sh", "x.jar", "zk.tar.gz"])
    func everyByteCounts(_ file: String) throws {
        let reviewed = try Self.digest(Self.inputs)
        let bytes = try #require(Self.inputs.files[file])
        var refused = 0
        for place in bytes.indices {
            var inputs = Self.inputs
            inputs.files[file]?[place] ^= 1 << UInt8(place % 8)
            switch Result(catching: { try Self.digest(inputs) }) {
            case .success(let digest): #expect(digest != reviewed, "byte \(place) of \(file)")
            case .failure(let error):
                #expect(error is InvalidInput)
                refused += 1
            }
        }
        // What is only carried is never refused; an archive always is, as its own sum stands in the plan.
        if file == "check.sh" || file == "x.jar" { #expect(refused == 0) }
        if file == "zk.tar.gz" { #expect(refused == bytes.count) }
        // Nor may anything be added or cut off.
        for changed in [bytes + [10], Array(bytes.dropLast()), bytes + Array("# x\n".utf8)] {
            var inputs = Self.inputs
            inputs.files[file] = changed
            #expect((try? Self.digest(inputs)) != reviewed)
        }
    }

    @Test func variablesCount() throws {
        let reviewed = try Self.digest(Self.inputs)
        #expect(try Self.digest(Self.inputs, variables: ["limit": "21"]) != reviewed)
        #expect(try Self.digest(Self.inputs) == reviewed)
    }

    /// One input can't be taken for another: what is moved from the end of one file to the beginning of the next differs.
    @Test func filesCanNotRunIntoEachOther() throws {
        let reviewed = try Self.digest(Self.inputs)
        var swapped = Self.inputs
        swapped.files["check.sh"] = Self.binary
        swapped.files["x.jar"] = Self.script
        #expect(try Self.digest(swapped) != reviewed)
        var moved = Self.inputs
        moved.files["check.sh"] = Array(Self.script.dropLast())
        moved.files["x.jar"] = [Self.script[Self.script.count - 1]] + Self.binary
        #expect(try Self.digest(moved) != reviewed)
    }
}
