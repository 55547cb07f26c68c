package import EnsembleModel

/// A ZooKeeper release that the lab can run, and where its jars come from.
package struct ZooKeeperRelease: Sendable, Equatable {
    package enum Source: Sendable, Equatable {
        /// The jars of Debian's package `libzookeeper-java`, in /usr/share/java.
        case debian
        /// The source distribution of this pyspark version on PyPI, which carries ZooKeeper's jars.
        /// `constraint` is what pip must hold back so that the distribution's setup.py still runs.
        case pyspark(String, constraint: String? = nil)
    }

    /// Which library writes the log, hence which file in `conf` steers it.
    package enum Logging: Sendable, Equatable { case log4j1, log4j1Bridge, log4j2 }

    package var version: Version
    package var source: Source
    /// SHA-256 of the ZooKeeper jar itself.
    package var sha256: String
    package var logging: Logging
    /// The start of each needed jar's name, up to its version; every one must be found.
    package var jars: [String]

    package var jarName: String { "zookeeper-\(version).jar" }

    package static let all: [ZooKeeperRelease] = [
        ZooKeeperRelease(
            version: Version(3, 4, 6), source: .pyspark("2.4.8", constraint: "pypandoc<1.8"),
            sha256: "8a375a1ef98cbc0e1f6e9dfd0d96d914b74d37ad00b4bf81beb77fa8f34d33ae",
            logging: .log4j1, jars: ["netty-3", "log4j-1.2", "slf4j-api-1", "slf4j-log4j12-1", "jline-2"]),
        ZooKeeperRelease(
            version: Version(3, 4, 14), source: .pyspark("3.0.3"),
            sha256: "23ef2bf90c8ca233f68bf3c24ab69947fc7b38e8c8b9327f5c2fd9140ae7aecf",
            logging: .log4j1, jars: ["netty-all-4", "log4j-1.2", "slf4j-api-1", "slf4j-log4j12-1", "jline-2"]),
        ZooKeeperRelease(
            version: Version(3, 6, 3), source: .pyspark("3.5.8"),
            sha256: "ac44de96d37a80d463c1e01aaa2ea86b19490fa17a37438d14491456c0e4a911",
            logging: .log4j1Bridge, jars: modernJars + ["commons-lang-2"]),
        ZooKeeperRelease(
            version: Version(3, 8, 0), source: .debian,
            sha256: "4246b31eb9fed2fb62bc4b74e715d93c9e15e0c0a4f2ecd1480b4bc3fc253531",
            logging: .log4j1, jars: debianJars),
        ZooKeeperRelease(
            version: Version(3, 9, 3), source: .pyspark("4.0.1"),
            sha256: "ad6570105768d18382a762325b4460368b7089a5a77c053e682b17942e0e72b5",
            logging: .log4j2, jars: modernJars),
    ]

    package static func find(_ version: Version) throws(LabError) -> ZooKeeperRelease {
        guard let release = all.first(where: { $0.version == version }) else {
            let known = all.map(\.version.description).joined(separator: ", ")
            throw LabError(.versionUnknown, "the lab has no ZooKeeper \(version); it has \(known)")
        }
        return release
    }
}

/// What 3.6 and later need of a pyspark distribution. Jetty isn't in it, so these servers run without AdminServer.
private let modernJars = [
    "zookeeper-jute-3", "slf4j-api-2", "log4j-api-2", "log4j-core-2", "log4j-slf4j2-impl-2", "log4j-1.2-api-2",
    "netty-buffer-4", "netty-codec-4", "netty-common-4", "netty-handler-4", "netty-resolver-4", "netty-transport-4",
    "netty-transport-classes-epoll-4", "netty-transport-native-unix-common-4", "commons-cli-1", "commons-io-2",
    "jline-2", "jackson-annotations-2", "jackson-core-2", "jackson-databind-2", "metrics-core-4", "snappy-java-1",
]

/// The class path that the manifest of Debian's zookeeper.jar names, and the log4j binding that the package depends on.
private let debianJars = [
    "zookeeper-jute", "commons-cli", "commons-io", "jackson-annotations", "jackson-core", "jackson-databind",
    "servlet-api", "jetty9-client", "jetty9-http", "jetty9-io", "jetty9-security", "jetty9-server", "jetty9-servlet",
    "jetty9-util", "jetty9-util-ajax",
    "metrics-core", "netty-buffer", "netty-codec", "netty-common", "netty-handler", "netty-resolver",
    "netty-transport", "netty-transport-native-epoll", "netty-transport-native-unix-common", "slf4j-api",
    "slf4j-log4j12", "log4j-1.2", "snappy-java",
]
