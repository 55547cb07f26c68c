/// Carries pieces of bytes from one task to another, holding no more than a few of them: the writer waits for the reader.
actor BytePipe {
    struct Broken: Error {}

    private let limit: Int
    private var pieces: [[UInt8]] = []
    private(set) var held = 0
    private var isEnded = false
    private var isBroken = false
    private var reader: CheckedContinuation<[UInt8]?, any Error>?
    private var writer: CheckedContinuation<Void, any Error>?

    /// - Parameter limit: bytes held before a writer has to wait; one piece more may come.
    init(limit: Int = 1 << 20) {
        self.limit = limit
    }

    func write(_ piece: [UInt8]) async throws {
        guard !isBroken, !isEnded else { throw Broken() }
        if piece.isEmpty { return }
        if let waiting = reader {
            reader = nil
            waiting.resume(returning: piece)
            return
        }
        pieces.append(piece)
        held += piece.count
        guard held > limit else { return }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { writer = $0 }
        } onCancel: {
            Task { await self.fail() }
        }
    }

    /// The next piece; nil after ``end()``.
    func read() async throws -> [UInt8]? {
        if !pieces.isEmpty {
            let piece = pieces.removeFirst()
            held -= piece.count
            if held <= limit, let waiting = writer {
                writer = nil
                waiting.resume()
            }
            return piece
        }
        if isBroken { throw Broken() }
        if isEnded { return nil }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { reader = $0 }
        } onCancel: {
            Task { await self.fail() }
        }
    }

    /// Nothing more will be written.
    func end() {
        isEnded = true
        reader?.resume(returning: nil)
        reader = nil
    }

    /// One side gave up: the other one gets an error.
    func fail() {
        isBroken = true
        pieces = []
        reader?.resume(throwing: Broken())
        writer?.resume(throwing: Broken())
        (reader, writer) = (nil, nil)
    }
}
