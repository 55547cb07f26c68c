/// A page of the manual in man(7), made of what the parser says of a command: the same that `--help` shows.
package struct ManualPage: Sendable {
    /// As the parser's own description of the tool has it (ArgumentParserToolInfo, version 0), as far as it is needed.
    package struct Command: Decodable, Sendable {
        package var commandName: String
        package var superCommands: [String]?
        package var shouldDisplay: Bool
        package var abstract: String?
        package var discussion: String?
        package var subcommands: [Command]?
        package var arguments: [Argument]?

        /// Itself and all below it that people are to know of.
        package var all: [Command] {
            shouldDisplay && commandName != "help" ? [self] + (subcommands ?? []).flatMap(\.all) : []
        }
    }

    package struct Argument: Decodable, Sendable {
        package enum Kind: String, Decodable, Sendable { case positional, option, flag }

        package struct Name: Decodable, Sendable {
            package enum Kind: String, Decodable, Sendable { case long, short, longWithSingleDash }

            package var kind: Kind
            package var name: String

            fileprivate var text: String { (kind == .long ? "--" : "-") + name }
        }

        package var kind: Kind
        package var shouldDisplay: Bool
        package var isOptional: Bool
        package var isRepeating: Bool
        package var names: [Name]?
        package var valueName: String?
        package var abstract: String?
        package var defaultValue: String?
    }

    private let command: Command
    private let version: String

    /// - Parameter version: such as `zkops 0.1.0`.
    package init(_ command: Command, version: String) {
        self.command = command
        self.version = version
    }

    /// `zkops-plan-check`
    package var name: String { path.joined(separator: "-") }

    private var path: [String] { (command.superCommands ?? []) + [command.commandName] }

    package var text: String {
        var lines = [".TH \(name.uppercased()) 1 \"\" \"\(version)\" \"zkops manual\"", ".nh", ".ad l"]
        lines += [".SH NAME", "\(Self.escaped(name)) \\- \(Self.escaped(command.abstract ?? ""))", ".SH SYNOPSIS"]
        lines += [".B \(Self.escaped(path.joined(separator: " ")))", Self.escaped(synopsis)]
        if let discussion = command.discussion { lines += description(discussion) }
        let shown = (command.arguments ?? []).filter(\.shouldDisplay)
        if !shown.isEmpty { lines += [".SH OPTIONS"] + shown.flatMap(option) }
        let inner = (command.subcommands ?? []).filter { $0.shouldDisplay && $0.commandName != "help" }
        if !inner.isEmpty {
            lines.append(".SH COMMANDS")
            for command in inner {
                let page = ManualPage(command, version: version)
                lines += [".TP", ".BR \(Self.escaped(page.name)) (1)", Self.escaped(command.abstract ?? "")]
            }
        }
        if path.count > 1 {
            lines += [".SH SEE ALSO", ".BR \(Self.escaped(path.dropLast().joined(separator: "-"))) (1)"]
        }
        return lines.filter { !$0.isEmpty }.joined(separator: "\n") + "\n"
    }

    private var synopsis: String {
        let words = (command.arguments ?? []).filter(\.shouldDisplay).map { argument in
            let text = argument.usage
            return (argument.isOptional ? "[\(text)]" : text) + (argument.isRepeating ? " ..." : "")
        }
        return (words + ((command.subcommands ?? []).isEmpty ? [] : ["<command>"])).joined(separator: " ")
    }

    /// Lines that begin with `Example:` stand in a section of their own.
    private func description(_ discussion: String) -> [String] {
        let lines = discussion.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let examples = lines.filter { $0.hasPrefix("Example: ") }.map { String($0.dropFirst(9)) }
        let text = lines.filter { !$0.hasPrefix("Example: ") }
        var page: [String] = []
        if text.contains(where: { !$0.isEmpty }) {
            page.append(".SH DESCRIPTION")
            for (place, line) in text.enumerated() {
                if line.isEmpty {
                    page.append(".PP")
                } else {
                    if place > 0, !text[place - 1].isEmpty { page.append(".br") }
                    page.append(Self.escaped(line))
                }
            }
            while page.last == ".PP" { page.removeLast() }
        }
        guard !examples.isEmpty else { return page }
        return page + [".SH EXAMPLES", ".EX"] + examples.map(Self.escaped) + [".EE"]
    }

    private func option(_ argument: Argument) -> [String] {
        let names = (argument.names ?? []).map(\.text).sorted { ($0.count, $0) < ($1.count, $1) }
        let value = argument.kind == .flag ? "" : " <\(argument.valueName ?? "value")>"
        let head =
            argument.kind == .positional ? "<\(argument.valueName ?? "value")>" : names.joined(separator: ", ") + value
        let preset = argument.defaultValue.map { " Default: \($0)." } ?? ""
        return [".TP", ".B \(Self.escaped(head))", Self.escaped((argument.abstract ?? "") + preset)]
    }

    /// A backslash begins an escape, a hyphen is to stay one, and a line must not begin with a control character (groff(7)).
    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "\\": escaped += "\\e"
            case "-": escaped += "\\-"
            default: escaped.append(character)
            }
        }
        return escaped.hasPrefix(".") || escaped.hasPrefix("'") ? "\\&" + escaped : escaped
    }
}

extension ManualPage.Argument {
    fileprivate var usage: String {
        let value = "<\(valueName ?? "value")>"
        let longest = (names ?? []).map(\.text).max { $0.count < $1.count } ?? ""
        switch kind {
        case .positional: return value
        case .flag: return longest
        case .option: return "\(longest) \(value)"
        }
    }
}
