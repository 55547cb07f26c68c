extension TextEdit.Replacement {
    /// Replaces the one match by `with`, literally: `$1` is no reference. `^` and `$` match at lines' ends.
    ///
    /// A match that stands inside a `with` that is there already is what an earlier run has put, so it is done. Where nothing
    /// matches and `with` is there (an empty one always is), that is done too.
    func applied(to text: String) throws(EditError) -> String {
        let regex: Regex<AnyRegexOutput>
        do {
            regex = try Regex(match).anchorsMatchLineEndings().matchingSemantics(.unicodeScalar)
        } catch {
            throw EditError(
                .badPattern, "`\(match)` is not a regular expression (\(error))", remedy: "correct the `match`")
        }
        let bytes = Array(text.utf8)
        let places = occurrences(of: Array(with.utf8), in: bytes)
        let matches = text.matches(of: regex).map { found in
            text.utf8.distance(
                from: text.startIndex, to: found.range.lowerBound)..<text.utf8.distance(
                    from: text.startIndex, to: found.range.upperBound)
        }
        let open = matches.filter { match in
            !places.contains { $0.lowerBound <= match.lowerBound && match.upperBound <= $0.upperBound }
        }
        if open.isEmpty, !matches.isEmpty || with.isEmpty || !places.isEmpty { return text }
        guard open.count == 1, matches.count == 1, let place = open.first else {
            throw EditError(
                .notOneMatch, "`\(match)` matches \(count(matches.count)) instead of once",
                remedy: matches.isEmpty ? "look at what the file holds now" : "make the `match` longer")
        }
        return String(
            decoding: bytes[..<place.lowerBound] + Array(with.utf8) + bytes[place.upperBound...], as: UTF8.self)
    }

    private func count(_ number: Int) -> String { number == 0 ? "nowhere" : "\(number) times" }

    private func occurrences(of wanted: [UInt8], in text: [UInt8]) -> [Range<Int>] {
        guard !wanted.isEmpty, text.count >= wanted.count else { return [] }
        return (0...text.count - wanted.count).filter { text[$0] == wanted[0] }
            .filter { text[$0..<$0 + wanted.count].elementsEqual(wanted) }.map { $0..<$0 + wanted.count }
    }
}
