/// States seen, each once, in the order in which they were found, with the state and the event that each came from.
struct StateStore {
    private let stride: Int
    private var words: [UInt64] = []
    private var parents: [Int32] = []
    private var events: [UInt64] = []
    /// Open addressing by the upper half of a state's hash, which stands beside its number and 1; 0 is free.
    private var table: [UInt64]

    init(servers: Int) {
        stride = servers + 1
        table = [UInt64](repeating: 0, count: 1 << 12)
    }

    var count: Int { parents.count }

    /// Bytes in use.
    var memory: Int { words.count * 8 + parents.count * 4 + events.count * 8 + table.count * 8 }

    func state(_ number: Int) -> SearchState {
        var state = SearchState(servers: stride - 1)
        load(number, into: &state)
        return state
    }

    /// In the memory of another state.
    func load(_ number: Int, into state: inout SearchState) {
        let start = number * stride
        state.become(words[start], words[(start + 1)..<(start + stride)])
    }

    func parent(_ number: Int) -> Int? { parents[number] < 0 ? nil : Int(parents[number]) }

    func event(_ number: Int) -> Event { Event(bits: events[number]) }

    // MARK: Looking states up

    /// Puts those that are new among the states seen; each of them has its number then.
    ///
    /// - Parameter afterFewerCrashes: whether what was seen after fewer crashes, one at least, isn't new after more.
    mutating func insert(_ found: inout Successors, from parent: Int?, afterFewerCrashes: Bool) {
        while (count + found.count) * 2 > table.count { grow() }
        look(for: &found)
        for place in 0..<found.count where !found.looks[place].isSeen {
            if afterFewerCrashes, wasSeenAfterFewerCrashes(found, place) { continue }
            let look = found.looks[place]
            let slot = slot(look.slot, look.hash, found.header(place), found, place)
            guard table[slot] == 0 else { continue }
            found.looks[place].number = count
            table[slot] = look.hash & ~0xFFFF_FFFF | UInt64(count + 1)
            words.append(found.header(place))
            for server in 0..<(stride - 1) { words.append(found.cell(place, server)) }
            parents.append(Int32(parent ?? -1))
            events.append(found.event(place).bits)
        }
    }

    /// Where each of them may be in the table, or its free place, and whether it is there already.
    ///
    /// One thing after the other for all of them: what they ask of memory in one loop is on its way at the same time.
    private func look(for found: inout Successors) {
        for place in 0..<found.count {
            found.looks.append(Successors.Look(hash: hash(found.header(place), found, place)))
        }
        for place in found.looks.indices {
            let hash = found.looks[place].hash
            found.looks[place].slot = next(Int(hash >> 32) & (table.count - 1), hash)
        }
        for place in found.looks.indices {
            let entry = table[found.looks[place].slot]
            guard entry != 0 else { continue }
            found.looks[place].isSeen = isEqual(Self.number(entry), found.header(place), found, place)
        }
    }

    private static func number(_ entry: UInt64) -> Int { Int(entry & 0xFFFF_FFFF) - 1 }

    /// What can follow with fewer crashes left can follow with more, with the same said of it. What takes no crash is said otherwise.
    private func wasSeenAfterFewerCrashes(_ found: Successors, _ place: Int) -> Bool {
        var earlier = SearchState(header: found.header(place))
        guard earlier.crashes > 1 else { return false }
        for crashes in 1..<earlier.crashes {
            earlier.crashes = crashes
            let hash = hash(earlier.header, found, place)
            let slot = slot(Int(hash >> 32) & (table.count - 1), hash, earlier.header, found, place)
            if table[slot] != 0 { return true }
        }
        return false
    }

    /// The first place from this one on that is free, or where a state of this hash may be.
    @inline(__always) private func next(_ first: Int, _ hash: UInt64) -> Int {
        var slot = first
        while table[slot] != 0, (table[slot] ^ hash) >> 32 != 0 { slot = (slot + 1) & (table.count - 1) }
        return slot
    }

    /// Where it is in the table, or the free place for it.
    @inline(__always) private func slot(
        _ first: Int, _ hash: UInt64, _ header: UInt64, _ found: Successors, _ place: Int
    ) -> Int {
        var slot = next(first, hash)
        while table[slot] != 0, !isEqual(Self.number(table[slot]), header, found, place) {
            slot = next((slot + 1) & (table.count - 1), hash)
        }
        return slot
    }

    @inline(__always) private func isEqual(
        _ number: Int, _ header: UInt64, _ found: Successors, _ place: Int
    ) -> Bool {
        let start = number * stride
        guard words[start] == header else { return false }
        for server in 0..<(stride - 1) where words[start + 1 + server] != found.cell(place, server) { return false }
        return true
    }

    @inline(__always) private func hash(_ header: UInt64, _ found: Successors, _ place: Int) -> UInt64 {
        var sum = header &* 0x9E37_79B9_7F4A_7C15
        for server in 0..<(stride - 1) {
            sum = (sum ^ (sum >> 29) ^ found.cell(place, server)) &* 0xBF58_476D_1CE4_E5B9
        }
        return sum ^ (sum >> 29)
    }

    private mutating func grow() {
        let old = table
        table = [UInt64](repeating: 0, count: old.count * 2)
        let mask = table.count - 1
        for entry in old where entry != 0 {
            var slot = Int(entry >> 32) & mask
            while table[slot] != 0 { slot = (slot + 1) & mask }
            table[slot] = entry
        }
    }
}

/// What leads from one state to the next.
struct Event: Hashable {
    enum Kind: UInt64 {
        case begin
        /// The operation of the node is performed; `server` tells which of several.
        case step
        /// What a node waits for holds.
        case settled
        /// `server` is elected by `others`.
        case election
        /// `server` joins the leader `others`.
        case join
        /// `server`, which leads, commits a write that `others` acknowledge.
        case commit
        case crash, comeback
    }

    let bits: UInt64

    init(bits: UInt64) { self.bits = bits }

    init(_ kind: Kind, _ server: Int = 0, others: UInt32 = 0) {
        bits = kind.rawValue | UInt64(server) << 8 | UInt64(others) << 32
    }

    var kind: Kind { Kind(rawValue: bits & 0xFF) ?? .begin }
    var server: Int { Int(bits >> 8 & 0xFF) }
    var others: UInt32 { UInt32(bits >> 32) }
}
