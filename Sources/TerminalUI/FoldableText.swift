/// A document of pieces that give way, in a fixed order, until the whole keeps within a limit; and the sentence that says which did.
struct FoldableText {
    /// What gives way, the least missed first.
    enum Fold: Int, CaseIterable {
        case diffs, moments, acknowledgedTraces, steps, changes, picture, stages, traces, lists, hazards

        fileprivate var words: String {
            switch self {
            case .diffs: "diffs"
            case .moments: "moments in words"
            case .acknowledgedTraces: "traces of acknowledged hazards"
            case .steps: "what each step does"
            case .changes: "changes"
            case .picture: "picture"
            case .stages: "stages"
            case .traces: "traces of hazards"
            case .lists: "lists"
            case .hazards: "hazards"
            }
        }
    }

    private struct Piece {
        var name: String
        var lines: [String]
        /// Each shorter than the one before.
        var shorter: [(fold: Fold, lines: [String])]

        var size: Int { Self.size(lines) }

        func gain(_ fold: Fold) -> Int? {
            shorter.first { $0.fold == fold }.map { size - Self.size($0.lines) }
        }

        private static func size(_ lines: [String]) -> Int { lines.reduce(0) { $0 + $1.utf8.count + 1 } }
    }

    private var pieces: [Piece] = []

    /// Lines that stay whatever happens; the caller bounds their length.
    mutating func add(_ lines: [String]) { add(lines, named: "", [:]) }

    /// - Parameters:
    ///   - name: what the piece is called where it was folded.
    ///   - shorter: what takes its place when it has to give way; empty lines leave nothing.
    mutating func add(_ lines: [String], named name: String, _ shorter: KeyValuePairs<Fold, [String]>) {
        pieces.append(Piece(name: name, lines: lines, shorter: shorter.map { ($0.key, $0.value) }))
    }

    /// - Parameter limit: bytes of UTF-8, so that it holds by whatever the reader counts; at least 4 kB.
    /// - Parameter note: makes the last lines of what was folded, empty where nothing was.
    func text(limit: Int, note: ([String]) -> [String]) -> String {
        var pieces = pieces
        var folded: [(Fold, [String])] = []
        // Room for the note, whose length is bounded below.
        let room = limit - 3000
        var total = pieces.reduce(0) { $0 + $1.size }
        for fold in Fold.allCases where total > room {
            var places: [Int] = []
            for index in Self.largestFirst(pieces, fold) where total > room {
                guard let next = pieces[index].shorter.first(where: { $0.fold == fold }) else { continue }
                total -= pieces[index].size
                pieces[index].lines = next.lines
                total += pieces[index].size
                places.append(index)
            }
            if !places.isEmpty { folded.append((fold, places.sorted().map { pieces[$0].name })) }
        }
        return (pieces.flatMap(\.lines) + note(folded.map(Self.words))).joined(separator: "\n") + "\n"
    }

    /// The pieces that can give way, those that give most first, so that few have to.
    private static func largestFirst(_ pieces: [Piece], _ fold: Fold) -> [Int] {
        let gains = pieces.enumerated().compactMap { index, piece in piece.gain(fold).map { (gain: $0, index: index) } }
        return gains.filter { $0.gain > 0 }.sorted { ($1.gain, $0.index) < ($0.gain, $1.index) }.map(\.index)
    }

    /// `diffs: 2.3, 3.4 and 7 more`
    private static func words(_ fold: Fold, _ names: [String]) -> String {
        let named = names.filter { !$0.isEmpty }.prefix(6).map { shortened($0, to: 40) }
        guard !named.isEmpty else { return fold.words }
        let more = names.count - named.count
        return "\(fold.words): \(named.joined(separator: ", "))\(more > 0 ? " and \(more) more" : "")"
    }
}
