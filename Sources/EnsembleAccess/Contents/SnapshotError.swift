/// Why a snapshot can't be read, in a sentence.
package struct SnapshotError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: String, Sendable {
        case unreadable
        /// It does not begin as a snapshot does.
        case notASnapshot
        /// A way of compression that zkops doesn't read.
        case unsupported
        /// It ends early, or holds what no snapshot can.
        case damaged
        case checksumDiffers
    }

    package var code: Code
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
