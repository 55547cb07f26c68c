/// What follows from one state, in the order found.
///
/// Only at its end is it looked up which of it was seen before. Nearly every look at the table of states is one into memory that the
/// processor doesn't hold; it fetches what is asked for together side by side.
struct Successors {
    /// What is wrong with one of them, or with the event that led to it.
    struct Remark {
        var place: Int
        var found: [Violation.What]
        /// Nothing is to be learned from what follows.
        var isEnd: Bool
    }

    private(set) var remarks: [Remark] = []
    private(set) var hasPlanStep = false
    private(set) var hasElection = false
    private let servers: Int
    private var headers: [UInt64] = []
    private var cells: [UInt64] = []
    private var events: [Event] = []
    private var spare = SearchState(header: 0)
    /// What ``StateStore`` notes of each while it looks for them.
    var looks: [Look] = []

    struct Look {
        var hash: UInt64
        /// Where it may be in the table, or its free place.
        var slot = 0
        var isSeen = false
        /// Where it is new.
        var number: Int?
    }

    init(servers: Int) { self.servers = servers }

    var count: Int { headers.count }

    mutating func removeAll() {
        remarks.removeAll(keepingCapacity: true)
        headers.removeAll(keepingCapacity: true)
        cells.removeAll(keepingCapacity: true)
        events.removeAll(keepingCapacity: true)
        looks.removeAll(keepingCapacity: true)
        (hasPlanStep, hasElection) = (false, false)
    }

    /// A copy of the state that it follows from, to be made into what follows; in the memory of the last one that was appended.
    @inline(__always) mutating func copy(_ state: SearchState) -> SearchState {
        var copy = SearchState(header: 0)
        swap(&copy, &spare)
        if copy.cells.isEmpty { copy = SearchState(servers: servers) }
        copy.become(state.header, state.cells[...])
        return copy
    }

    @inline(__always) mutating func append(
        _ state: inout SearchState, _ event: Event, _ found: [Violation.What], ending: Bool
    ) {
        switch event.kind {
        case .step, .settled: hasPlanStep = true
        case .election, .join: hasElection = true
        case .begin, .commit, .crash, .comeback: break
        }
        if !found.isEmpty || ending { remarks.append(Remark(place: count, found: found, isEnd: ending)) }
        headers.append(state.header)
        for server in 0..<servers { cells.append(state.cells[server]) }
        events.append(event)
        swap(&state, &spare)
    }

    @inline(__always) func header(_ place: Int) -> UInt64 { headers[place] }
    @inline(__always) func cell(_ place: Int, _ server: Int) -> UInt64 { cells[place * servers + server] }
    @inline(__always) func event(_ place: Int) -> Event { events[place] }
}
