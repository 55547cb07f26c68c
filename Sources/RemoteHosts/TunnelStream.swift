/// A TCP connection that starts at the host (direct-tcpip, RFC 4254, section 7.2).
final class TunnelStream: ByteStream {
    private let host: String
    private let target: String
    private let channel: SSHChannel

    init(host: String, target: String, channel: SSHChannel) {
        self.host = host
        self.target = target
        self.channel = channel
    }

    deinit {
        channel.abandon()
    }

    func read(limit: Duration) async throws(HostError) -> [UInt8] {
        do throws(WaitEnd) {
            switch try await channel.read(.output, until: .now + limit) {
            case .bytes(let bytes): return bytes
            case .endOfFile: return []
            case .broken: break
            }
        } catch {
            throw stopped(error, "no byte came from \(target) within \(limit)")
        }
        throw HostError(.connectionLost, host: host, "The connection to \(target) was lost.")
    }

    func write(_ bytes: [UInt8], limit: Duration) async throws(HostError) {
        let written: SSHChannel.Written
        do throws(WaitEnd) {
            written = try await channel.write(bytes, until: .now + limit)
        } catch {
            throw stopped(error, "\(target) took no bytes within \(limit)")
        }
        if written == .refused {
            throw HostError(.connectionLost, host: host, "\(target) closed the connection.")
        }
    }

    func finishWriting() async throws(HostError) {
        channel.finishWriting()
    }

    func close() async {
        channel.abandon()
    }

    private func stopped(_ end: WaitEnd, _ what: String) -> HostError {
        end == .cancelled
            ? HostError(.cancelled, host: host, "The use of the connection to \(target) was cancelled.")
            : HostError(.limitPassed, host: host, "The limit passed: \(what).")
    }
}
