import EnsembleModel

/// Marks of Markdown as GitHub and GitLab read it (CommonMark with tables, HTML's `details`, and Mermaid in fences). All text that
/// plans, files and hosts give goes through one of these.
enum Markdown {
    /// On one line, and never read as a mark, also in a table.
    static func escaped(_ text: String) -> String {
        // By scalars, as Markdown and HTML are read.
        var escaped = String.UnicodeScalarView()
        for scalar in safeForTerminal(text).unicodeScalars {
            if "\\`*_[]<>#|&".unicodeScalars.contains(scalar) { escaped.append("\\") }
            escaped.append(scalar)
        }
        return String(escaped)
    }

    static func code(_ text: String) -> String {
        text.unicodeScalars.contains("`") ? escaped(text) : "`\(safeForTerminal(text))`"
    }

    /// A fence longer than any run of backquotes in the text.
    static func fenced(_ text: String, _ language: String) -> [String] {
        var longest = 2
        var run = 0
        for scalar in text.unicodeScalars {
            run = scalar == "`" ? run + 1 : 0
            longest = max(longest, run)
        }
        let fence = String(repeating: "`", count: longest + 1)
        let body = safeForTerminal(text.hasSuffix("\n") ? String(text.dropLast()) : text, keepingLines: true)
        return ["\(fence)\(language)", body, fence]
    }

    /// What is folded until someone clicks on the summary. The blank lines make Markdown of what is inside.
    static func folded(_ summary: String, _ lines: [String]) -> [String] {
        [opened(summary), ""] + lines + ["", closed]
    }

    static func opened(_ summary: String) -> String {
        "<details><summary>\(HTML.escaped(safeForTerminal(summary)))</summary>"
    }
    static let closed = "</details>"
}
