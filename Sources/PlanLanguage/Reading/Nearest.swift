/// The word among `candidates` that `word` was most likely meant to be: the one with the fewest inserted, dropped, changed or
/// swapped characters, if these are few for its length. Among equals the first in alphabetical order.
///
/// - Parameter most: more changes than these are none that anyone makes by mistake.
package func nearest(_ word: String, among candidates: some Sequence<String>, atMost most: Int = .max) -> String? {
    guard word.count <= 100 else { return nil }
    let limit = min(most, max(1, word.count / 3))
    let letters = Array(word.lowercased())
    var best: (distance: Int, word: String)?
    for candidate in candidates.sorted() where abs(candidate.count - word.count) <= limit {
        let distance = editDistance(letters, Array(candidate.lowercased()))
        if distance <= limit, distance < best?.distance ?? .max { best = (distance, candidate) }
    }
    return best?.word
}

/// Damerau's distance in its restricted form (optimal string alignment).
private func editDistance(_ left: [Character], _ right: [Character]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for i in left.indices {
        var current = [i + 1]
        for j in right.indices {
            var cost = min(last[j + 1] + 1, current[j] + 1, last[j] + (left[i] == right[j] ? 0 : 1))
            if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
                cost = min(cost, beforeLast[j - 1] + 1)
            }
            current.append(cost)
        }
        (beforeLast, last) = (last, current)
    }
    return last[right.count]
}
