import Checksums
import EnsembleModel
import Foundation
import Testing

@testable import Lab

/// The cache against a pip that is played by a script, and against the real packages.
struct VersionCacheTests {
    /// A python3 whose `-m pip download` makes a distribution with two jars, and counts its calls.
    private func machine(in path: String) throws -> LabSurroundings {
        let bin = "\(path)/bin"
        try FileManager.default.createDirectory(atPath: bin, withIntermediateDirectories: true)
        let script = """
            #!/bin/sh
            [ "$3" = --version ] && exit 0
            echo "$PIP_CONSTRAINT" >> '\(path)/calls'
            while [ "$1" != --dest ]; do shift; done
            cd "$TMPDIR" && mkdir -p "$2" tree/pyspark-1.0/deps/jars && cd tree
            printf zookeeper > pyspark-1.0/deps/jars/zookeeper-3.4.6.jar
            printf logging > pyspark-1.0/deps/jars/log4j-1.2.17.jar
            printf spark > pyspark-1.0/deps/jars/spark-core.jar
            tar -czf "$2/pyspark-1.0.tar.gz" pyspark-1.0
            exit 1
            """
        try Data(script.utf8).write(to: URL(fileURLWithPath: "\(bin)/python3"))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(bin)/python3")
        let path = "\(bin):\(ProcessInfo.processInfo.environment["PATH"] ?? "")"
        return LabSurroundings(
            cache: "\(bin)/../cache", state: "\(bin)/../state", environment: ["PATH": path], user: "nobody",
            isRoot: false)
    }

    private func release(sha256: String) -> ZooKeeperRelease {
        ZooKeeperRelease(
            version: Version(3, 4, 6), source: .pyspark("1.0", constraint: "pypandoc<1.8"), sha256: sha256,
            logging: .log4j1, jars: ["log4j-1.2"])
    }

    private let goodSum = SHA256.hexDigest(of: "zookeeper".utf8)

    @Test func keepsOnlyTheJarsThatAreNeeded() async throws {
        try await withDirectory { path in
            let cache = VersionCache(try machine(in: path))
            let directory = try await cache.fetch(release(sha256: goodSum))
            #expect(LabFiles.names(in: directory) == ["log4j-1.2.17.jar", "zookeeper-3.4.6.jar"])
            // Neither the download nor the workspace is left behind.
            #expect(LabFiles.names(in: "\(path)/cache/zookeeper") == ["3.4.6", "3.4.6.lock"])
            #expect(try LabFiles.read("\(path)/calls").contains("constraints.txt"))
        }
    }

    @Test func refusesAJarWhoseSumIsAnother() async throws {
        try await withDirectory { path in
            let cache = VersionCache(try machine(in: path))
            let error = await #expect(throws: LabError.self) {
                try await cache.fetch(release(sha256: String(repeating: "0", count: 64)))
            }
            #expect(error?.code == .checksumDiffers)
            #expect(LabFiles.names(in: "\(path)/cache/zookeeper") == ["3.4.6.lock"])
        }
    }

    @Test func fetchesOnceForManyWhoAskAtOnce() async throws {
        try await withDirectory { path in
            let machine = try machine(in: path)
            let release = release(sha256: goodSum)
            try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<6 { group.addTask { try await VersionCache(machine).fetch(release) } }
                for try await directory in group { #expect(LabFiles.names(in: directory).count == 2) }
            }
            #expect(try LabFiles.read("\(path)/calls").split(separator: "\n").count == 1)
        }
    }

    @Test func saysThatADebianPackageIsMissing() async throws {
        try await withDirectory { path in
            var cache = VersionCache(try machine(in: path))
            cache.systemJars = path
            let error = await #expect(throws: LabError.self) {
                try await cache.fetch(try ZooKeeperRelease.find(Version(3, 8, 0)))
            }
            #expect(error?.code == .toolMissing)
            #expect(error?.message.contains("apt-get install zookeeper") == true)
        }
    }

    @Test func refusesAChangedDebianJar() async throws {
        try await withDirectory { path in
            let release = try ZooKeeperRelease.find(Version(3, 8, 0))
            for jar in release.jars.map({ "\($0).jar" }) + [release.jarName] {
                try LabFiles.write("not it", to: "\(path)/\(jar)")
            }
            var cache = VersionCache(try machine(in: path))
            cache.systemJars = path
            let error = await #expect(throws: LabError.self) { try await cache.fetch(release) }
            #expect(error?.code == .checksumDiffers)
        }
    }

    @Test func knowsNoOtherVersions() {
        let error = #expect(throws: LabError.self) { try ZooKeeperRelease.find(Version(3, 4, 5)) }
        #expect(error?.code == .versionUnknown)
    }

    /// Downloads what the machine's cache lacks: a few hundred MB a version, once.
    @Test(arguments: ZooKeeperRelease.all) func getsEveryVersion(_ release: ZooKeeperRelease) async throws {
        let directory = try await VersionCache(surroundings).fetch(release)
        let names = LabFiles.names(in: directory)
        #expect(names.contains(release.jarName))
        for jar in release.jars { #expect(names.contains { $0.hasPrefix(jar) }, "\(jar)") }
    }
}
