import Glibc

/// Chooses the X of a lab's addresses 127.0.X.Y.
enum LabAddresses {
    static func address(_ topology: LabTopology, subnet: Int, of host: LabTopology.Host) -> String {
        let ending = topology.addressEnding(of: host)
        return topology.separatesHosts
            ? LabNetwork.address(subnet: subnet, ending: ending) : "127.0.\(subnet).\(ending)"
    }

    /// A subnet, and the lock that keeps other labs from choosing it until this one's servers hold its ports.
    struct Claim: Sendable {
        var subnet: Int
        var lock: FileLock
    }

    /// The first subnet at or after the one that the name leads to where every port of every host is free.
    ///
    /// - Parameter locks: a directory for the locks.
    /// - Throws: `addressTaken` where the topology asks for one subnet and it isn't free.
    static func choose(_ topology: LabTopology, preferred: Int?, locks: String) throws(LabError) -> Claim {
        try LabFiles.makeDirectory(locks)
        if let wanted = topology.subnet {
            let lock = try lock(wanted, locks)
            let taken = firstTaken(topology, subnet: wanted)
            if let lock, taken == nil { return Claim(subnet: wanted, lock: lock) }
            throw LabError(
                .addressTaken,
                "\(taken ?? "127.0.\(wanted)") is in use by another process; end it (another lab? `zkops lab down "
                    + "--name`), or leave out the subnet")
        }
        // 127.0.0 and 127.0.1 belong to the machine's own services (localhost, the hostname in Debian's /etc/hosts).
        let first = Int(fnv1a(topology.name) % 250)
        let candidates = [preferred].compactMap { $0 } + (0..<250).map { 4 + (first + $0) % 250 }
        for subnet in candidates {
            if let lock = try lock(subnet, locks), firstTaken(topology, subnet: subnet) == nil {
                return Claim(subnet: subnet, lock: lock)
            }
        }
        throw LabError(.addressTaken, "no addresses of 127.0.4.0 to 127.0.253.0 are free; end other labs")
    }

    private static func lock(_ subnet: Int, _ locks: String) throws(LabError) -> FileLock? {
        try FileLock.take(orNilOn: "\(locks)/127.0.\(subnet)")
    }

    /// `127.0.X.Y:PORT` of the first port that can't be bound.
    private static func firstTaken(_ topology: LabTopology, subnet: Int) -> String? {
        // Addresses of namespaces are free where nobody made their bridge.
        if topology.separatesHosts {
            return LabFiles.exists("/sys/class/net/zkb\(subnet)") ? "the bridge zkb\(subnet)" : nil
        }
        let ports = topology.ports
        for host in topology.hosts {
            let address = address(topology, subnet: subnet, of: host)
            var needed = [ports.client, ports.quorum, ports.election]
            if topology.hasSSH { needed.append(ports.ssh) }
            if topology.hasAdminServer { needed.append(ports.admin) }
            for port in needed where !canBind(address, port) { return "\(address):\(port)" }
        }
        return nil
    }

    private static func canBind(_ address: String, _ port: UInt16) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var yes: Int32 = 1
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        guard let place = SocketAddress(address, port) else { return false }
        // SO_REUSEADDR lets a port be bound that another socket listens on only when neither listens yet.
        return unsafe place.withPointer { unsafe bind(descriptor, $0, $1) == 0 } && listen(descriptor, 1) == 0
    }

    private static func fnv1a(_ text: String) -> UInt32 {
        text.utf8.reduce(2_166_136_261) { ($0 ^ UInt32($1)) &* 16_777_619 }
    }
}

/// An IPv4 address and port in the form of the socket calls.
struct SocketAddress {
    private var value = sockaddr_in()

    init?(_ address: String, _ port: UInt16) {
        value.sin_family = sa_family_t(AF_INET)
        value.sin_port = port.bigEndian
        guard unsafe inet_pton(AF_INET, address, &value.sin_addr) == 1 else { return nil }
    }

    func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        var copy = value
        return unsafe withUnsafeMutablePointer(to: &copy) { pointer in
            unsafe UnsafeRawPointer(pointer).withMemoryRebound(to: sockaddr.self, capacity: 1) { rebound in
                unsafe body(rebound, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
