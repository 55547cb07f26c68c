/// Something in a configuration file that ZooKeeper refuses, or takes otherwise than it reads.
package struct ConfigProblem: Sendable, Hashable, CustomStringConvertible {
    package enum Severity: String, Sendable, Codable, CaseIterable {
        /// The server won't start, or not as a member of this ensemble.
        case error
        case warning
        case note
    }

    package enum Code: String, Sendable, Codable, CaseIterable {
        case duplicateKey, malformedEscape, missingDataDir, missingClientPort, missingLimit, badNumber, badFlag, badWord
        case badServerLine, sameServerTwice, samePlaceTwice, equalPorts, unsupportedAddress, unusualServerID
        case onlyObservers, runsStandalone, evenVoters, badGroups, staticAndDynamic, rewritesItself, commentInValue,
            withoutEffect
    }

    package var code: Code
    package var severity: Severity
    /// Counted from 1; nil where the problem is that there is no line.
    package var line: Int?
    /// A sentence: what is found, what it means, and what to do where that isn't plain.
    package var sentence: String

    package var description: String { (line.map { "line \($0): " } ?? "") + sentence }
}
