import CZlib

/// Decompresses what gzip made, piece by piece.
@safe
struct Gunzip: ~Copyable {
    /// Where zlib keeps it must not change, so it lives outside of this value.
    private let stream: UnsafeMutablePointer<z_stream>
    private var input: [UInt8] = []
    private var used = 0
    /// Whether all that was fed so far has been given out, and ended where a compressed file may end.
    private(set) var isAtEnd = false

    init() {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        unsafe precondition(zkops_gunzip_init(stream) == Z_OK, "no memory for zlib")
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Only where ``output()`` gave nothing: all that was fed before has been used.
    mutating func feed(_ bytes: [UInt8]) {
        input = bytes
        used = 0
    }

    /// The next bytes, none where more must be fed, nil where the input is damaged.
    mutating func output() -> [UInt8]? {
        while used < input.count {
            if isAtEnd {
                // Several compressed files behind one another are one (RFC 1952).
                unsafe inflateReset(stream)
                isAtEnd = false
            }
            var code = Z_OK
            let capacity = SnapshotFile.blockSize
            let (stream, offset) = unsafe (self.stream, used)
            var left = 0
            let bytes = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
                unsafe input.withUnsafeMutableBufferPointer { input in
                    unsafe stream.pointee.next_in = input.baseAddress! + offset
                    unsafe stream.pointee.avail_in = uInt(input.count - offset)
                    unsafe stream.pointee.next_out = buffer.baseAddress
                    unsafe stream.pointee.avail_out = uInt(capacity)
                    code = unsafe inflate(stream, Z_NO_FLUSH)
                    left = unsafe Int(stream.pointee.avail_in)
                    count = unsafe capacity - Int(stream.pointee.avail_out)
                }
            }
            used = input.count - left
            guard code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR else { return nil }
            isAtEnd = code == Z_STREAM_END
            if !bytes.isEmpty { return bytes }
        }
        return []
    }
}
