package import RemoteHosts
import Synchronization

/// Serves one text at `/metrics` over HTTP/1.1 (RFC 9112), for Prometheus to fetch; nothing else, to nobody for long.
///
/// A connection is one request of at most 8 KiB, read in at most 16 pieces with 2 s for each, and one answer; eight are served at a
/// time. There is no TLS and no password: it is meant for 127.0.0.1, or for a network that only monitoring can reach.
package final class MetricsServer: Sendable {
    private static let requestLimit = 8 << 10

    private let listener: LocalListener
    private let contentType: String
    private let text = Mutex<String?>(nil)

    /// `127.0.0.1:9141`
    package var address: String { listener.address }

    /// Opens the port.
    package init(address: String, port: UInt16, contentType: String) throws(HostError) {
        listener = try LocalListener(address: address, port: port)
        self.contentType = contentType
    }

    /// What is served from now on; before the first, the answer is 503.
    package func publish(_ text: String) {
        self.text.withLock { $0 = text }
    }

    /// Until the task is cancelled.
    package func serve() async {
        await listener.serve(atMost: 8) { stream in
            // A peer that breaks off has what it wants.
            try? await self.answer(stream)
        }
    }

    private func answer(_ stream: LocalTCPStream) async throws(HostError) {
        let reply = reply(to: try await Self.request(stream))
        try await stream.write(Array(reply.utf8), limit: .seconds(10))
        try await stream.finishWriting()
        // Closing with something unread would reset the connection, and could take the answer back with it.
        _ = try await stream.read(limit: .seconds(2))
    }

    /// The first line, nil where no whole head came.
    private static func request(_ stream: LocalTCPStream) async throws(HostError) -> Substring? {
        var bytes: [UInt8] = []
        for _ in 0..<16 where bytes.count < requestLimit {
            let piece = try await stream.read(limit: .seconds(2))
            if piece.isEmpty { return nil }
            bytes += piece
            let head = String(decoding: bytes.prefix(requestLimit), as: UTF8.self)
            if head.contains("\r\n\r\n") || head.contains("\n\n") {
                return head.split(whereSeparator: \.isNewline).first
            }
        }
        return nil
    }

    private func reply(to request: Substring?) -> String {
        let words = request?.split(separator: " ", omittingEmptySubsequences: false) ?? []
        guard words.count == 3, words[2].hasPrefix("HTTP/1.") else {
            return reply("400 Bad Request", "not an HTTP request\n")
        }
        let isHead = words[0] == "HEAD"
        guard isHead || words[0] == "GET" else {
            return reply("405 Method Not Allowed", "GET is all there is\n", further: "Allow: GET, HEAD\r\n")
        }
        guard words[1].prefix(while: { $0 != "?" }) == "/metrics" else {
            return reply("404 Not Found", "metrics are at /metrics\n", isHead: isHead)
        }
        guard let text = text.withLock({ $0 }) else {
            return reply("503 Service Unavailable", "the first round of probes is not over\n", isHead: isHead)
        }
        return reply("200 OK", text, type: contentType, isHead: isHead)
    }

    private func reply(
        _ status: String, _ body: String, type: String = "text/plain; charset=utf-8", further: String = "",
        isHead: Bool = false
    ) -> String {
        "HTTP/1.1 \(status)\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n\(further)Connection: close\r\n\r\n"
            + (isHead ? "" : body)
    }
}
