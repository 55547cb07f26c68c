extension ZooConfig {
    /// What becomes of a server line that is no longer wanted.
    package enum DroppedLines: String, Sendable, Codable {
        case remove, comment
    }

    /// Makes the `server.N` lines exactly this set.
    ///
    /// Lines already right stay untouched; others change in place. The role is the one that `members` gives; where the host and ports
    /// stay the same, the client's part of a line is kept unless `members` gives another. New lines come in numeric order right
    /// after the last server line (at the end where there is none), except that a commented-out line of the very same value
    /// is made live again.
    package mutating func setMembers(_ members: [ServerID: MemberAddress], dropped: DroppedLines = .remove) {
        defer { properties.readAgain() }
        // From the end, so that the effective line of each server comes first and edits move no line still to be seen.
        var keyOfServer: [ServerID: String] = [:]
        var anchor = placeOfNewLines()
        for index in properties.lines.indices.reversed() {
            guard let property = properties.lines[index].property, let id = Self.serverID(ofKey: property.key) else {
                continue
            }
            let before = properties.lines.count
            if let wanted = members[id], keyOfServer[id] == nil || keyOfServer[id] == property.key {
                // An earlier line of the same key is not effective, so it stays as it is.
                if keyOfServer[id] == nil { change(at: index, of: property, to: wanted) }
                keyOfServer[id] = property.key
            } else {
                drop(at: index, dropped)
            }
            if let place = anchor, index <= place { anchor = place + properties.lines.count - before }
        }
        addLines(members.filter { keyOfServer[$0.key] == nil }, after: anchor)
    }

    private mutating func change(at index: Int, of property: PropertiesLine.Property, to wanted: MemberAddress) {
        guard let existing = MemberAddress(trimmed(property.value)) else {
            return properties.setValue(wanted.text, at: index)
        }
        let kept = wanted.keepingSuffixes(of: existing)
        if kept != existing { properties.setValue(kept.text, at: index) }
    }

    private mutating func drop(at index: Int, _ dropped: DroppedLines) {
        switch dropped {
        case .remove: properties.lines.remove(at: index)
        case .comment: properties.commentLine(at: index)
        }
    }

    private mutating func addLines(_ members: [ServerID: MemberAddress], after anchor: Int?) {
        var place = anchor ?? properties.lines.count - 1
        for (id, address) in members.sorted(by: { $0.key < $1.key }) {
            let key = "server.\(id)"
            let commented = properties.commentedOut { property in
                property.key == key && MemberAddress(trimmed(property.value)) == address
            }
            let before = properties.lines.count
            if let same = commented.last {
                properties.lines.replaceSubrange(same.range, with: PropertiesReader.lines(of: same.live))
                if same.range.lowerBound <= place { place += properties.lines.count - before }
            } else {
                properties.insert(key, address.text, after: place)
                place += 1
            }
        }
    }

    /// The last live server line, or else the last that is commented out.
    private func placeOfNewLines() -> Int? {
        let live = properties.lines.lastIndex { $0.property.map { Self.serverID(ofKey: $0.key) != nil } ?? false }
        return live
            ?? properties.commentedOut { Self.serverID(ofKey: $0.key) != nil }.last.map { $0.range.upperBound - 1 }
    }
}

extension MemberAddress {
    /// This address with the client's part and the further addresses of `existing`, where both name the same host and ports.
    func keepingSuffixes(of existing: MemberAddress) -> MemberAddress {
        guard isSamePlace(as: existing) else { return self }
        var kept = self
        if clientPort == nil {
            kept.clientPort = existing.clientPort
            kept.clientAddress = existing.clientAddress
        }
        if role == existing.role { kept.furtherAddresses = furtherAddresses ?? existing.furtherAddresses }
        kept.secureClient = secureClient ?? existing.secureClient
        return kept
    }
}
