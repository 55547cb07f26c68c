/// One server in a state of the search, packed into 64 bits.
struct Cell: Hashable {
    enum Role: UInt64 { case looking, following, leading }

    private(set) var bits: UInt64

    init(bits: UInt64 = 0) { self.bits = bits }

    @inline(__always) private func field(_ at: UInt64, _ width: UInt64) -> Int {
        Int((bits >> at) & ((1 << width) - 1))
    }

    @inline(__always) private mutating func put(_ value: Int, _ at: UInt64, _ width: UInt64) {
        let mask: UInt64 = ((1 << width) - 1) << at
        bits = (bits & ~mask) | (UInt64(value) << at & mask)
    }

    @inline(__always) private func flag(_ at: UInt64) -> Bool { bits & (1 << at) != 0 }
    @inline(__always) private mutating func set(_ at: UInt64, _ value: Bool) {
        bits = value ? bits | (1 << at) : bits & ~(1 << at)
    }

    var isUp: Bool {
        get { flag(0) }
        set { set(0, newValue) }
    }
    /// Down since a crash: it may come back at any time.
    var isCrashed: Bool {
        get { flag(1) }
        set { set(1, newValue) }
    }
    /// The process that the facts tell of, not restarted since.
    var isOriginal: Bool {
        get { flag(2) }
        set { set(2, newValue) }
    }
    /// Whether it has the write that the search follows.
    var hasWrite: Bool {
        get { flag(3) }
        set { set(3, newValue) }
    }
    /// Up, but with a configuration that isn't known: it takes part in nothing.
    var isOpaque: Bool {
        get { flag(4) }
        set { set(4, newValue) }
    }
    var role: Role {
        get { Role(rawValue: UInt64(field(5, 2))) ?? .looking }
        set { put(Int(newValue.rawValue), 5, 2) }
    }
    /// Whom it follows.
    var leader: Int {
        get { field(7, 5) }
        set { put(newValue, 7, 5) }
    }
    /// What its process loaded: an index into ``SearchWorld/identities``.
    var identity: Int {
        get { field(12, 10) }
        set { put(newValue, 12, 10) }
    }
    /// Its history up to the write: an index into ``SearchWorld/bases``, 0 for none.
    var base: Int {
        get { field(22, 6) }
        set { put(newValue, 22, 6) }
    }
    /// The copy that its history comes from, counted from 1 in the order of the plan; 0 for none.
    var copy: Int {
        get { field(28, 5) }
        set { put(newValue, 28, 5) }
    }
    var acceptedEpoch: Int {
        get { field(33, 6) }
        set { put(newValue, 33, 6) }
    }
    var currentEpoch: Int {
        get { field(39, 6) }
        set { put(newValue, 39, 6) }
    }

    var isLooking: Bool { isUp && !isOpaque && role == .looking }
    var isLeading: Bool { isUp && role == .leading }
    func follows(_ leader: Int) -> Bool { isUp && role == .following && self.leader == leader }

    var bitsButIdentity: UInt64 { bits & ~(0x3FF << 12) }

    /// Where its history stands, whichever epoch it has heard of.
    var position: UInt64 { bits & (1 << 3 | 0x7FF << 22) }

    mutating func takePosition(of other: Cell) { bits = (bits & ~(1 << 3 | 0x7FF << 22)) | other.position }

    mutating func look() {
        role = .looking
        leader = 0
    }

    /// Its process is gone; its disk stays.
    mutating func goDown(crashed: Bool) {
        bits &= 1 << 3 | 0x7FF << 22 | 0xFFF << 33
        isCrashed = crashed
    }

    mutating func emptyDisk() { bits &= ~(1 << 3 | 0x7FF << 22 | 0xFFF << 33) }

    mutating func takeDisk(of other: Cell) {
        emptyDisk()
        bits |= other.bits & (1 << 3 | 0x7FF << 22 | 0xFFF << 33)
    }
}

/// Everything that the search tells states apart by.
struct SearchState {
    static let capacity = 24
    static let greatestEpoch = 63

    /// Place in the program, faults used, and the committed write that is followed.
    private(set) var header: UInt64
    /// An array, not an `InlineArray`: to read one element of that copies the whole of it wherever the state is handed on as a value.
    private(set) var cells: [UInt64]

    init(servers: Int) { (header, cells) = (0, [UInt64](repeating: 0, count: servers)) }

    /// Without servers, to read what the header says.
    init(header: UInt64) { (self.header, cells) = (header, []) }

    /// Another state of as many servers, in the memory of this one.
    @inline(__always) mutating func become(_ header: UInt64, _ words: ArraySlice<UInt64>) {
        self.header = header
        for server in cells.indices { cells[server] = words[words.startIndex + server] }
    }

    @inline(__always) private func field(_ at: UInt64, _ width: UInt64) -> Int {
        Int((header >> at) & ((1 << width) - 1))
    }

    @inline(__always) private mutating func put(_ value: Int, _ at: UInt64, _ width: UInt64) {
        let mask: UInt64 = ((1 << width) - 1) << at
        header = (header & ~mask) | (UInt64(value) << at & mask)
    }

    subscript(server: Int) -> Cell {
        get { Cell(bits: cells[server]) }
        set { cells[server] = newValue.bits }
    }

    /// An index into the program's nodes.
    var node: Int {
        get { field(0, 20) }
        set { put(newValue, 0, 20) }
    }
    var crashes: Int {
        get { field(51, 4) }
        set { put(newValue, 51, 4) }
    }
    /// Whether a committed write is followed: which servers have it is in their cells.
    var hasWrite: Bool {
        get { field(23, 1) == 1 }
        set { put(newValue ? 1 : 0, 23, 1) }
    }
    var writeEpoch: Int {
        get { field(24, 6) }
        set { put(newValue, 24, 6) }
    }
    var writeBase: Int {
        get { field(30, 6) }
        set { put(newValue, 30, 6) }
    }
    var writeCopy: Int {
        get { field(36, 5) }
        set { put(newValue, 36, 5) }
    }
    /// The configuration of the leader that committed it.
    var writeMembership: Int {
        get { field(41, 10) }
        set { put(newValue, 41, 10) }
    }

    mutating func forgetWrite() { header &= 0xF_FFFF | 0xF << 51 }
}
