import Glibc

/// Resolves a name and connects, address after address, within one limit.
///
/// Runs on the connection's own thread: the resolver can't be interrupted, and takes 10 s when its server is gone.
struct SocketDialler {
    let plan: TransportPlan
    let wakeDescriptor: Int32
    let isStopped: () -> Bool

    func dial() throws(ConnectFailure) -> Int32 {
        if case .bridged(let descriptor) = plan.route { return descriptor }
        let deadline = ContinuousClock.now + plan.connectLimit
        let addresses = try SocketAddress.resolve(plan.address, port: plan.port, for: plan)
        var last = ConnectFailure(plan.error(.addressNotFound, "The name «\(plan.address)» has no address."))
        for (index, address) in addresses.enumerated() {
            let rest = deadline - .now
            let share = rest / (addresses.count - index)
            do {
                return try connect(to: address, until: .now + share)
            } catch {
                if error.error.code == .cancelled { throw error }
                last = error
            }
        }
        throw last
    }

    private func connect(to address: SocketAddress, until deadline: ContinuousClock.Instant) throws(ConnectFailure)
        -> Int32
    {
        let descriptor = socket(
            address.family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue),
            0)
        guard descriptor >= 0 else { throw failure(errno) }
        setOptions(descriptor)
        let code = unsafe address.withPointer { pointer, length in
            unsafe Glibc.connect(descriptor, pointer, length) == 0 ? 0 : errno
        }
        do throws(ConnectFailure) {
            if code == EINPROGRESS {
                try waitConnected(descriptor, until: deadline)
            } else if code != 0 {
                throw failure(code)
            }
            return descriptor
        } catch {
            _ = Glibc.close(descriptor)
            throw error
        }
    }

    private func waitConnected(_ descriptor: Int32, until deadline: ContinuousClock.Instant) throws(ConnectFailure) {
        while true {
            if isStopped() { throw ConnectFailure(plan.error(.cancelled, "Connecting was cancelled.")) }
            let rest = deadline - .now
            if rest <= .zero {
                throw ConnectFailure(plan.noAnswer)
            }
            var waits = [
                pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0),
                pollfd(fd: wakeDescriptor, events: Int16(POLLIN), revents: 0),
            ]
            let milliseconds = min(rest / .milliseconds(1) + 1, 1_000_000)
            _ = unsafe poll(&waits, 2, Int32(milliseconds))
            if waits[0].revents == 0 { continue }
            var code: Int32 = 0
            var length = socklen_t(MemoryLayout<Int32>.size)
            unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length)
            if code != 0 { throw failure(code) }
            return
        }
    }

    private func setOptions(_ descriptor: Int32) {
        var on: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        // Without it Nagle's algorithm and delayed acknowledgements make a command take 44 ms instead of 2.
        unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, size)
        if var bytes = plan.limits.sendBuffer { unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &bytes, size) }
    }

    private func failure(_ code: Int32) -> ConnectFailure {
        if code == ECONNREFUSED {
            let text = "\(plan.place) refused the connection: nothing listens there, or a firewall says no."
            return ConnectFailure(plan.error(.connectionRefused, text))
        }
        if code == ECONNRESET {
            // Dropped as soon as it was accepted, as above MaxStartups.
            return ConnectFailure(
                plan.error(.connectionLost, "\(plan.place) ended the connection at once."), cure: .tryAgain)
        }
        let reason = unsafe String(cString: strerror(code))
        return ConnectFailure(plan.error(.connectTimedOut, "\(plan.place) can't be reached: \(reason)."))
    }
}

extension TransportPlan {
    /// Whether no name server has to be asked.
    var hasNumericAddress: Bool { address.contains(":") || address.allSatisfy { $0.isNumber || $0 == "." } }

    /// The limit for connecting has passed.
    var noAnswer: HostError {
        let names = hasNumericAddress ? "" : " the name server,"
        return error(
            .connectTimedOut,
            "\(place) did not answer within \(connectLimit): check the address,\(names) the host and the firewalls between "
                + "here and there.")
    }
}

/// A socket address of either family.
struct SocketAddress: Sendable {
    let family: Int32
    private let bytes: [UInt8]

    /// Numbers are taken as they are; names go through the system's resolver.
    static func resolve(_ name: String, port: UInt16, for plan: TransportPlan) throws(ConnectFailure) -> [SocketAddress]
    {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_ADDRCONFIG
        if plan.hasNumericAddress {
            unsafe hints.ai_flags = AI_NUMERICHOST
        }
        var list: UnsafeMutablePointer<addrinfo>?
        let code = unsafe getaddrinfo(name, String(port), &hints, &list)
        guard code == 0 else {
            let reason = unsafe String(cString: gai_strerror(code))
            throw ConnectFailure(
                plan.error(.addressNotFound, "The address «\(name)» was not found (\(reason)): correct the inventory."))
        }
        defer { unsafe freeaddrinfo(list) }
        var addresses: [SocketAddress] = []
        var next = unsafe list
        while let entry = unsafe next?.pointee {
            if let address = unsafe entry.ai_addr {
                let raw = unsafe UnsafeRawBufferPointer(start: address, count: Int(entry.ai_addrlen))
                unsafe addresses.append(SocketAddress(family: entry.ai_family, bytes: Array(raw)))
            }
            unsafe next = entry.ai_next
        }
        return addresses
    }

    /// Lends the address in C's form.
    func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        unsafe bytes.withUnsafeBytes { raw in
            var storage = sockaddr_storage()
            return unsafe withUnsafeMutableBytes(of: &storage) { target in
                unsafe target.copyMemory(from: raw)
                let pointer = unsafe target.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: sockaddr.self)
                return unsafe body(pointer, socklen_t(raw.count))
            }
        }
    }
}
