/// Why an edit can't be made. Nothing was changed.
package struct EditError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: String, Sendable, CaseIterable {
        /// There is no file to edit.
        case fileMissing
        /// A `match` of `replace` is not a regular expression.
        case badPattern
        /// A `match` of `replace` does not match exactly once, and what it would put is not there.
        case notOneMatch
        /// A shell file assigns the variable in several places.
        case severalAssignments
        /// A shell file's assignment shares its line with other commands, or goes on in the next line.
        case notPlainAssignment
        /// A shell file ends inside a quotation or a here-document.
        case brokenShell
        /// A value or a key that the file can't hold.
        case badValue
        /// `members` of a file that is no ensemble's configuration.
        case membersOutsideConfig
        /// Made a second time, the edit would change the file again.
        case notStable
    }

    package var code: Code
    /// What is wrong, in one sentence.
    package var message: String
    /// What to do, in one sentence.
    package var remedy: String

    package init(_ code: Code, _ message: String, remedy: String) {
        self.code = code
        self.message = message
        self.remedy = remedy
    }

    package var description: String { "\(message); \(remedy)" }
}
