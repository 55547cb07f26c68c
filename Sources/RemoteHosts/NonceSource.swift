import Synchronization

/// Numbers that differ from call to call, for marks, temporary names and the spread of retries; from one seed, so that
/// a run can be repeated exactly (SplitMix64, Steele, Lea and Flood 2014).
final class NonceSource: Sendable {
    private let state: Mutex<UInt64>

    init(seed: UInt64) {
        state = Mutex(seed)
    }

    func next() -> UInt64 {
        state.withLock { state in
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
            return mixed ^ mixed >> 31
        }
    }

    /// 16 hexadecimal digits.
    func text() -> String {
        let digits = String(next(), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// From 0 to 1.
    func fraction() -> Double {
        Double(next() >> 11) / Double(1 << 53)
    }
}
