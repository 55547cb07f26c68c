import EnsembleModel
import FoundationEssentials
import RemoteHosts

/// Asks an AdminServer (3.5 and later) a command through a host's session.
struct AdminServer: Sendable {
    enum Problem: Error, Sendable, Equatable {
        case closed
        case silent
        case notHTTP
        /// The HTTP status; 500 is what `mntr` answers while the server is looking (3.8, 3.9).
        case status(Int)
        case failed(HostError)
    }

    var address: String
    var port: UInt16
    var settings: AdminServerSettings
    var limit: Duration = .seconds(3)

    /// - Returns: the body of the answer.
    func get(_ command: String, through session: any HostSession) async throws(Problem) -> [UInt8] {
        let stream: any ByteStream
        do throws(HostError) {
            stream = try await session.connect(to: address, port: port, limit: limit)
        } catch {
            switch error.code {
            case .connectionRefused, .channelRefused: throw .closed
            case .connectTimedOut, .limitPassed: throw .silent
            default: throw .failed(error)
            }
        }
        let answer: [UInt8]
        do throws(HostError) {
            answer = try await exchange(command, stream)
            await stream.close()
        } catch {
            await stream.close()
            throw error.code == .limitPassed ? .silent : .failed(error)
        }
        return try Self.body(of: answer)
    }

    private func exchange(_ command: String, _ stream: any ByteStream) async throws(HostError) -> [UInt8] {
        // HTTP/1.0: the body ends with the connection, and comes in one piece, not in chunks (RFC 1945).
        let request =
            "GET \(settings.path(command)) HTTP/1.0\r\nHost: \(address):\(port)\r\nAccept: application/json\r\n\r\n"
        try await stream.write(Array(request.utf8), limit: limit)
        let answer = await WholeAnswer.read(stream, limit: limit)
        if let failure = answer.failure { throw failure }
        return answer.bytes
    }

    static func body(of answer: [UInt8]) throws(Problem) -> [UInt8] {
        let text = String(decoding: answer.prefix(64), as: UTF8.self)
        let words = text.split(separator: " ", maxSplits: 2)
        guard text.hasPrefix("HTTP/1."), words.count > 1, let status = Int(words[1].prefix(3)) else { throw .notHTTP }
        guard status == 200 else { throw .status(status) }
        let end = Array("\r\n\r\n".utf8)
        guard let start = answer.indices.first(where: { answer[$0...].starts(with: end) }) else { throw .notHTTP }
        return Array(answer[(start + end.count)...])
    }
}

extension AdminServer {
    private struct SystemProperties: Decodable {
        var command: String?
        var directory: String?

        enum CodingKeys: String, CodingKey {
            case command = "sun.java.command"
            case directory = "user.dir"
        }
    }

    /// The configuration file that a process was started with, by its answer to `system_properties`: the last word of the
    /// command line, relative to its working directory.
    static func startedWith(_ systemProperties: [UInt8]) -> String? {
        let properties = try? JSONDecoder().decode(SystemProperties.self, from: Data(systemProperties))
        guard let path = properties?.command?.split(separator: " ").last else { return nil }
        return withoutDots(path.hasPrefix("/") ? String(path) : (properties?.directory ?? "") + "/" + path)
    }

    /// An absolute path with `.` and `..` worked out by its text.
    static func withoutDots(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }
}
