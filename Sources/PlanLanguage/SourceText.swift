/// A file that people write and zkops reads: its name as it was given, and its text.
package struct SourceText: Sendable, Hashable {
    package var name: String
    package var text: String

    package init(name: String, text: String) {
        self.name = name
        self.text = text
    }
}

/// A place in a source text. Lines and columns count from 1; a column is a character.
package struct SourceRange: Sendable, Hashable, Codable, Comparable {
    package var file: String
    package var line: Int
    package var column: Int
    /// How many characters the caret underlines, at least 1.
    package var length: Int

    package init(file: String, line: Int, column: Int, length: Int = 1) {
        self.file = file
        self.line = line
        self.column = column
        self.length = length
    }

    package static func < (left: SourceRange, right: SourceRange) -> Bool {
        (left.file, left.line, left.column) < (right.file, right.line, right.column)
    }
}

/// Something wrong with a plan, an inventory or facts, with its place.
package struct Diagnostic: Error, Sendable, Hashable, Codable {
    package enum Severity: String, Sendable, Codable { case error, warning }

    package var severity: Severity
    package var range: SourceRange?
    /// What was found and what is allowed, in one sentence.
    package var message: String
    /// The nearest valid spelling or another remedy.
    package var hint: String?

    package init(_ severity: Severity, at range: SourceRange?, _ message: String, hint: String? = nil) {
        self.severity = severity
        self.range = range
        self.message = message
        self.hint = hint
    }
}

/// All that is wrong with the input, in the order of the places.
package struct InvalidInput: Error, Sendable {
    package var diagnostics: [Diagnostic]
    /// The files that were read, to show the lines that are meant.
    package var sources: [SourceText]

    package init(_ diagnostics: [Diagnostic], sources: [SourceText] = []) {
        self.diagnostics = diagnostics
        self.sources = sources
    }
}
