package import EnsembleModel

/// Something that changed in an ensemble while it was watched.
package struct WatchEvent: Sendable, Hashable {
    /// Seconds since 1970, by the operator's clock.
    package var at: Double
    package var kind: Kind

    package init(at: Double, kind: Kind) {
        self.at = at
        self.kind = kind
    }

    package enum Kind: Sendable, Hashable {
        /// `from` is nil where the server is seen for the first time, or again after its host could not be looked at.
        case mode(ServerName, from: Mode?, to: Mode, remark: String?)
        /// Another process runs in the place of the last one.
        case restarted(ServerName)
        /// - Parameter leaderless: for how many seconds nobody was seen to lead before; nil where nobody had been.
        case elected(ServerName, epoch: Epoch?, leaderless: Double?)
        /// Nobody is seen to lead any more.
        case leaderless
        case unreachable(ServerName, why: String)
        /// What a condition that is waited for still lacks; told when the words change.
        case waiting(String)
    }
}
