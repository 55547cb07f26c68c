import Foundation

// Prints ratios against something measured in the same run: `zkops-bench [recovery] [status] [copy] [search] [--rounds N]`.
var arguments = Array(CommandLine.arguments.dropFirst())
var rounds = 3
if let place = arguments.firstIndex(of: "--rounds"), place + 1 < arguments.count {
    rounds = max(1, Int(arguments[place + 1]) ?? rounds)
    arguments.removeSubrange(place...(place + 1))
}
let chosen = arguments.isEmpty ? ["recovery", "status", "copy", "search"] : arguments
let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
let binary = repository.appendingPathComponent(".build/release/zkops").path

do {
    guard FileManager.default.isExecutableFile(atPath: binary) else {
        throw BenchmarkError("\(binary) is not there; `make bench` builds it")
    }
    for name in chosen {
        switch name {
        case "recovery": try RecoveryBenchmark(zkops: binary, repository: repository, rounds: rounds).run()
        case "status": try StatusBenchmark(zkops: binary, rounds: rounds).run()
        case "copy": try CopyBenchmark(zkops: binary, rounds: rounds).run()
        case "search": try SearchBenchmark(zkops: binary, repository: repository, rounds: rounds).run()
        default: throw BenchmarkError("no benchmark is called \(name); there are recovery, status, copy and search")
        }
    }
} catch {
    FileHandle.standardError.write(Data("\(error)\n".utf8))
    exit(1)
}
