/// A socket's end as /proc/net/tcp writes it: hexadecimal, an IPv4 address with its bytes reversed, `0100007F:1F90`.
package enum SocketPlace {
    /// Whether it is this address and port; a wildcard, and a name instead of an address, match by the port alone.
    package static func matches(_ place: String, _ address: String, _ port: Int) -> Bool {
        let parts = place.split(separator: ":")
        guard parts.count == 2, Int(parts[1], radix: 16) == port else { return false }
        let hex = String(parts[0]).uppercased()
        if hex.allSatisfy({ $0 == "0" }) { return true }
        guard let bytes = ipv4Bytes(address) else { return true }
        let own = bytes.reversed().map { ($0 < 16 ? "0" : "") + String($0, radix: 16).uppercased() }.joined()
        // An IPv4 address in an IPv6 socket stands at the end, after FFFF.
        return hex == own || (hex.count == 32 && hex.hasSuffix("FFFF0000" + own))
    }

    /// `10.0.0.5` of `0500000A`, and of the same in an IPv6 socket; another IPv6 address as it stands.
    package static func address(_ hexadecimal: some StringProtocol) -> String {
        let hex = hexadecimal.uppercased()
        let isMapped = hex.count == 32 && hex.hasPrefix("0000000000000000FFFF0000")
        guard hex.count == 8 || isMapped, let number = UInt32(hex.suffix(8), radix: 16) else { return hex }
        return (0..<4).map { String(number >> (8 * UInt32($0)) & 0xff) }.joined(separator: ".")
    }

    private static func ipv4Bytes(_ address: String) -> [Int]? {
        let parts = address.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 4, parts.allSatisfy({ $0.map { (0...255).contains($0) } ?? false }) else { return nil }
        return parts.map { $0! }
    }
}
