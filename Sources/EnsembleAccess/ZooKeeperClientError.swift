import CZooKeeper

/// What went wrong in a client session, or with one operation of it.
package struct ZooKeeperClientError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// No server took the session within the limit.
        case connectTimedOut
        case cancelled
        /// The connection broke while the operation was under way: whether it was carried out is unknown.
        case connectionLost
        case operationTimedOut
        case sessionExpired
        case authenticationFailed
        /// The client was closed, by us or with its session.
        case closed
        case noNode, nodeExists, notEmpty, noChildrenForEphemerals
        case badVersion, badArguments, invalidACL, notAuthorised
        case notReadOnly, throttled
        case reconfigDisabled, reconfigInProgress, newConfigHasNoQuorum
        /// The server doesn't know the operation; it is older than it.
        case unimplemented
        case marshalling, other
    }

    package var code: Code
    /// The library's own number, 0 where the error is not from it.
    package var number: Int32
    /// A sentence that names the server and the znode.
    package var message: String

    package init(_ code: Code, number: Int32 = 0, _ message: String) {
        self.code = code
        self.number = number
        self.message = message
    }

    package var description: String { message }

    /// - Parameter deed: such as `create /jodis`.
    init(number: Int32, deed: String, hosts: String) {
        let (code, reason) = Self.meanings[number] ?? (.other, "the client library reports error \(number)")
        self.init(code, number: number, "\(deed) through \(hosts): \(reason)")
    }

    private static let meanings: [Int32: (Code, String)] = [
        ZCONNECTIONLOSS.rawValue: (
            .connectionLost, "the connection was lost, so that it is unknown whether it was carried out"
        ),
        ZOPERATIONTIMEOUT.rawValue: (.operationTimedOut, "the server did not answer in time"),
        ZSESSIONEXPIRED.rawValue: (.sessionExpired, "the session has expired; a new one is needed"),
        ZINVALIDSTATE.rawValue: (.closed, "the session is over; a new one is needed"),
        ZCLOSING.rawValue: (.closed, "the client was closed"),
        ZAUTHFAILED.rawValue: (.authenticationFailed, "the server refused the client's credentials"),
        ZSESSIONCLOSEDREQUIRESASLAUTH.rawValue: (.authenticationFailed, "the server demands SASL authentication"),
        ZNONODE.rawValue: (.noNode, "there is no such znode"),
        ZNODEEXISTS.rawValue: (.nodeExists, "the znode exists already"),
        ZNOTEMPTY.rawValue: (.notEmpty, "the znode has children"),
        ZNOCHILDRENFOREPHEMERALS.rawValue: (.noChildrenForEphemerals, "an ephemeral znode can't have children"),
        ZBADVERSION.rawValue: (.badVersion, "its version is another one by now"),
        ZBADARGUMENTS.rawValue: (.badArguments, "an argument is not valid"),
        ZINVALIDACL.rawValue: (.invalidACL, "the access control list is not valid"),
        ZNOAUTH.rawValue: (.notAuthorised, "the session has no permission; add credentials that have it"),
        ZNOTREADONLY.rawValue: (.notReadOnly, "the server is read-only: it has lost the quorum"),
        ZTHROTTLEDOP.rawValue: (.throttled, "the server throttles; try again later"),
        ZRECONFIGDISABLED.rawValue: (.reconfigDisabled, "reconfigEnabled is not set on the server"),
        ZRECONFIGINPROGRESS.rawValue: (.reconfigInProgress, "another reconfiguration is under way"),
        ZNEWCONFIGNOQUORUM.rawValue: (
            .newConfigHasNoQuorum, "no quorum of the new configuration is connected and up to date"
        ),
        ZUNIMPLEMENTED.rawValue: (.unimplemented, "the server's version does not know the operation"),
        ZMARSHALLINGERROR.rawValue: (.marshalling, "the request or reply could not be read"),
    ]
}
