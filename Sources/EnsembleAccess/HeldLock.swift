/// Who holds the lock of a server.
package struct LockOwner: Sendable, Hashable, Codable {
    package var run: String
    package var operatorName: String
    package var machine: String
    /// RFC 3339.
    package var since: String
    /// Tells one process at a run from the next, which may be on another machine; empty for any of them.
    package var attempt: String
    /// The machine and its lock under which the run is: of two processes of one origin the earlier has ended.
    package var origin: String

    package init(
        run: String, operatorName: String, machine: String, since: String, attempt: String = "", origin: String = ""
    ) {
        self.run = run
        self.operatorName = operatorName
        self.machine = machine
        self.since = since
        self.attempt = attempt
        self.origin = origin
    }
}

/// A lock as it is found on a host.
package struct HeldLock: Sendable, Hashable {
    package var owner: LockOwner
    /// Since its run last renewed it, by the host's own clock.
    package var age: Duration?

    package init(owner: LockOwner, age: Duration? = nil) {
        self.owner = owner
        self.age = age
    }

    /// How often a run that lives renews its locks.
    package static let renewal = Duration.seconds(30)

    /// A run that has missed so many renewals must be dead, asleep or cut off.
    package static let silence = renewal * 3

    package var isStale: Bool { age.map { $0 >= Self.silence } ?? false }

    /// Such as `run a-1 of ann on desk has held the lock since 2026-01-11T18:02:11Z, and last renewed it 12s ago`.
    package var inWords: String {
        let (run, person) = (owner.run, "\(owner.operatorName) on \(owner.machine)")
        let renewed = age.map { ", and last renewed it \($0.asAge) ago" } ?? ""
        return "run \(run) of \(person) has held the lock since \(owner.since)\(renewed)"
    }
}

extension Duration {
    /// How long ago something was, in its largest unit: `12s`, `40m`, `3h`, `2d`.
    package var asAge: String {
        let seconds = max(0, components.seconds)
        return switch seconds {
        case ..<120: "\(seconds)s"
        case ..<7200: "\(seconds / 60)m"
        case ..<172_800: "\(seconds / 3600)h"
        default: "\(seconds / 86_400)d"
        }
    }
}
