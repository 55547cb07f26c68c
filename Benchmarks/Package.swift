// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that the tool never depends on what measures it. It runs the release binary.
let package = Package(
    name: "zkops-benchmarks",
    targets: [
        .executableTarget(
            name: "zkops-bench",
            swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)])
    ]
)
