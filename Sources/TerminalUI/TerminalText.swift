/// `text` with everything that a terminal could take for a command made visible as `\x1b`, `\u{202e}` and the like.
///
/// What hosts, servers, plans and files say may hold anything; nothing of it reaches a terminal without this. C0 and C1
/// controls and DEL steer the terminal (ECMA-48); the bidirectional controls reorder what is read (Unicode, UAX #9).
///
/// - Parameter keepingLines: keeps line feeds and tabs, for texts of several lines; otherwise both become a space.
package func safeForTerminal(_ text: some StringProtocol, keepingLines: Bool = false) -> String {
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) { return String(text) }
    var safe = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
        switch scalar.value {
        case 0x0a, 0x09:
            safe.append(keepingLines ? scalar : " ")
        case 0x00...0x1f, 0x7f...0x9f:
            let digits = String(scalar.value, radix: 16)
            safe.append(contentsOf: "\\x\(digits.count < 2 ? "0" : "")\(digits)".unicodeScalars)
        case 0x061c, 0x200b...0x200f, 0x2028...0x202e, 0x2060...0x2069, 0xfeff:
            safe.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars)
        default:
            safe.append(scalar)
        }
    }
    return String(safe)
}

/// How many columns a terminal uses for `text`: two for East Asian wide characters (Unicode, UAX #11) and pictographs.
package func displayWidth(_ text: some StringProtocol) -> Int {
    text.reduce(0) { $0 + displayWidth($1) }
}

private func displayWidth(_ character: Character) -> Int {
    guard let first = character.unicodeScalars.first else { return 0 }
    return switch first.value {
    case 0x1100...0x115f, 0x2e80...0x303e, 0x3041...0x4dbf, 0x4e00...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff,
        0xfe30...0xfe6f, 0xff00...0xff60, 0xffe0...0xffe6, 0x1f300...0x1f64f, 0x1f900...0x1f9ff, 0x20000...0x3fffd:
        2
    default:
        1
    }
}

/// `text` cut to at most `width` columns; `…` stands for what is missing.
package func shortened(_ text: String, to width: Int) -> String {
    if displayWidth(text) <= width { return text }
    guard width > 0 else { return "" }
    var kept = ""
    var used = 1
    for character in text {
        used += displayWidth(character)
        if used > width { break }
        kept.append(character)
    }
    return kept + "…"
}

/// `text` with spaces up to `width` columns.
package func padded(_ text: String, to width: Int, right: Bool = false) -> String {
    let spaces = String(repeating: " ", count: max(0, width - displayWidth(text)))
    return right ? spaces + text : text + spaces
}

/// `text` in lines of at most `width` columns, broken at spaces where there are any.
package func wrapped(_ text: String, to width: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
        if !line.isEmpty, displayWidth(line) + 1 + displayWidth(word) > width {
            lines.append(line)
            line = ""
        }
        line += line.isEmpty ? String(word) : " " + word
    }
    if !line.isEmpty || lines.isEmpty { lines.append(line) }
    return lines
}
