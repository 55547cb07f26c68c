import Checksums

/// The sum over everything that a resolved plan was made of. It stands in the preview, and `apply --reviewed` refuses another.
///
/// 64 hexadecimal digits: 24 of the sum over all, then 8 for each kind of input, so that one digest tells from another in which input it
/// differs. Whoever wants to pass off another plan as the reviewed one has to match 32 of them at least.
///
/// The listing that is summed begins with its version and has one input a line, each with its own sum, so that no two different inputs
/// give the same listing. Files are named as the plan names them: the digest is the same wherever the plan lies.
struct InputDigest {
    enum Input: String, CaseIterable { case plan, inventory, facts, files, variables }

    private var lines: [(input: Input, line: String)] = []

    private static let wholeLength = 24
    private static let partLength = 8

    static func sum(of bytes: some Sequence<UInt8>) -> String { SHA256.hexDigest(of: bytes) }

    /// - Parameter kind: what it is, such as `live facts`, where that is no other name of the input.
    mutating func add(_ input: Input, _ text: String, kind: String? = nil) {
        lines.append((input, "\(kind ?? input.rawValue) \(text.utf8.count) \(Self.sum(of: text.utf8))"))
    }

    /// A name with the sum of what it names. The name goes in as a sum too, since it may hold anything.
    mutating func add(_ input: Input, name: String, sum: String) {
        lines.append((input, "\(input.rawValue) \(Self.sum(of: name.utf8)) \(sum)"))
    }

    var value: String {
        let parts = Input.allCases.map { input in
            Self.sum(of: lines.filter { $0.input == input }.map(\.line)).prefix(Self.partLength)
        }
        return Self.sum(of: ["zkops inputs 2"] + lines.map(\.line)).prefix(Self.wholeLength) + parts.joined()
    }

    private static func sum(of lines: [String]) -> String { sum(of: lines.joined(separator: "\n").utf8) }

    /// The inputs in which two digests differ, as far as both reach.
    static func differing(_ one: String, _ other: String) -> [Input] {
        let (one, other) = (Array(one.utf8), Array(other.utf8))
        return Input.allCases.enumerated().filter { number, _ in
            let end = wholeLength + partLength * (number + 1)
            guard min(one.count, other.count) >= end else { return false }
            return one[(end - partLength)..<end] != other[(end - partLength)..<end]
        }
        .map(\.element)
    }
}

extension ResolvedPlan {
    /// The inputs that differ from those that another digest was made of: `plan`, `inventory`, `facts`, `files` (what the plan puts or
    /// installs), `variables`. Empty where the digest is too short to tell, or the same.
    package func inputsDiffering(from digest: String) -> [String] {
        InputDigest.differing(digest, self.digest).map(\.rawValue)
    }
}
