import Checksums
import EnsembleModel
import Foundation

/// The jars of ZooKeeper releases, one directory a version, below the cache directory. Any number of processes may use
/// it at once: a version's directory appears whole, by one rename.
package struct VersionCache: Sendable {
    package var surroundings: LabSurroundings
    /// Says what is being done, one line a call.
    package var report: @Sendable (String) -> Void
    /// Where the jars of installed packages lie.
    var systemJars = debianJarDirectory

    private static let debianJarDirectory = "/usr/share/java"

    package init(_ surroundings: LabSurroundings, report: @escaping @Sendable (String) -> Void = { _ in }) {
        self.surroundings = surroundings
        self.report = report
    }

    private var root: String { "\(surroundings.cache)/zookeeper" }

    package func directory(of release: ZooKeeperRelease) -> String { "\(root)/\(release.version)" }

    package func has(_ release: ZooKeeperRelease) -> Bool {
        LabFiles.exists("\(directory(of: release))/\(release.jarName)")
    }

    /// The directory that holds the version's jars; gets them first where they are missing.
    package func fetch(_ release: ZooKeeperRelease) async throws(LabError) -> String {
        let target = directory(of: release)
        if has(release) { return target }
        try LabFiles.makeDirectory(root)
        let lock = try await FileLock.wait(for: "\(root)/\(release.version).lock")
        defer { withExtendedLifetime(lock) {} }
        if has(release) { return target }

        let workspace = "\(root)/.\(release.version).\(UUID().uuidString)"
        try LabFiles.makeDirectory("\(workspace)/jars")
        defer { try? LabFiles.remove(workspace) }
        switch release.source {
        case .debian: try await collectSystemJars(release, into: "\(workspace)/jars")
        case .pyspark(let distribution, let constraint):
            let archive = try await download(distribution, constraint: constraint, into: workspace)
            try await unpack(archive, release, into: "\(workspace)/jars")
        }
        try await verify(release, in: "\(workspace)/jars")
        try LabFiles.remove(target)
        try LabFiles.move("\(workspace)/jars", to: target)
        return target
    }

    private func download(
        _ distribution: String, constraint: String?, into workspace: String
    ) async throws(LabError) -> String {
        let python = try surroundings.program("python3", remedy: "apt-get install python3-pip")
        let pip = try await ChildProcess.run(python, ["-m", "pip", "--version"], environment: surroundings.environment)
        guard pip.succeeded else {
            throw LabError(.toolMissing, "\(python) has no pip; apt-get install python3-pip")
        }
        report("downloading pyspark \(distribution) from PyPI, a few hundred MB; only ZooKeeper's jars are kept")
        var environment = surroundings.environment
        environment["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
        environment["TMPDIR"] = workspace
        if let constraint {
            try LabFiles.write(constraint + "\n", to: "\(workspace)/constraints.txt")
            environment["PIP_CONSTRAINT"] = "\(workspace)/constraints.txt"
        }
        let outcome = try await ChildProcess.run(
            python,
            [
                "-m", "pip", "download", "--no-deps", "--no-binary", ":all:", "--no-cache-dir", "--quiet",
                "--dest", "\(workspace)/download", "pyspark==\(distribution)",
            ],
            environment: environment)
        // pip unpacks and asks the distribution for its name after the download; all we need is the file.
        let files = LabFiles.names(in: "\(workspace)/download").filter { $0.hasSuffix(".tar.gz") }
        guard let file = files.first else {
            throw LabError(
                .downloadFailed,
                "pip could not download pyspark \(distribution) (exit code \(outcome.code)): \(lastLines(outcome.output))"
            )
        }
        return "\(workspace)/download/\(file)"
    }

    private func unpack(_ archive: String, _ release: ZooKeeperRelease, into jars: String) async throws(LabError) {
        report("taking the jars of ZooKeeper \(release.version) out of it")
        let wanted = ["zookeeper-\(release.version).jar"] + release.jars.map { "\($0)*.jar" }
        let tar = try surroundings.program("tar", remedy: "apt-get install tar")
        let outcome = try await ChildProcess.run(
            tar,
            ["-xzf", archive, "-C", jars, "--strip-components=3", "--no-same-owner", "--wildcards"]
                + wanted.map { "pyspark-*/deps/jars/\($0)" },
            environment: surroundings.environment)
        guard outcome.succeeded else {
            throw LabError(.downloadFailed, "tar could not unpack \(archive): \(lastLines(outcome.output))")
        }
    }

    private func collectSystemJars(_ release: ZooKeeperRelease, into jars: String) async throws(LabError) {
        let names = release.jars.map { "\($0).jar" } + [release.jarName]
        for name in names {
            let jar = URL(fileURLWithPath: "\(systemJars)/\(name)").resolvingSymlinksInPath().path
            guard LabFiles.exists(jar) else {
                throw LabError(
                    .toolMissing, "\(systemJars)/\(name) is missing; apt-get install zookeeper brings it with its kin")
            }
            try LabFiles.copy(jar, to: "\(jars)/\(name)")
        }
    }

    private func verify(_ release: ZooKeeperRelease, in jars: String) async throws(LabError) {
        let jar = "\(jars)/\(release.jarName)"
        guard let bytes = FileManager.default.contents(atPath: jar) else {
            throw LabError(.downloadFailed, "the download holds no \(release.jarName)")
        }
        let found = SHA256.hexDigest(of: bytes)
        if found == release.sha256 { return }
        // A security update of the Debian package brings another jar; dpkg knows its sum.
        if release.source == .debian, systemJars == Self.debianJarDirectory, await dpkgVouches() { return }
        throw LabError(
            .checksumDiffers,
            "\(release.jarName) has SHA-256 \(found), not \(release.sha256) as it must; nothing was kept")
    }

    private func dpkgVouches() async -> Bool {
        guard let dpkg = try? surroundings.program("dpkg", remedy: ""),
            let outcome = try? await ChildProcess.run(
                dpkg, ["--verify", "libzookeeper-java"], environment: surroundings.environment)
        else { return false }
        return outcome.succeeded && outcome.output.isEmpty
    }

    private func lastLines(_ text: String) -> String {
        text.split(separator: "\n").suffix(3).joined(separator: "; ")
    }
}
