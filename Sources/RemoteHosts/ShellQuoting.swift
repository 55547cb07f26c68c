/// Words for a POSIX shell.
package enum ShellQuoting {
    /// `text` as one word that stands for exactly these characters (POSIX.1-2017, XCU 2.2.2).
    package static func quoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
    }
}
