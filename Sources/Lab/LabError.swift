/// What went wrong with a lab, and what to do about it.
package struct LabError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable {
        case versionUnknown, downloadFailed, checksumDiffers, toolMissing
        case topologyInvalid, nameInvalid, addressTaken, directoryInUse, notALab, busy
        case fileFailed, processFailed, startFailed, settleTimedOut
        case breakImpossible, loadFailed
    }

    package var code: Code
    /// A sentence that says what happened and, where there is one, the remedy.
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
