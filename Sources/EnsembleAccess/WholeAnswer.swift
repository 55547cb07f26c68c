import RemoteHosts

/// An answer that ends with its connection, read to its end and never beyond what ZooKeeper's own answers come to.
struct WholeAnswer: Sendable {
    static let mostBytes = 1 << 20

    var bytes: [UInt8] = []
    /// Why it was not read to its end.
    var failure: HostError?

    /// - Parameter limit: the longest silence. A side that sends a byte now and then is given up after three times as long.
    static func read(_ stream: any ByteStream, limit: Duration) async -> WholeAnswer {
        let deadline = ContinuousClock.now + limit * 3
        var answer = WholeAnswer()
        do throws(HostError) {
            while answer.bytes.count < mostBytes {
                let piece = try await stream.read(limit: min(limit, max(.zero, deadline - .now)))
                if piece.isEmpty { break }
                answer.bytes += piece
                guard ContinuousClock.now < deadline else {
                    throw HostError(.limitPassed, host: "", "the answer had no end within \(limit * 3)")
                }
            }
        } catch {
            answer.failure = error
        }
        return answer
    }
}
