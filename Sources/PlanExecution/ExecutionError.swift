import EnsembleAccess
package import EnsembleModel

/// Why a run can't go on, where, and what to do about it.
package struct ExecutionError: Error, Sendable, Hashable, Codable, CustomStringConvertible {
    package enum Code: String, Sendable, Codable, CaseIterable {
        /// A `require` does not hold.
        case preconditionFailed
        /// The hosts are not as the facts say.
        case hostsDiffer
        /// Another run holds the ensemble or one of its hosts.
        case lockHeld
        /// This run no longer holds a lock that it took.
        case lockLost
        /// A built-in guard refuses: the step would take away service, or it is not known whether it would.
        case guardRefused
        case settleTimedOut, waitTimedOut
        case actionFailed
        case hostUnreachable
        /// A host changed under the run's hands.
        case hostChanged
        /// A connection was lost while something was being done, and looking afterwards did not tell what became of it.
        case outcomeUnknown
        case noRoom
        /// A file system of the host is mounted read-only.
        case readOnly
        case interrupted
        /// The operator answered No to a `confirm`.
        case declined
        case outsideWindow
        case journalDamaged, journalUnwritable
        case runNotFound, runStillAlive, runHasEnded
        case stepUnknown, pointUnknown
        /// Going back would drop committed writes.
        case writesWouldBeLost
        case planUnreadable, stateDirectoryUnusable
    }

    package var code: Code
    /// A sentence with the place.
    package var message: String
    package var remedy: String
    package var server: ServerName?
    package var step: String?
    /// Whether it is known that the run had changed nothing on any host when this happened.
    package var nothingChanged: Bool
    /// Whether the run then went back to its last rollback point, as the plan wanted.
    package var wasRolledBack = false

    package init(
        _ code: Code, _ message: String, remedy: String = "", server: ServerName? = nil, step: String? = nil,
        nothingChanged: Bool = false
    ) {
        self.code = code
        self.message = message
        self.remedy = remedy
        self.server = server
        self.step = step
        self.nothingChanged = nothingChanged
    }

    /// The same meaning everywhere: `docs` of the command line say which code is what.
    package var exitCode: Int32 {
        switch code {
        case .hostsDiffer: 3
        case .lockHeld, .runStillAlive: 4
        case .interrupted: 130
        case .runNotFound, .stepUnknown, .pointUnknown: 64
        case .planUnreadable: 2
        case .preconditionFailed, .guardRefused, .hostUnreachable, .hostChanged, .noRoom, .readOnly, .outsideWindow:
            nothingChanged ? 3 : 1
        case .lockLost, .settleTimedOut, .waitTimedOut, .actionFailed, .outcomeUnknown, .declined, .journalDamaged,
            .journalUnwritable, .runHasEnded, .writesWouldBeLost, .stateDirectoryUnusable:
            1
        }
    }

    package var description: String { remedy.isEmpty ? message : "\(message) \(remedy)" }

    /// What an error of access means for the run.
    init(_ error: AccessError, doing what: String? = nil) {
        // A call that was cut off says nothing of its host.
        guard error.code != .cancelled else {
            self = ExecutionContext.interrupted()
            server = error.server
            return
        }
        let code: Code =
            switch error.code {
            case .hostUnreachable: .hostUnreachable
            case .outcomeUnknown: .outcomeUnknown
            case .hostChanged: .hostChanged
            case .lockHeld: .lockHeld
            case .lockLost: .lockLost
            case .cancelled: .interrupted
            case .noRoom: .noRoom
            case .readOnly: .readOnly
            case .serverRunning, .dataNotEmpty, .startFailed, .stopFailed, .commandFailed, .permissionDenied,
                .fileMissing, .configurationInvalid, .checksumDiffers, .backupMissing, .notServing, .refused:
                .actionFailed
            }
        self.init(code, what.map { "\($0): \(error.description)" } ?? error.description, server: error.server)
    }
}
