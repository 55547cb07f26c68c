/// States seen, each once, in the order in which they were found, with the state and the event that each came from.
struct StateStore {
    private let stride: Int
    private var words: [UInt64] = []
    private var parents: [Int32] = []
    private var events: [UInt64] = []
    /// Open addressing; 0 is free, else a state's number and 1.
    private var table: [Int32]

    init(servers: Int) {
        stride = servers + 1
        table = [Int32](repeating: 0, count: 1 << 12)
    }

    var count: Int { parents.count }

    /// Bytes held.
    var memory: Int { words.capacity * 8 + parents.capacity * 4 + events.capacity * 8 + table.capacity * 4 }

    func state(_ number: Int) -> SearchState {
        let start = number * stride
        var state = SearchState(header: words[start])
        for server in 0..<(stride - 1) { state.cells[server] = words[start + 1 + server] }
        return state
    }

    func parent(_ number: Int) -> Int? { parents[number] < 0 ? nil : Int(parents[number]) }

    func event(_ number: Int) -> Event { Event(bits: events[number]) }

    /// Whether it is new.
    mutating func insert(_ state: SearchState, from parent: Int?, by event: Event) -> Bool {
        if parents.count * 2 >= table.count { grow() }
        var slot = hash(state) & (table.count - 1)
        while table[slot] != 0 {
            if isEqual(state, Int(table[slot]) - 1) { return false }
            slot = (slot + 1) & (table.count - 1)
        }
        table[slot] = Int32(parents.count + 1)
        words.append(state.header)
        for server in 0..<(stride - 1) { words.append(state.cells[server]) }
        parents.append(Int32(parent ?? -1))
        events.append(event.bits)
        return true
    }

    private func isEqual(_ state: SearchState, _ number: Int) -> Bool {
        let start = number * stride
        guard words[start] == state.header else { return false }
        for server in 0..<(stride - 1) where words[start + 1 + server] != state.cells[server] { return false }
        return true
    }

    private func hash(_ state: SearchState) -> Int {
        var sum = state.header &* 0x9E37_79B9_7F4A_7C15
        for server in 0..<(stride - 1) {
            sum = (sum ^ (sum >> 29) ^ state.cells[server]) &* 0xBF58_476D_1CE4_E5B9
        }
        return Int(truncatingIfNeeded: (sum ^ (sum >> 32)) & 0x7FFF_FFFF)
    }

    private mutating func grow() {
        table = [Int32](repeating: 0, count: table.count * 4)
        for number in 0..<parents.count {
            var slot = hash(state(number)) & (table.count - 1)
            while table[slot] != 0 { slot = (slot + 1) & (table.count - 1) }
            table[slot] = Int32(number + 1)
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
