/// What `srvr` answers, and the same lines of `stat`.
package struct SrvrReply: Sendable, Hashable {
    /// Milliseconds. 3.6 and later print the average with a fraction.
    package struct Latency: Sendable, Hashable {
        package var min: Double
        package var avg: Double
        package var max: Double
    }

    /// nil where the server's build hides it.
    package var version: Version?
    package var mode: Mode
    package var zxid: Zxid?
    package var connections: Int?
    package var outstanding: Int?
    package var received: Int?
    package var sent: Int?
    package var latency: Latency?
    package var nodeCount: Int?

    /// nil where no `Mode:` line says what the server is.
    package init?(_ text: String) {
        var fields: [String: String] = [:]
        for line in lines(of: text) {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let name = String(line[..<colon])
            if fields[name] == nil { fields[name] = trimmed(line[line.index(after: colon)...]) }
        }
        guard let mode = fields["Mode"].flatMap(Mode.init(rawValue:)) else { return nil }
        self.mode = mode
        version = fields["Zookeeper version"].flatMap { Version($0) }
        zxid = fields["Zxid"].flatMap { Zxid(hexadecimal: $0) }
        connections = fields["Connections"].flatMap { Int(told: $0) }
        outstanding = fields["Outstanding"].flatMap { Int(told: $0) }
        received = fields["Received"].flatMap { Int(told: $0) }
        sent = fields["Sent"].flatMap { Int(told: $0) }
        nodeCount = fields["Node count"].flatMap { Int(told: $0) }
        latency = fields["Latency min/avg/max"].flatMap(Self.latency)
    }

    private static func latency(_ text: String) -> Latency? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Double($0) }
        guard parts.count == 3, let min = parts[0], let avg = parts[1], let max = parts[2] else { return nil }
        return Latency(min: min, avg: avg, max: max)
    }
}
