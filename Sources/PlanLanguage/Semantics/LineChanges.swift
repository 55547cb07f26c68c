/// The smallest set of lines to drop and to add that makes one text of another: Myers, "An O(ND) Difference Algorithm and
/// Its Variations" (1986), in the variation that needs memory for the lines alone.
struct LineChanges {
    /// For each old line, whether it goes; for each new one, whether it comes.
    private(set) var removed: [Bool]
    private(set) var added: [Bool]

    /// Above this many differing lines in one stretch the whole stretch counts as changed, so that time stays bounded.
    private static let costLimit = 4096

    private let old: [Int]
    private let new: [Int]

    init(old: [[UInt8]], new: [[UInt8]]) {
        var numbers: [[UInt8]: Int] = [:]
        func number(_ line: [UInt8]) -> Int {
            let next = numbers.count
            return numbers[line]
                ?? {
                    numbers[line] = next
                    return next
                }()
        }
        self.old = old.map(number)
        self.new = new.map(number)
        removed = Array(repeating: false, count: old.count)
        added = Array(repeating: false, count: new.count)
        compare(0..<old.count, 0..<new.count)
        ChangedRuns.settle(&removed, of: self.old, beside: added)
        ChangedRuns.settle(&added, of: self.new, beside: removed)
    }

    private mutating func compare(_ oldPart: Range<Int>, _ newPart: Range<Int>) {
        var (low, high) = ((oldPart.lowerBound, newPart.lowerBound), (oldPart.upperBound, newPart.upperBound))
        while low.0 < high.0, low.1 < high.1, old[low.0] == new[low.1] { low = (low.0 + 1, low.1 + 1) }
        while low.0 < high.0, low.1 < high.1, old[high.0 - 1] == new[high.1 - 1] { high = (high.0 - 1, high.1 - 1) }
        if low.0 < high.0, low.1 < high.1, let middle = middle(low.0..<high.0, low.1..<high.1) {
            compare(low.0..<middle.old, low.1..<middle.new)
            compare(middle.old..<high.0, middle.new..<high.1)
            return
        }
        for line in low.0..<high.0 { removed[line] = true }
        for line in low.1..<high.1 { added[line] = true }
    }

    /// A place in the middle of a shortest way from the beginning of both parts to their end; nil where it costs too much.
    /// Neither part is empty, and they differ in their first and in their last line.
    private func middle(_ oldPart: Range<Int>, _ newPart: Range<Int>) -> (old: Int, new: Int)? {
        let (count, otherCount) = (oldPart.count, newPart.count)
        let delta = count - otherCount
        let limit = min((count + otherCount + 1) / 2, Self.costLimit)
        let origin = limit + 1
        var forward = Array(repeating: 0, count: 2 * limit + 3)
        var backward = forward
        for cost in 0...limit {
            for diagonal in stride(from: -cost, through: cost, by: 2) {
                let place = origin + diagonal
                let goesDown = diagonal == -cost || (diagonal != cost && forward[place - 1] < forward[place + 1])
                var x = goesDown ? forward[place + 1] : forward[place - 1] + 1
                var y = x - diagonal
                while x < count, y >= 0, y < otherCount, old[oldPart.lowerBound + x] == new[newPart.lowerBound + y] {
                    (x, y) = (x + 1, y + 1)
                }
                forward[place] = x
                let mirrored = delta - diagonal
                if delta % 2 != 0, abs(mirrored) < cost, x <= count, y >= 0, y <= otherCount,
                    x + backward[origin + mirrored] >= count
                {
                    return (oldPart.lowerBound + x, newPart.lowerBound + y)
                }
            }
            for diagonal in stride(from: -cost, through: cost, by: 2) {
                let place = origin + diagonal
                let goesUp = diagonal == -cost || (diagonal != cost && backward[place - 1] < backward[place + 1])
                var x = goesUp ? backward[place + 1] : backward[place - 1] + 1
                var y = x - diagonal
                while x < count, y >= 0, y < otherCount,
                    old[oldPart.upperBound - 1 - x] == new[newPart.upperBound - 1 - y]
                {
                    (x, y) = (x + 1, y + 1)
                }
                backward[place] = x
                let mirrored = delta - diagonal
                if delta % 2 == 0, abs(mirrored) <= cost, x <= count, y >= 0, y <= otherCount,
                    x + forward[origin + mirrored] >= count
                {
                    return (oldPart.upperBound - x, newPart.upperBound - y)
                }
            }
        }
        return nil
    }
}
