import Glibc

/// A channel as the connection's thread sees it: moves bytes between libssh2 and the buffers that tasks wait on.
///
/// Order matters at the end: end of file, then the server's close, then status and signal. The status arrives after the
/// end of file, and whoever closes at the end of file reads 0 for it.
final class LiveChannel {
    private enum Stage { case starting, open, freeing, freed }

    /// Bytes read in one go. libssh2 must never be asked for more than 2 MB at once.
    private static let pieceSize = 64 << 10

    let channel: SSHChannel
    private let native: NativeChannel
    private let wire: Wire
    private var bridge: LocalBridge?
    private var stage: Stage
    private var endOfFileSent = false
    private var endOfFileSeen = false
    private var requestSent = false

    init(_ channel: SSHChannel, native: NativeChannel, wire: Wire) {
        self.channel = channel
        self.native = native
        self.wire = wire
        if case .bridge(_, _, let descriptor) = channel.kind { bridge = LocalBridge(descriptor: descriptor) }
        stage = channel.kind.isSession ? .starting : .open
        let phase: SSHChannel.Phase = stage == .starting ? .starting : .open
        channel.watched.update { $0.phase = phase }
    }

    var isFreed: Bool { stage == .freed }
    var countsAsSession: Bool { channel.kind.isSession && stage != .freed }

    /// The descriptor and events that a bridge waits for.
    var waitsFor: pollfd? { stage == .open ? bridge?.waitsFor(channel) : nil }

    /// Moves what can be moved.
    /// - Returns: whether anything changed.
    func advance(_ buffer: UnsafeMutableRawBufferPointer) -> Bool {
        // Once the connection has ended, nothing more can come: what libssh2 still holds is handed out at once, however
        // slow the reader is.
        if stage != .freeing, stage != .freed, channel.watched.read({ $0.abandoned }) {
            finish(.abandoned)
        }
        switch stage {
        case .starting: return start()
        case .open:
            var moved = bridge?.advance(channel) ?? false
            if unsafe readAll(buffer) { moved = true }
            if bridge?.advance(channel) == true { moved = true }
            if writeAll() { moved = true }
            if close() { moved = true }
            return moved
        case .freeing:
            guard native.free() != LibSSH2Code.again else { return false }
            stage = .freed
            return true
        case .freed: return false
        }
    }

    /// Ends the channel because its connection ended, and what it had received was handed out.
    func lose() {
        guard stage == .starting || stage == .open else { return }
        finish(.lost(beforeStart: stage == .starting && !requestSent))
    }

    private func start() -> Bool {
        let (request, message) =
            switch channel.kind {
            case .command(let line): ("exec", line)
            case .tunnel, .bridge: ("", "")
            }
        requestSent = true
        let code = native.start(request, message)
        if code == LibSSH2Code.again { return false }
        if code == 0 {
            stage = .open
            channel.watched.update { $0.phase = .open }
        } else if code == LibSSH2Code.requestDenied {
            finish(.startRefused("the server refused the request «\(request)»"))
        } else if code == LibSSH2Code.invalid || code == LibSSH2Code.outOfBoundary {
            finish(.startRefused("the request «\(request)» is too long to send: \(message.utf8.count) bytes"))
        } else {
            finish(.lost(beforeStart: false))
        }
        return true
    }

    private func finish(_ end: SSHChannel.End) {
        stage = .freeing
        bridge = nil
        channel.watched.update { state in
            state.phase = .ended(end)
            state.input.removeAll()
        }
    }

    /// Reads both streams: they share one window, so a stream left unread stops the other.
    ///
    /// libssh2 widens the window at each read by what has arrived, not by what was read. So a pass takes at least what
    /// lay there when it began; else the server could fill this process's memory.
    private func readAll(_ buffer: UnsafeMutableRawBufferPointer) -> Bool {
        guard !endOfFileSeen else { return false }
        let held = channel.watched.read { max($0.output.count, $0.errors.count) }
        let room = wire.isEnded ? Int.max / 2 : SSHChannel.holds
        guard held < room else { return false }
        let queued = native.queuedBytes
        var taken = 0
        for stream in NativeChannel.Stream.allCases {
            while held + taken < room || taken < queued {
                let count = unsafe native.read(
                    stream, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<Self.pieceSize]))
                guard count > 0 else { break }
                taken += count
                unsafe keep(UnsafeRawBufferPointer(rebasing: buffer[..<count]), of: stream)
            }
        }
        guard native.isAtEndOfFile else { return taken > 0 }
        endOfFileSeen = true
        channel.watched.update { $0.reachedEndOfFile = true }
        return true
    }

    private func keep(_ bytes: UnsafeRawBufferPointer, of stream: NativeChannel.Stream) {
        channel.watched.update { state in
            if stream == .output {
                unsafe state.output.append(bytes)
            } else if !channel.dropsErrors {
                unsafe state.errors.append(bytes)
            }
        }
    }

    private func writeAll() -> Bool {
        guard !endOfFileSent else { return false }
        var moved = false
        while wire.takesMore {
            let (count, finished) = channel.watched.updateQuietly { state in
                let count = unsafe state.input.withFront(limit: Self.pieceSize) { front in
                    unsafe front.isEmpty ? 0 : native.write(front)
                }
                if count > 0 { state.input.drop(count) }
                return (count, state.inputFinished && state.input.isEmpty)
            }
            if count > 0 { moved = true }
            if count < 0, count != Int(LibSSH2Code.again) {
                refuseInput()
                return true
            }
            if finished, native.sendEndOfFile() != LibSSH2Code.again {
                endOfFileSent = true
                moved = true
                break
            }
            if count <= 0 { break }
        }
        // Lets the tasks look again that wait for room.
        if moved { channel.watched.update { _ in } }
        return moved
    }

    private func refuseInput() {
        endOfFileSent = true
        channel.watched.update { state in
            state.inputRefused = true
            state.input.removeAll()
        }
    }

    private func close() -> Bool {
        guard endOfFileSeen, native.waitClosed() == 0 else { return false }
        if let bridge {
            // What the other end of the bridge has not taken yet is still to be delivered.
            guard channel.watched.read({ $0.output.isEmpty }) || bridge.isBroken else { return false }
        }
        let signal = native.exitSignal
        finish(.closed(status: native.exitStatus, signal: signal))
        return true
    }
}
