import Glibc

/// Takes the marks of ``RemoteCommandLine`` out of a stream, and what stands before the first.
struct MarkedStream: Sendable {
    private let startMark: [UInt8]
    private let endMark: [UInt8]?
    private var held: [UInt8] = []
    private(set) var hasStarted = false
    /// The status behind the end mark.
    private(set) var status: Int32?
    /// The last of what came before the start: what a start-up file, or `sudo` in place of the command, printed.
    private(set) var preamble: [UInt8] = []

    /// - Parameter endMark: nil for a stream that holds none, which then passes without being searched.
    init(startMark: [UInt8], endMark: [UInt8]?) {
        self.startMark = startMark
        self.endMark = endMark
    }

    /// - Returns: what the command itself printed.
    mutating func pass(_ bytes: [UInt8]) -> [UInt8] {
        if hasStarted, endMark == nil || status != nil { return bytes }
        held.append(contentsOf: bytes)
        if !hasStarted {
            guard let place = Self.find(startMark, in: held) else {
                keepPreamble(held.count - (startMark.count - 1))
                return []
            }
            hasStarted = true
            keepPreamble(place)
            held.removeFirst(startMark.count)
        }
        guard let endMark, status == nil else { return takeHeld() }
        if let place = Self.find(endMark, in: held) {
            let end = place + endMark.count + RemoteCommandLine.statusBytes
            guard held.count >= end else {
                defer { held.removeFirst(place) }
                return Array(held.prefix(place))
            }
            status = Int32(String(decoding: held[(place + endMark.count)..<(end - 1)], as: UTF8.self))
            held.removeSubrange(place..<end)
            return takeHeld()
        }
        let open = Self.openEnd(endMark, in: held)
        defer { held.removeFirst(held.count - open) }
        return Array(held.dropLast(open))
    }

    /// What was held back as a possible beginning of a mark, at the stream's end. Where the command never started, that
    /// is everything that is left of the preamble.
    mutating func finish() -> [UInt8] {
        if !hasStarted { keepPreamble(held.count) }
        return takeHeld()
    }

    private mutating func takeHeld() -> [UInt8] {
        defer { held = [] }
        return held
    }

    private mutating func keepPreamble(_ count: Int) {
        guard count > 0 else { return }
        preamble = Array((preamble + held.prefix(count)).suffix(4096))
        held.removeFirst(count)
    }

    private static func find(_ mark: [UInt8], in bytes: [UInt8]) -> Int? {
        unsafe bytes.withUnsafeBytes { all in
            var start = 0
            while start + mark.count <= all.count {
                let rest = unsafe UnsafeRawBufferPointer(rebasing: all[start...(all.count - mark.count)])
                guard let base = rest.baseAddress, let hit = unsafe memchr(base, Int32(mark[0]), rest.count)
                else { return nil }
                start += unsafe base.distance(to: UnsafeRawPointer(hit))
                if unsafe memcmp(hit, mark, mark.count) == 0 { return start }
                start += 1
            }
            return nil
        }
    }

    /// How many bytes at the end may be the beginning of `mark`.
    private static func openEnd(_ mark: [UInt8], in bytes: [UInt8]) -> Int {
        for count in stride(from: min(mark.count - 1, bytes.count), to: 0, by: -1)
        where bytes.suffix(count).elementsEqual(mark.prefix(count)) {
            return count
        }
        return 0
    }
}
