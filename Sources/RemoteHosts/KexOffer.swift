import Glibc

/// What a server offers in its first message (SSH_MSG_KEXINIT, RFC 4253, section 7.1), which every server sends in the
/// clear. libssh2 says only that there is nothing in common; this says what there is.
struct KexOffer: Sendable, Equatable {
    /// In the order of ``NativeSession/Method``.
    var lists: [[String]]

    /// Asks on a connection of its own. Nil where the server gives no such message. Blocks the calling thread.
    static func ask(_ plan: TransportPlan) -> KexOffer? {
        let wakeUp = WakeUp()
        let dialler = SocketDialler(plan: plan, wakeDescriptor: wakeUp.descriptor, isStopped: { false })
        guard let descriptor = try? dialler.dial() else { return nil }
        defer { _ = close(descriptor) }
        let greeting = Array("SSH-2.0-zkops\r\n".utf8)
        _ = unsafe send(descriptor, greeting, greeting.count, Int32(MSG_NOSIGNAL))
        var bytes: [UInt8] = []
        let deadline = ContinuousClock.now + .seconds(5)
        while ContinuousClock.now < deadline {
            if let offer = parse(bytes) { return offer }
            var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            _ = unsafe poll(&wait, 1, 500)
            guard wait.revents != 0 else { continue }
            var piece = [UInt8](repeating: 0, count: 16 << 10)
            let count = unsafe recv(descriptor, &piece, piece.count, 0)
            guard count > 0, bytes.count < 256 << 10 else { return parse(bytes) }
            bytes.append(contentsOf: piece[..<count])
        }
        return nil
    }

    /// Reads the identification line, lines before it, and the first packet after it. Nil where more is needed.
    static func parse(_ bytes: [UInt8]) -> KexOffer? {
        var rest = bytes[...]
        while let end = rest.firstIndex(of: 10) {
            let isIdentification = rest.starts(with: Array("SSH-".utf8))
            rest = rest[(end + 1)...]
            guard isIdentification else { continue }
            var packet = WireReader(rest)
            guard let length = packet.uint32(), let padding = packet.byte(), length > UInt32(padding) + 1,
                let payload = packet.bytes(Int(length) - 1)
            else { return nil }
            var message = WireReader(payload)
            guard message.byte() == 20, message.bytes(16) != nil else { return nil }
            var lists: [[String]] = []
            for _ in NativeSession.Method.allCases {
                guard let list = message.text() else { return nil }
                lists.append(list.split(separator: ",").map(String.init))
            }
            return KexOffer(lists: lists)
        }
        return nil
    }

    /// Names each method of which the server has none that libssh2 has; nil where nothing is missing.
    func mismatch() -> String? {
        guard let session = NativeSession(wire: Wire(descriptor: -1)) else { return nil }
        return mismatch(supported: session.supported)
    }

    func mismatch(supported: (NativeSession.Method) -> [String]) -> String? {
        var sentences: [String] = []
        for method in NativeSession.Method.allCases where method != .cipherToClient && method != .macToClient {
            let offered = lists[Int(method.rawValue)]
            let known = supported(method)
            guard !offered.contains(where: known.contains) else { continue }
            sentences.append(
                "Of the \(method.words) the server offers \(offered.joined(separator: ", ")), supported here are "
                    + "\(known.joined(separator: ", ")): allow one of them there (\(method.keyword) in sshd_config).")
        }
        return sentences.isEmpty ? nil : sentences.joined(separator: " ")
    }
}

extension NativeSession.Method {
    fileprivate var words: String {
        switch self {
        case .keyExchange: "key exchanges"
        case .hostKey: "host key types"
        case .cipherToServer, .cipherToClient: "ciphers"
        case .macToServer, .macToClient: "MACs"
        }
    }

    fileprivate var keyword: String {
        switch self {
        case .keyExchange: "KexAlgorithms"
        case .hostKey: "HostKey and HostKeyAlgorithms"
        case .cipherToServer, .cipherToClient: "Ciphers"
        case .macToServer, .macToClient: "MACs"
        }
    }
}
