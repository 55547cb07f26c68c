import EnsembleModel

/// How long to wait between two looks: soon at first, then less often.
struct Pace {
    private var next = Duration.milliseconds(50)
    private let longest: Duration

    /// - Parameter version: servers before 3.4.14 log each question at INFO (seen with 3.4.6), so they are asked at most once a second.
    init(version: Version?) {
        longest = (version ?? Version(3, 4, 14)) < Version(3, 4, 14) ? .seconds(1) : .milliseconds(250)
    }

    mutating func interval() -> Duration {
        defer { next = min(next * 3 / 2, longest) }
        return next
    }
}
