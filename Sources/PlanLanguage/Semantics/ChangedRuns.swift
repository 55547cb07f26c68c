/// Where runs of changed lines stand. A run may often stand in several places with the same meaning, as when one of several equal
/// lines goes. As in `diff`, runs that can touch become one; a run stands beside the changes of the other text where it can, and else
/// as far down as it can.
enum ChangedRuns {
    static func settle(_ changed: inout [Bool], of lines: [Int], beside others: [Bool]) {
        var mover = Mover(changed: changed, lines: lines, others: others)
        mover.settleAll()
        changed = mover.changed
    }

    private struct Mover {
        var changed: [Bool]
        let lines: [Int]
        let others: [Bool]
        /// The run, and the place in the other text that its end stands opposite to.
        var start = 0
        var end = 0
        var opposite = 0

        private func isChanged(_ index: Int) -> Bool { changed.indices.contains(index) && changed[index] }
        private func otherIsChanged(_ index: Int) -> Bool { others.indices.contains(index) && others[index] }

        mutating func settleAll() {
            while true {
                while end < lines.count, !changed[end] {
                    while otherIsChanged(opposite) { opposite += 1 }
                    (opposite, end) = (opposite + 1, end + 1)
                }
                guard end < lines.count else { return }
                start = end
                while isChanged(end) { end += 1 }
                while otherIsChanged(opposite) { opposite += 1 }
                settleOne()
            }
        }

        private mutating func settleOne() {
            var length = 0
            var beside: Int?
            repeat {
                length = end - start
                while start > 0, lines[start - 1] == lines[end - 1] { moveUp(joining: true) }
                beside = otherIsChanged(opposite - 1) ? end : nil
                while end < lines.count, lines[start] == lines[end] {
                    moveDown()
                    if otherIsChanged(opposite - 1) { beside = end }
                }
            } while length != end - start
            guard let beside else { return }
            while end > beside { moveUp(joining: false) }
        }

        private mutating func moveUp(joining: Bool) {
            (start, end) = (start - 1, end - 1)
            changed[start] = true
            changed[end] = false
            if joining { while isChanged(start - 1) { start -= 1 } }
            opposite -= 1
            while otherIsChanged(opposite) { opposite -= 1 }
        }

        private mutating func moveDown() {
            changed[start] = false
            changed[end] = true
            (start, end) = (start + 1, end + 1)
            while isChanged(end) { end += 1 }
            opposite += 1
            while otherIsChanged(opposite) { opposite += 1 }
        }
    }
}
