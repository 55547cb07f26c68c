extension Unicode.Scalar {
    /// Whether it steers a terminal, or how text is read, in the place of being seen: C0 and C1 controls and DEL (ECMA-48), and what
    /// reorders, joins or hides text (Unicode, UAX #9 and Cf).
    package var steers: Bool {
        switch value {
        case 0x00...0x1f, 0x7f...0x9f, 0x061c, 0x200b...0x200f, 0x2028...0x202e, 0x2060...0x2069, 0xfeff: true
        default: false
        }
    }
}

/// `text` with everything that a terminal could take for a command made visible as `\x1b`, `\u{202e}` and the like.
///
/// What hosts, servers, plans and files say may hold anything; nothing of it reaches a terminal, or a log that is read on one,
/// without this.
///
/// - Parameter keepingLines: keeps line feeds and tabs, for texts of several lines; otherwise both become a space.
package func safeForTerminal(_ text: some StringProtocol, keepingLines: Bool = false) -> String {
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) { return String(text) }
    var safe = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
        if scalar == "\n" || scalar == "\t" {
            safe.append(keepingLines ? scalar : " ")
        } else if scalar.steers {
            let digits = String(scalar.value, radix: 16)
            let short = "\\x\(digits.count < 2 ? "0" : "")\(digits)"
            safe.append(contentsOf: (scalar.value < 0x100 ? short : "\\u{\(digits)}").unicodeScalars)
        } else {
            safe.append(scalar)
        }
    }
    return String(safe)
}
