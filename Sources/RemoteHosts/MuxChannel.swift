import CLibSSH2
import Glibc

/// One channel over the control socket of an `ssh` process, moved by a thread of its own.
///
/// The protocol is PROTOCOL.mux of OpenSSH's sources: three descriptors go to the process, which says by messages whether
/// the channel was opened and with which status its command ended. So nothing has to be guessed from `ssh`'s own exit.
@safe
final class MuxChannel {
    private enum Message {
        static let hello: UInt32 = 0x0000_0001
        static let newSession: UInt32 = 0x1000_0002
        static let newForward: UInt32 = 0x1000_0008
        static let permissionDenied: UInt32 = 0x8000_0002
        static let failure: UInt32 = 0x8000_0003
        static let exit: UInt32 = 0x8000_0004
        static let opened: UInt32 = 0x8000_0006
    }

    private static let pieceSize = 64 << 10

    private let channel: SSHChannel
    private let socketPath: String
    private let wakeUp: WakeUp
    private var control: Int32 = -1
    /// Ours of the three streams' pairs, -1 once closed.
    private var streams: [Int32] = [-1, -1, -1]
    private var inbox: [UInt8] = []
    private var status: Int32?
    private var buffer = [UInt8](repeating: 0, count: MuxChannel.pieceSize)

    init(_ channel: SSHChannel, socket: String, wakeUp: WakeUp) {
        self.channel = channel
        socketPath = socket
        self.wakeUp = wakeUp
    }

    /// Runs until the channel has ended, and sets its end.
    func run() {
        channel.watched.update { $0.phase = .opening }
        let end = connectControl() && ask() ? move() : .lost(beforeStart: true)
        for descriptor in streams + [control] where descriptor >= 0 { _ = Glibc.close(descriptor) }
        channel.watched.update { state in
            state.phase = .ended(end)
            state.input.removeAll()
        }
    }

    // MARK: Opening

    private func connectControl() -> Bool {
        control = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = Array(socketPath.utf8)
        guard control >= 0, path.count < 108 else { return false }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path) }
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(control, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
    }

    /// Sends the request and the other ends of the streams.
    private func ask() -> Bool {
        var hello = WireWriter()
        hello.uint32(Message.hello)
        hello.uint32(4)
        var request = WireWriter()
        let count: Int
        switch channel.kind {
        case .command(let line):
            request.uint32(Message.newSession)
            request.uint32(0)
            request.text("")
            // No terminal, X11, agent or subsystem, and no escape character.
            for value: UInt32 in [0, 0, 0, 0, 0xFFFF_FFFF] { request.uint32(value) }
            request.text("")
            request.text(line)
            count = 3
        case .tunnel(let address, let port):
            request.uint32(Message.newForward)
            request.uint32(0)
            request.text("")
            request.text(address)
            request.uint32(UInt32(port))
            count = 2
        case .bridge: return false
        }
        guard send(hello.bytes), send(request.bytes) else { return false }
        for index in 0..<count {
            var ends: [Int32] = [0, 0]
            guard ChildProcess.pair(&ends) else { return false }
            streams[index] = ends[0]
            defer { _ = Glibc.close(ends[1]) }
            guard zkops_send_descriptor(control, ends[1]) == 1 else { return false }
        }
        return true
    }

    private func send(_ message: [UInt8]) -> Bool {
        var packet = WireWriter()
        packet.string(message)
        var rest = packet.bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { bytes in
                unsafe Glibc.send(control, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    // MARK: Moving

    private func move() -> SSHChannel.End {
        while true {
            let (held, input, finished, abandoned) = channel.watched.read {
                (max($0.output.count, $0.errors.count), $0.input.count, $0.inputFinished, $0.abandoned)
            }
            if abandoned { return .abandoned }
            let isOpen = channel.watched.read { $0.phase == .open }
            if isOpen, finished, input == 0 { drop(0) }
            if isOpen, streams[1] < 0, streams[2] < 0, !channel.watched.read({ $0.reachedEndOfFile }) {
                channel.watched.update { $0.reachedEndOfFile = true }
            }
            if control < 0, streams[1] < 0, streams[2] < 0 { return ended() }
            let reads = held < SSHChannel.holds
            var waits = [
                pollfd(fd: wakeUp.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: control, events: Int16(POLLIN), revents: 0),
                pollfd(fd: isOpen && input > 0 ? streams[0] : -1, events: Int16(POLLOUT), revents: 0),
                pollfd(fd: isOpen && reads ? streams[1] : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: isOpen && reads ? streams[2] : -1, events: Int16(POLLIN), revents: 0),
            ]
            guard unsafe poll(&waits, 5, -1) >= 0 || errno == EINTR else { return .abandoned }
            if waits[0].revents != 0 {
                var count: UInt64 = 0
                _ = unsafe Glibc.read(wakeUp.descriptor, &count, 8)
            }
            if waits[3].revents != 0 { receive(1) }
            if waits[4].revents != 0 { receive(2) }
            if waits[2].revents != 0 { give() }
            if waits[1].revents != 0, let end = listen() { return end }
        }
    }

    /// Reads messages. An end is given where the channel never opened.
    private func listen() -> SSHChannel.End? {
        let count = unsafe recv(control, &buffer, buffer.count, 0)
        guard count > 0 else {
            _ = Glibc.close(control)
            control = -1
            // The request may have reached the server.
            return channel.watched.read { $0.phase == .open } ? nil : .lost(beforeStart: false)
        }
        inbox.append(contentsOf: buffer[..<count])
        while true {
            var reader = WireReader(inbox)
            guard let bytes = reader.string() else { return nil }
            inbox.removeFirst(bytes.count + 4)
            var message = WireReader(bytes)
            let kind = message.uint32()
            _ = message.uint32()
            switch kind {
            case Message.opened: channel.watched.update { $0.phase = .open }
            case Message.exit: status = message.uint32().map { Int32(truncatingIfNeeded: $0) }
            case Message.failure, Message.permissionDenied: return .refused(message.text() ?? "")
            default: break
            }
        }
    }

    private func receive(_ stream: Int) {
        let count = unsafe recv(streams[stream], &buffer, buffer.count, Int32(MSG_DONTWAIT))
        if count > 0 {
            let piece = buffer[..<count]
            channel.watched.update { state in
                if stream == 1 { state.output.append(piece) } else { state.errors.append(piece) }
            }
        } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
            drop(stream)
        }
    }

    private func give() {
        let descriptor = streams[0]
        let broken = channel.watched.update { state -> Bool in
            let sent = unsafe state.input.withFront(limit: Self.pieceSize) { front in
                unsafe Glibc.send(
                    descriptor, front.baseAddress, front.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            }
            if sent > 0 { state.input.drop(sent) }
            guard sent < 0, errno != EAGAIN, errno != EINTR else { return false }
            state.inputRefused = true
            state.input.removeAll()
            return true
        }
        if broken { drop(0) }
    }

    private func drop(_ stream: Int) {
        guard streams[stream] >= 0 else { return }
        _ = Glibc.close(streams[stream])
        streams[stream] = -1
    }

    /// Both streams and the control connection have ended: the command has, or the process that carried it.
    private func ended() -> SSHChannel.End {
        // 255 is what the process makes of a channel that was closed without a status.
        if let status, status != 255 { return .closed(status: status, signal: nil) }
        guard connectControl() else { return .lost(beforeStart: false) }
        return .closed(status: status ?? 0, signal: nil)
    }
}
