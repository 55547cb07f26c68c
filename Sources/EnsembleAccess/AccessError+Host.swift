import EnsembleModel
import RemoteHosts

extension AccessError {
    /// What went wrong with the host itself, before anything was begun on it.
    init(_ error: HostError, server: ServerName? = nil) {
        self.init(Self.code(of: error.code), host: error.host, server: server, error.message)
    }

    private static func code(of code: HostError.Code) -> Code {
        switch code {
        case .addressNotFound, .connectionRefused, .connectTimedOut, .notSSH, .negotiationFailed, .hostKeyUnknown,
            .hostKeyChanged, .hostKeyRevoked, .knownHostsUnreadable, .identityUnreadable, .passphraseNeeded,
            .authenticationRefused, .channelRefused, .connectionLost, .limitPassed, .configurationInvalid:
            .hostUnreachable
        case .forwardingRefused: .refused
        case .becomeRefused: .permissionDenied
        case .cancelled: .cancelled
        case .transferFailed, .commandFailed: .commandFailed
        }
    }

    /// What a script's own exit code means. `detail` is what it wrote on standard error.
    init(_ exit: ScriptExit, host: String, server: ServerName?, call: String, detail: String) {
        let code: Code
        let message: String
        switch exit {
        case .lockHeld:
            (code, message) = (.lockHeld, "another run holds the lock")
        case .lockLost:
            let holder = detail == "nobody" ? "nobody holds it now" : "run \(detail) holds it now"
            code = .lockLost
            message = "the lock is no longer this run's, \(holder); nothing was written. See `zkops run list`"
        case .hostChanged:
            code = .hostChanged
            message = "\(call) found something else than it was made for (\(detail)); nothing was written"
        case .serverRunning:
            code = .serverRunning
            message = "process \(detail) is running with this installation or its data; stop it first"
        case .dataNotEmpty:
            (code, message) = (.dataNotEmpty, "\(detail) holds files; clear it first (clear_data)")
        case .startFailed:
            (code, message) = (.startFailed, "the start command ended and no process of the server runs: \(detail)")
        case .stopFailed:
            (code, message) = (.stopFailed, "the process is still there: \(detail)")
        case .noRoom:
            (code, message) = (.noRoom, "no room, or the file system failed: \(detail)")
        case .fileMissing:
            (code, message) = (.fileMissing, "missing or unusable: \(detail)")
        case .configurationInvalid:
            code = .configurationInvalid
            message = "\(detail) can't be worked on: it must be an absolute path, and no link or mount of its own"
        case .checksumDiffers:
            (code, message) = (
                .checksumDiffers, "what arrived is not what was sent: \(detail); nothing was put in place"
            )
        case .readOnly:
            code = .readOnly
            message = "\(detail) is on a read-only file system; nothing was changed. See why the host mounted it so"
        case .backupMissing:
            code = .backupMissing
            message =
                "the run changed this, and what it kept for going back is not there any more: \(detail). Put back by hand what was there before, from"
                + " a copy or from another server; where there was nothing, remove what is there"
        case .permissionDenied:
            code = .permissionDenied
            message = "may not write or read \(detail); log in as its owner, or set `become: sudo` in the inventory"
        }
        self.init(code, host: host, server: server, message)
    }
}
