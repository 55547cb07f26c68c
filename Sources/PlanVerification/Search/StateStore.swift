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

    /// Bytes held.
    var memory: Int { words.capacity * 8 + parents.capacity * 4 + events.capacity * 8 + table.capacity * 8 }

    func state(_ number: Int) -> SearchState {
        var state = SearchState()
        load(number, into: &state)
        return state
    }

    /// In the place of another state of this store.
    @inline(__always) func load(_ number: Int, into state: inout SearchState) {
        let start = number * stride
        state.header = words[start]
        for server in 0..<(stride - 1) { state.cells[server] = words[start + 1 + server] }
    }

    func parent(_ number: Int) -> Int? { parents[number] < 0 ? nil : Int(parents[number]) }

    func event(_ number: Int) -> Event { Event(bits: events[number]) }

    @inline(__always) func contains(_ state: SearchState) -> Bool { table[slot(state, hash(state))] != 0 }

    /// Where it is in the table, or the free place for it.
    @inline(__always) private func slot(_ state: SearchState, _ hash: UInt64) -> Int {
        let mask = table.count - 1
        var slot = Int(hash >> 32) & mask
        while true {
            let entry = table[slot]
            if entry == 0 || (entry ^ hash) >> 32 == 0 && isEqual(state, Int(entry & 0xFFFF_FFFF) - 1) { return slot }
            slot = (slot + 1) & mask
        }
    }

    private func entry(_ number: Int, _ hash: UInt64) -> UInt64 { hash & ~0xFFFF_FFFF | UInt64(number + 1) }

    /// Whether it is new.
    @inline(__always) mutating func insert(_ state: SearchState, from parent: Int?, by event: Event) -> Bool {
        if parents.count * 2 >= table.count { grow() }
        let hash = hash(state)
        let slot = slot(state, hash)
        guard table[slot] == 0 else { return false }
        table[slot] = entry(parents.count, hash)
        words.append(state.header)
        for server in 0..<(stride - 1) { words.append(state.cells[server]) }
        parents.append(Int32(parent ?? -1))
        events.append(event.bits)
        return true
    }

    @inline(__always) private func isEqual(_ state: SearchState, _ number: Int) -> Bool {
        let start = number * stride
        guard words[start] == state.header else { return false }
        for server in 0..<(stride - 1) where words[start + 1 + server] != state.cells[server] { return false }
        return true
    }

    @inline(__always) private func hash(_ state: SearchState) -> UInt64 {
        var sum = state.header &* 0x9E37_79B9_7F4A_7C15
        for server in 0..<(stride - 1) {
            sum = (sum ^ (sum >> 29) ^ state.cells[server]) &* 0xBF58_476D_1CE4_E5B9
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
