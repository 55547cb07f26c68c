import CLibSSH2

/// The result codes of libssh2 that decisions depend on.
enum LibSSH2Code {
    static let again = LIBSSH2_ERROR_EAGAIN
    static let bannerNotSSH = LIBSSH2_ERROR_BANNER_RECV
    static let noCommonMethod = LIBSSH2_ERROR_KEX_FAILURE
    static let fileUnusable = LIBSSH2_ERROR_FILE
    static let authenticationFailed = LIBSSH2_ERROR_AUTHENTICATION_FAILED
    static let publicKeyUnverified = LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED
    static let channelRefused = LIBSSH2_ERROR_CHANNEL_FAILURE
    static let requestDenied = LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED
    static let invalid = LIBSSH2_ERROR_INVAL
    static let outOfBoundary = LIBSSH2_ERROR_OUT_OF_BOUNDARY
    static let disconnected = LIBSSH2_ERROR_SOCKET_DISCONNECT
}
