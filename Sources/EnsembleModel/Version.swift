/// A ZooKeeper version, `3.4.14`. Pre-release suffixes are kept apart from the numbers and don't count in comparisons.
package struct Version: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    package var major: Int
    package var minor: Int
    package var patch: Int

    package init(_ major: Int, _ minor: Int, _ patch: Int) {
        self.major = major
        self.minor = minor
        self.patch = patch
    }

    /// Reads the numbers at the start of `3.4.6-1569965`, `3.6.3--6401e4a` or `3.8.0-${mvngit.commit.id}`, which is
    /// how servers of these versions print their own, or of `3.4.14.jar`; a missing patch number is 0.
    package init?(_ text: some StringProtocol) {
        var numbers = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        if numbers.hasSuffix(".") { numbers = numbers.dropLast() }
        let parts = numbers.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
        guard (2...3).contains(parts.count), let major = parts[0], let minor = parts[1] else { return nil }
        guard parts.count < 3 || parts[2] != nil else { return nil }
        self.init(major, minor, parts.count == 3 ? parts[2]! : 0)
    }

    package var description: String { "\(major).\(minor).\(patch)" }

    package static func < (left: Version, right: Version) -> Bool {
        (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
    }
}
