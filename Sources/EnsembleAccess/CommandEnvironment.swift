import RemoteHosts

/// How a command's environment gets to its host: as assignments on standard input, so that values are in no list of processes.
extension HostCommand {
    /// What `sh -c` gets.
    var words: [String] { [script, "sh"] + arguments }

    var givesEnvironment: String { assignments == nil ? "no" : "yes" }

    var assignments: ByteSource? {
        let lines = environment.merging(secrets) { $1 }.sorted { $0.key < $1.key }
            .map { "export \($0.key)=\(ShellQuoting.quoted($0.value))\n" }
        return lines.isEmpty ? nil : source(of: Array(lines.joined().utf8))
    }
}

extension CommandResult {
    /// With `[NAME]` wherever a secret's value stands.
    func without(_ secrets: [String: String]) -> CommandResult {
        var result = self
        // The longest first: one secret may be the beginning of another.
        for (name, value) in secrets.sorted(by: { ($1.value.utf8.count, $0.key) < ($0.value.utf8.count, $1.key) })
        where !value.isEmpty {
            result.output = Self.replaced(Array(value.utf8), by: Array("[\(name)]".utf8), in: result.output)
            result.errors = Self.replaced(Array(value.utf8), by: Array("[\(name)]".utf8), in: result.errors)
        }
        // What was cut off may have been the end of a secret.
        let longest = secrets.values.map(\.utf8.count).max() ?? 0
        if result.truncated, longest > 1 {
            result.output = result.output.dropLast(longest - 1)
            result.errors = result.errors.dropLast(longest - 1)
        }
        return result
    }

    private static func replaced(_ value: [UInt8], by mark: [UInt8], in text: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        var place = 0
        while place < text.count {
            if text[place] == value[0], text[place...].starts(with: value) {
                result += mark
                place += value.count
            } else {
                result.append(text[place])
                place += 1
            }
        }
        return result
    }
}
