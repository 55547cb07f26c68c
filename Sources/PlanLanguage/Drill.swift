package import EnsembleModel

/// A rehearsal: an ensemble, what is broken in it and when, the plan that is applied to it, and what is expected of all that.
package struct Drill: Sendable {
    package enum World: Sendable {
        /// Raised for the drill, and gone after it.
        case lab(Lab)
        /// The path of an inventory that says `allow: staging`.
        case staging(inventory: String)
    }

    /// What `zkops lab up` and `zkops lab load` are told by options.
    package struct Lab: Sendable {
        package enum Hosts: Sendable, Hashable {
            /// zk1, zk2 and so on.
            case count(Int)
            case named([String])
        }

        package var version: Version
        package var nextVersion: Version?
        /// nil is the spare zk1 and the ensemble zk6 to zk10.
        package var hosts: Hosts?
        package var spare: [String] = []
        package var observers: [String] = []
        /// Milliseconds.
        package var tickTime: Int?
        /// In ticks.
        package var initLimit: Int?
        package var syncLimit: Int?
        package var sharesData = false
        package var separatesHosts = false
        package var settings: [(key: String, value: String)] = []
        package var znodes = 0
        package var proxies = 0

        package var hostNames: [String] {
            switch hosts {
            case .count(let count): (1...count).map { "zk\($0)" }
            case .named(let names): names
            case nil: ["zk1", "zk6", "zk7", "zk8", "zk9", "zk10"]
            }
        }
    }

    /// Client sessions that write and read all the time.
    package struct Clients: Sendable {
        package var sessions = 3
        package var interval = Duration.milliseconds(100)
        package var timeout = Duration.seconds(10)
    }

    /// Something that is broken, or somebody who dies.
    package struct Fault: Sendable {
        package enum Kind: String, Sendable, CaseIterable {
            case kill, pause, cut
            case blockPort = "block-port"
            case fillDisk = "fill-disk"
            case slowDisk = "slow-disk"
            case loseData = "lose-data"
            case listenerDeath = "listener-death"
            case deafListener = "deaf-listener"
            /// zkops itself, by SIGKILL; `run resume` then goes on.
            case operatorKilled = "operator-killed"

            /// Whether it can be taken back after a while.
            package var ends: Bool { [.kill, .pause, .cut, .blockPort].contains(self) }
            /// Whether it can be done to a host of a staging ensemble, over SSH.
            package var isForStaging: Bool { [.kill, .pause, .operatorKilled].contains(self) }
        }

        package enum Victim: Sendable, Hashable {
            /// A host, whose running server is meant, or a server `host@installation`.
            case named(String)
            /// Looked for when the moment has come.
            case leader, follower
            /// One that runs, by chance.
            case any
        }

        package enum Moment: Sendable {
            /// Before the plan is applied.
            case first
            case before(step: String)
            case after(step: String)
            /// So long after the run began; a moment within the range by chance.
            case time(ClosedRange<Duration>)
            case condition([Condition])
        }

        package var kind: Kind
        package var victims: [Victim]
        package var moment: Moment
        /// Between the moment and the deed.
        package var delay = Duration.zero
        /// After this it is taken back: the server is started, goes on, is joined again.
        package var lasting: Duration?
        package var range: SourceRange
    }

    /// What the operator does when the run fails.
    package enum Answer: String, Sendable, CaseIterable { case stop, resume, rollback }

    package struct Expectations: Sendable {
        package enum Znodes: String, Sendable, CaseIterable { case intact, any }

        /// succeeded, failed, stopped or rolled-back.
        package var outcome = "succeeded"
        package var znodes = Znodes.intact
        /// Acknowledged writes that are gone.
        package var lostWrites = NumberTest(.equal, 0)
        package var longestWriteOutage: Duration?
        package var totalWriteOutage: Duration?
        /// Epochs that began.
        package var elections: NumberTest?
        package var expiredSessions: NumberTest?
        package var duration: Duration?
        /// What holds in the end, within a minute.
        package var state: [Condition] = []
    }

    package static let outcomes = ["succeeded", "failed", "stopped", "rolled-back"]

    package var name: String
    package var summary: String
    package var world: World
    package var clients = Clients()
    /// As seen from where zkops runs.
    package var plan: String
    /// Where the drill names it.
    package var planRange: SourceRange
    package var variables: [String: String]
    package var faults: [Fault]
    package var answer = Answer.stop
    package var expectations = Expectations()
    package var source: SourceText
}
