import EnsembleModel

/// Text inside HTML and SVG.
enum HTML {
    /// For elements and quoted attributes; what would steer how text is read is shown, never sent.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\n", "\t": result.unicodeScalars.append(scalar)
            default: result += scalar.steers ? safeForTerminal(String(scalar)) : String(scalar)
            }
        }
        return result
    }

    /// What can stand in an `id`.
    static func anchor(_ text: String) -> String {
        String(text.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "." || $0 == "-") ? $0 : "_" })
    }
}
