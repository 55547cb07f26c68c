import EnsembleModel
import RemoteHosts

/// Asks a server a four letter word through a host's session.
struct FourLetterWord: Sendable {
    enum Outcome: Sendable, Equatable {
        case reply(FourLetterReply)
        /// Nothing listens: no process, or one that still loads its data (the client port is opened after that).
        case closed
        /// The connection stands and nothing comes: a paused process, or one with no thread left to answer.
        case silent
        /// The host's sshd does not forward connections, or the host was lost.
        case failed(HostError)
    }

    var address: String
    var port: UInt16
    /// For connecting, and again for the answer.
    var limit: Duration = .seconds(3)

    func ask(_ word: String, through session: any HostSession) async -> Outcome {
        do throws(HostError) {
            let stream = try await session.connect(to: address, port: port, limit: limit)
            let outcome = await exchange(word, stream)
            await stream.close()
            return outcome
        } catch {
            switch error.code {
            case .connectionRefused, .channelRefused: return .closed
            case .connectTimedOut, .limitPassed: return .silent
            default: return .failed(error)
            }
        }
    }

    private func exchange(_ word: String, _ stream: any ByteStream) async -> Outcome {
        var answer = WholeAnswer()
        do throws(HostError) {
            try await stream.write(Array(word.utf8), limit: limit)
            answer = await .read(stream, limit: limit)
        } catch {
            answer.failure = error
        }
        switch answer.failure?.code {
        case .limitPassed: return .silent
        case .cancelled: return answer.failure.map { .failed($0) } ?? .silent
        // A server at its limit of connections resets them (3.4); what came before the reset counts.
        default: return .reply(FourLetterReply(answer.bytes, word: word))
        }
    }
}
