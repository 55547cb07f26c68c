/// A server's answer to a four letter word.
package enum FourLetterReply: Sendable, Hashable {
    case text(String)
    /// The process runs and doesn't serve: it is looking for a leader or synchronizing with one.
    case notServing
    /// The word isn't among those allowed (`4lw.commands.whitelist`). Holds the server's sentence.
    case notAllowed(String)
    /// The connection was accepted and closed without a byte: an unknown word, or a source address at its limit of connections
    /// (maxClientCnxns). It doesn't mean that the server is down.
    case empty

    /// - Parameter word: what was asked; `isro` answers `null` while the server isn't serving.
    package init(_ text: String, word: String) {
        let sentence = trimmed(text)
        if sentence.isEmpty {
            self = .empty
        } else if sentence == "This ZooKeeper instance is not currently serving requests"
            || (word == "isro" && sentence == "null")
        {
            self = .notServing
        } else if sentence == "\(word) is not executed because it is not in the whitelist." {
            self = .notAllowed(sentence)
        } else {
            self = .text(text)
        }
    }

    /// Bytes that are no UTF-8 are replaced, never refused.
    package init(_ bytes: [UInt8], word: String) {
        self.init(String(decoding: bytes, as: UTF8.self), word: word)
    }
}

/// The lines of a text, whichever line ends it has, without them.
func lines(of text: String) -> [Substring] {
    text.split(omittingEmptySubsequences: true) { $0 == "\n" || $0 == "\r\n" || $0 == "\r" }
}
