import Checksums

/// The sum over everything that a resolved plan was made of. It stands in the preview, and `apply --reviewed` refuses another.
///
/// The listing that is summed begins with its version and has one input a line, each with its own sum, so that no two different inputs
/// give the same listing. Files are named as the plan names them: the digest is the same wherever the plan lies.
struct InputDigest {
    private var lines = ["zkops inputs 1"]

    static func sum(of bytes: some Sequence<UInt8>) -> String { SHA256.hexDigest(of: bytes) }

    mutating func add(_ kind: String, _ text: String) {
        lines.append("\(kind) \(text.utf8.count) \(Self.sum(of: text.utf8))")
    }

    /// A name with the sum of what it names. The name goes in as a sum too, since it may hold anything.
    mutating func add(_ kind: String, name: String, sum: String) {
        lines.append("\(kind) \(Self.sum(of: name.utf8)) \(sum)")
    }

    var value: String { Self.sum(of: lines.joined(separator: "\n").utf8) }
}
