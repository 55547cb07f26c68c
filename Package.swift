// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .strictMemorySafety(),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// A module of the project and what it may know of; the arrows point only downward (docs/ARCHITECTURE.md).
func module(_ name: String, knows dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

/// A module whose work is searching: it is optimized in debug builds too, where a check of a plan takes seconds otherwise.
func searching(_ name: String, knows dependencies: [Target.Dependency]) -> Target {
    let optimized = SwiftSetting.unsafeFlags(["-O"], .when(configuration: .debug))
    return .target(name: name, dependencies: dependencies, swiftSettings: strict + [optimized])
}

func tests(_ name: String, knows dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies + ["TestSupport"], swiftSettings: strict)
}

let package = Package(
    name: "zkops",
    products: [.executable(name: "zkops", targets: ["zkops"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        .systemLibrary(name: "CLibSSH2", pkgConfig: "libssh2", providers: [.apt(["libssh2-1-dev"])]),
        .systemLibrary(name: "CGcrypt", pkgConfig: "libgcrypt", providers: [.apt(["libgcrypt20-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CZooKeeper", providers: [.apt(["libzookeeper-mt-dev"])]),

        module("Checksums", knows: ["CGcrypt"]),
        searching("EnsembleModel", knows: []),
        module("PlanLanguage", knows: ["EnsembleModel", "Checksums", .product(name: "Yams", package: "Yams")]),
        searching("PlanVerification", knows: ["PlanLanguage", "EnsembleModel"]),
        module("PlanWriting", knows: ["PlanVerification", "PlanLanguage", "EnsembleModel"]),
        module("RemoteHosts", knows: ["CLibSSH2", "Checksums"]),
        module("EnsembleAccess", knows: ["RemoteHosts", "EnsembleModel", "Checksums", "CZlib", "CZooKeeper"]),
        module(
            "PlanExecution",
            knows: ["PlanVerification", "PlanLanguage", "EnsembleAccess", "RemoteHosts", "EnsembleModel", "Checksums"]),
        module("Diagnosis", knows: ["EnsembleAccess", "RemoteHosts", "EnsembleModel"]),
        module("Lab", knows: ["EnsembleAccess", "EnsembleModel", "Checksums"]),
        module(
            "Drills", knows: ["Lab", "PlanExecution", "PlanLanguage", "EnsembleAccess", "EnsembleModel"]),
        module(
            "TerminalUI",
            knows: [
                "Drills", "Diagnosis", "PlanExecution", "PlanVerification", "PlanLanguage", "EnsembleAccess",
                "EnsembleModel",
            ]),
        .executableTarget(
            name: "zkops",
            dependencies: [
                "TerminalUI", "Drills", "Diagnosis", "PlanExecution", "PlanWriting", "PlanVerification", "PlanLanguage",
                "Lab", "EnsembleAccess", "RemoteHosts", "EnsembleModel", "Checksums",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),

        .target(
            name: "TestSupport",
            dependencies: ["PlanLanguage", "EnsembleModel", .product(name: "Yams", package: "Yams")],
            path: "Tests/TestSupport", swiftSettings: strict),
        tests("ChecksumsTests", knows: ["Checksums"]),
        tests("EnsembleModelTests", knows: ["EnsembleModel"]),
        tests("PlanLanguageTests", knows: ["PlanLanguage", "EnsembleModel"]),
        tests("PlanVerificationTests", knows: ["PlanVerification", "PlanLanguage", "EnsembleModel"]),
        tests(
            "PlanWritingTests",
            knows: ["PlanWriting", "PlanVerification", "PlanLanguage", "Diagnosis", "EnsembleModel"]),
        tests("RemoteHostsTests", knows: ["RemoteHosts", "Checksums"]),
        tests("EnsembleAccessTests", knows: ["EnsembleAccess", "RemoteHosts", "Lab", "EnsembleModel", "Checksums"]),
        tests(
            "PlanExecutionTests",
            knows: [
                "PlanExecution", "PlanVerification", "PlanLanguage", "EnsembleAccess", "RemoteHosts", "EnsembleModel",
                "Checksums",
            ]),
        tests("DiagnosisTests", knows: ["Diagnosis", "EnsembleAccess", "EnsembleModel"]),
        tests("LabTests", knows: ["Lab", "PlanExecution", "EnsembleAccess", "EnsembleModel", "Checksums"]),
        tests(
            "EndToEndTests",
            knows: ["Lab", "PlanExecution", "EnsembleAccess", "PlanLanguage", "EnsembleModel", "Checksums"]),
        tests(
            "FuzzTests",
            knows: [
                "TerminalUI", "PlanExecution", "Diagnosis", "PlanWriting", "PlanVerification", "PlanLanguage",
                "EnsembleAccess", "RemoteHosts", "EnsembleModel", "Checksums",
            ]),
        tests(
            "TerminalUITests",
            knows: [
                "TerminalUI", "Drills", "Diagnosis", "PlanExecution", "PlanVerification", "PlanLanguage",
                "EnsembleAccess",
                "EnsembleModel",
            ]
        ),
    ]
)
