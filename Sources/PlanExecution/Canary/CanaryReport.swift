/// What client sessions went through while something was done to their ensemble. Times are seconds since 1970.
package struct CanaryReport: Sendable, Codable, Hashable {
    /// While no session's write was acknowledged.
    package struct Outage: Sendable, Codable, Hashable {
        package var from: Double
        package var to: Double

        package init(from: Double, to: Double) {
            self.from = from
            self.to = to
        }

        package var seconds: Double { to - from }
    }

    /// A session that was over without its client's wish; the client opened another.
    package struct Expiry: Sendable, Codable, Hashable {
        package var at: Double
        package var session: Int
        package var why: String

        package init(at: Double, session: Int, why: String) {
            self.at = at
            self.session = session
            self.why = why
        }
    }

    /// Writes that had been acknowledged, and were not there when the session looked again.
    package struct Loss: Sendable, Codable, Hashable {
        package var at: Double
        package var session: Int
        package var writes: Int

        package init(at: Double, session: Int, writes: Int) {
            self.at = at
            self.session = session
            self.writes = writes
        }
    }

    package var from: Double
    package var to: Double
    package var sessions: Int
    /// Acknowledged ones.
    package var writes = 0
    package var reads = 0
    /// Those that failed, or of which nobody said what became of them.
    package var failures = 0
    package var outages: [Outage] = []
    /// For how long one client could not write, in seconds; at least as long as the longest outage.
    package var longestOfOneClient = 0.0
    package var expired: [Expiry] = []
    package var losses: [Loss] = []
    /// Sessions whose writes could not be looked for at the end, with the reason.
    package var unchecked: [String] = []

    package init(from: Double, to: Double, sessions: Int) {
        self.from = from
        self.to = to
        self.sessions = sessions
    }

    /// A shorter time without an acknowledged write is none that a client minds.
    package static let noticed = 0.5

    package var lost: Int { losses.reduce(0) { $0 + $1.writes } }
    package var longestOutage: Double { outages.map(\.seconds).max() ?? 0 }
    package var totalOutage: Double { outages.reduce(0) { $0 + $1.seconds } }
}
