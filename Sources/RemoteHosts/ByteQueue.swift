/// Bytes that wait, first in, first out. Taking from the front does not move the rest.
struct ByteQueue: Sendable {
    private var storage: [UInt8] = []
    private var head = 0

    var count: Int { storage.count - head }
    var isEmpty: Bool { head == storage.count }

    mutating func append(_ bytes: some Collection<UInt8>) {
        storage.append(contentsOf: bytes)
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        unsafe storage.append(contentsOf: bytes)
    }

    mutating func takeAll() -> [UInt8] {
        defer { removeAll() }
        return head == 0 ? storage : Array(storage[head...])
    }

    mutating func removeAll() {
        storage = []
        head = 0
    }

    /// Drops the first `count` bytes.
    mutating func drop(_ count: Int) {
        head += count
        if head == storage.count {
            storage.removeAll(keepingCapacity: storage.capacity <= 1 << 20)
            head = 0
        } else if head > 1 << 20 {
            storage.removeFirst(head)
            head = 0
        }
    }

    /// Lends the bytes, at most `limit` of them, for the length of the call.
    func withFront<Result>(limit: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        unsafe storage.withUnsafeBytes { all in
            let end = min(all.count, head + limit)
            return unsafe body(UnsafeRawBufferPointer(rebasing: all[head..<end]))
        }
    }
}
