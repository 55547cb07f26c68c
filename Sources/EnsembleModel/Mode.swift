/// What a server says it is, as the `Mode:` line of srvr tells it; `looking` and `stopped` are what the line's absence
/// means for a process that runs and for none.
package enum Mode: String, Sendable, Codable, CaseIterable {
    case leader, follower, observer, standalone, looking, stopped
    case readOnly = "read-only"

    /// Whether a server in this mode answers reads and writes of clients.
    package var serves: Bool {
        switch self {
        case .leader, .follower, .observer, .standalone: true
        case .looking, .stopped, .readOnly: false
        }
    }
}

package enum PortKind: String, Sendable, Codable, CaseIterable {
    case client, quorum, election
}

/// What a connection attempt and the host itself say of a port.
package enum PortState: String, Sendable, Codable, CaseIterable {
    case open, closed, filtered
    /// The kernel accepts, the process never does (ZOOKEEPER-2186 and its kin).
    case stuck
}

package enum ListenerState: String, Sendable, Codable {
    case alive, dead
}
