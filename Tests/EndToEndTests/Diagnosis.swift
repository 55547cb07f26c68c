import Foundation

/// `ensemble doctor --format json`, as far as the tests ask.
struct Diagnosis: Decodable, CustomStringConvertible {
    struct Finding: Decodable {
        var code: String
        var severity: String
        var servers: [String]
        var summary: String
        var evidence: [String]
        var remedy: String
        var plan: String?
        var command: String?
    }

    var version: Int
    var findings: [Finding]

    var codes: [String] { findings.map(\.code) }
    subscript(code: String) -> Finding? { findings.first { $0.code == code } }

    var description: String {
        findings.map { "\($0.code) \($0.servers): \($0.summary)\n  \($0.evidence.joined(separator: "\n  "))" }
            .joined(separator: "\n")
    }
}
