/// Where a moment stands on a report's timeline: every attempt takes room by its length, the pauses between attempts a
/// little each, however long they were.
struct ReportTime {
    private struct Piece {
        var from: Double
        var to: Double
        var x: Double
        var width: Double
    }

    static let pause = 28.0
    private let pieces: [Piece]
    let width: Double

    init(_ attempts: [RunReport.Attempt], width: Double) {
        self.width = width
        // An attempt of no length is seen too.
        let lengths = attempts.map { max($0.to - $0.from, 0.5) }
        let room = width - Self.pause * Double(max(0, attempts.count - 1))
        let all = lengths.reduce(0, +)
        var x = 0.0
        pieces = zip(attempts, lengths).map { attempt, length in
            let piece = Piece(from: attempt.from, to: attempt.from + length, x: x, width: room * length / all)
            x += piece.width + Self.pause
            return piece
        }
    }

    func x(_ time: Double) -> Double {
        guard let piece = pieces.last(where: { $0.from <= time }) ?? pieces.first else { return 0 }
        let share = (min(max(time, piece.from), piece.to) - piece.from) / (piece.to - piece.from)
        return piece.x + share * piece.width
    }

    /// Marks at round distances of time, about one in a hundred units, with the seconds since their attempt began.
    var marks: [(x: Double, seconds: Double)] {
        let longest = pieces.map { $0.to - $0.from }.max() ?? 1
        let widest = pieces.map(\.width).max() ?? width
        let wanted = longest / max(1, widest / 100)
        let steps: [Double] = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 86_400]
        let step = steps.first { $0 >= wanted } ?? 86_400
        return pieces.flatMap { piece in
            stride(from: 0, through: piece.to - piece.from, by: step).map { seconds in
                (piece.x + seconds / (piece.to - piece.from) * piece.width, seconds)
            }
        }
    }

    /// The places between attempts.
    var pauses: [(x: Double, seconds: Double)] {
        zip(pieces, pieces.dropFirst()).map { before, after in
            (before.x + before.width + Self.pause / 2, after.from - before.to)
        }
    }
}
