import EnsembleModel

extension TextEdit {
    /// The text after the edit. Pure, and done twice it does no more than once.
    ///
    /// The parts are made in this order: `remove`, `comment`, `set`, `members`, `replace`, `append`. What none of them
    /// names stays byte for byte as it was.
    ///
    /// - Parameter text: nil where there is no such file.
    package func applied(to text: String?, target: EditTarget) throws(EditError) -> String {
        switch target {
        case .config: try applied(to: text, isConfig: true)
        case .file(_, let path): try applied(to: text, isConfig: false, path: path)
        }
    }

    /// - Parameters:
    ///   - isConfig: whether this is a server's zoo.cfg.
    ///   - path: the file's path or name; with the text it says how the lines are read (``FileSyntax``).
    package func applied(to text: String?, isConfig: Bool, path: String = "") throws(EditError) -> String {
        guard let text else {
            throw EditError(.fileMissing, "there is no file to edit", remedy: "write it with put_file first")
        }
        let syntax = isConfig ? FileSyntax.config : .of(path: path, text: text)
        let edited = try once(on: text, syntax)
        let again = try? once(on: edited, syntax)
        guard let again, again.unicodeScalars.elementsEqual(edited.unicodeScalars) else {
            throw EditError(
                .notStable, "made a second time, this edit would change the file again or fail",
                remedy: "make its parts independent, for example so that no `with` holds another `match`")
        }
        return edited
    }

    private func once(on text: String, _ syntax: FileSyntax) throws(EditError) -> String {
        if let members, syntax != .config {
            throw EditError(
                .membersOutsideConfig, "`members` (\(members.count) of them) is only for a server's configuration",
                remedy: "use edit_config")
        }
        var text = text
        switch syntax {
        case .config: text = editedConfig(text)
        case .properties: text = editedProperties(text)
        case .shell: text = try editedShell(text)
        }
        for replacement in replace { text = try replacement.applied(to: text) }
        for block in append { text = Self.appending(block, to: text) }
        return text
    }

    private func editedConfig(_ text: String) -> String {
        guard changesKeys || members != nil else { return text }
        var config = ZooConfig(text)
        for key in remove { config.properties.remove(key) }
        for key in comment { config.properties.comment(key) }
        for pair in set { config.set(pair.key, pair.value) }
        if let members { config.setMembers(members, dropped: dropped == .comment ? .comment : .remove) }
        return config.text
    }

    private func editedProperties(_ text: String) -> String {
        guard changesKeys else { return text }
        var properties = PropertiesText(text)
        for key in remove { properties.remove(key) }
        for key in comment { properties.comment(key) }
        for pair in set { properties.set(pair.key, pair.value) }
        return properties.text
    }

    private func editedShell(_ text: String) throws(EditError) -> String {
        guard changesKeys || !append.isEmpty else { return text }
        var shell = try ShellText(text)
        for key in remove { try shell.remove(key) }
        for key in comment { try shell.comment(key) }
        for pair in set { try shell.set(pair.key, pair.value) }
        return shell.text
    }

    private var changesKeys: Bool { !set.isEmpty || !remove.isEmpty || !comment.isEmpty }

    /// Puts lines at the end, unless they stand somewhere in the text already, one after the other.
    private static func appending(_ block: String, to text: String) -> String {
        let lineEnd = text.unicodeScalars.contains("\r\n".unicodeScalars) ? "\r\n" : "\n"
        let wanted = plainLines(block)
        let present = plainLines(text)
        if wanted.isEmpty || present.contains(wanted) { return text }
        let scalars = text.unicodeScalars
        let separator = scalars.isEmpty || scalars.last == "\n" ? "" : lineEnd
        return text + separator + wanted.map { String($0) + lineEnd }.joined()
    }

    /// The lines without their ends; a final line end begins no further line.
    private static func plainLines(_ text: String) -> [Substring.UnicodeScalarView] {
        var lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.last == "\r" ? line.dropLast() : line
        }
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines.map { Substring($0).unicodeScalars }
    }
}

extension Collection where Element: Collection, Element.Element: Equatable {
    /// Whether these lines stand in a row somewhere.
    fileprivate func contains(_ wanted: [Element]) -> Bool {
        let own = Array(self)
        guard own.count >= wanted.count else { return false }
        return (0...own.count - wanted.count).contains { start in
            wanted.indices.allSatisfy { own[start + $0].elementsEqual(wanted[$0]) }
        }
    }
}
