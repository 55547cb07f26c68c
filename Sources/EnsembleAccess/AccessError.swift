package import EnsembleModel

/// What went wrong on a host or a server.
package struct AccessError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: String, Sendable, Codable {
        /// The host can't be reached or logged in to; the message says why.
        case hostUnreachable
        /// The connection was lost, or the limit passed, after a command had begun: what it did is not known.
        case outcomeUnknown
        /// What is there is not what the call was made for; nothing was written.
        case hostChanged
        case lockHeld, lockLost
        /// The server must be stopped, or empty, for this.
        case serverRunning, dataNotEmpty
        case startFailed, stopFailed, commandFailed
        case noRoom, readOnly, permissionDenied, fileMissing, configurationInvalid, checksumDiffers, backupMissing
        /// The server does not answer clients, or refused the request.
        case notServing, refused
        case cancelled
    }

    package var code: Code
    package var host: String
    package var server: ServerName?
    /// A sentence: what happened and, where there is one, the remedy.
    package var message: String

    package init(_ code: Code, host: String, server: ServerName? = nil, _ message: String) {
        self.code = code
        self.host = host
        self.server = server
        self.message = message
    }

    package var description: String { "\(server.map(\.description) ?? host): \(message)" }
}
