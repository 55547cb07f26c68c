/// Words for a POSIX shell.
package enum ShellQuoting {
    /// `text` as one word that stands for exactly these bytes (POSIX.1-2017, XCU 2.2.2).
    package static func quoted(_ text: String) -> String {
        var word = "'".unicodeScalars
        // By scalars: a shell ends the word at every quote, and one that a combining mark follows is no Character by itself.
        for scalar in text.unicodeScalars {
            if scalar == "'" { word.append(contentsOf: #"'\''"#.unicodeScalars) } else { word.append(scalar) }
        }
        return String(word) + "'"
    }
}
