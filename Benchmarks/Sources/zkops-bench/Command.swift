import Foundation

struct BenchmarkError: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}

struct Finished {
    var output: String
    var seconds: Double
    /// Seconds of a processor, which other work on the machine lengthens less.
    var processor: Double
    /// Peak resident memory, in MB.
    var memory: Double
}

/// Runs a program to its end and gives back what it printed and took. Any other exit status is an error.
@discardableResult
func run(
    _ program: String, _ arguments: [String], environment: [String: String] = [:], endingWith allowed: Set<Int32> = [0]
) throws -> Finished {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("zkops-bench-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let files = ["out", "err"].map { folder.appendingPathComponent($0) }
    for file in files { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }

    let began = ContinuousClock.now
    let (status, usage) = try spawn(
        program, arguments, environment, output: files[0].path, errors: files[1].path)
    let seconds = (ContinuousClock.now - began) / .seconds(1)
    let texts = try files.map { String(decoding: try Data(contentsOf: $0), as: UTF8.self) }
    guard allowed.contains(status) else {
        throw BenchmarkError(
            "\(program) \(arguments.joined(separator: " "))\nended with \(status)\n\(texts[0])\(texts[1])")
    }
    let processor = [usage.ru_utime, usage.ru_stime].map { Double($0.tv_sec) + Double($0.tv_usec) / 1e6 }
    return Finished(
        output: texts[0], seconds: seconds, processor: processor[0] + processor[1],
        memory: Double(usage.ru_maxrss) / 1000)
}

/// Waits for the process itself: Foundation's `Process` also waits for whatever it leaves behind, such as a server.
/// - Returns: its exit status, 128 and the signal's number where one ended it, and what it used.
private func spawn(
    _ program: String, _ arguments: [String], _ environment: [String: String], output: String, errors: String
) throws -> (status: Int32, usage: rusage) {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY, 0)
    let merged = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
    let words = ([program] + arguments).map { strdup($0) } + [nil]
    let variables = merged.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for text in words + variables { free(text) } }
    var pid = pid_t()
    let failure = posix_spawnp(&pid, program, &actions, nil, words, variables)
    guard failure == 0 else { throw BenchmarkError("\(program): \(String(cString: strerror(failure)))") }
    var status: Int32 = 0
    var usage = rusage()
    while wait4(pid, &status, 0, &usage) < 0 && errno == EINTR {}
    let signal = status & 0x7f
    return (signal == 0 ? (status >> 8) & 0xff : 128 + signal, usage)
}

func seconds(of body: () throws -> Void) rethrows -> Double {
    let began = ContinuousClock.now
    try body()
    return (ContinuousClock.now - began) / .seconds(1)
}

func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

func rounded(_ value: Double, _ digits: Int = 2) -> String { String(format: "%.\(digits)f", value) }
