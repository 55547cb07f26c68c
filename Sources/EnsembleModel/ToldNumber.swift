/// Numbers that hosts and servers tell. They may be anything, and no arithmetic with them may end this program: what lies beyond
/// ±2^52 is taken for no number, so that a thousand of them can be added, and one be multiplied by a unit such as 1024.
extension Int {
    package static let largestTold = 1 << 52

    package init?(told text: some StringProtocol) {
        guard let number = Int(text), number.magnitude <= Self.largestTold else { return nil }
        self = number
    }

    /// Towards zero; `nan` and `inf` are no numbers.
    package init?(told value: Double) {
        guard value.magnitude <= Double(Self.largestTold) else { return nil }
        self.init(value)
    }
}

extension Sequence<Int> {
    /// The sum of sizes of files, none of them negative; ``Int/largestTold`` where it is more than that.
    package var toldSum: Int { reduce(0) { Swift.min($0 + $1, Int.largestTold) } }
}
