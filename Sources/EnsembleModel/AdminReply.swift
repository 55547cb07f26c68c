import FoundationEssentials

/// Why an answer of the AdminServer can't be used.
package enum AdminReplyError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Not the JSON that the command answers with.
    case unreadable(command: String)
    /// The server answered with an error, such as that it isn't serving: HTTP says 200 all the same.
    case serverSaid(String)

    package var description: String {
        switch self {
        case .unreadable(let command): "The AdminServer's answer to \(command) is not the JSON that it answers with."
        case .serverSaid(let sentence): "The AdminServer says: \(sentence)."
        }
    }

    package var isNotServing: Bool {
        self == .serverSaid("This ZooKeeper instance is not currently serving requests")
    }
}

/// Reads answers of the AdminServer's commands (3.5 and later), `GET /commands/<name>`.
package enum AdminReply {
    package struct Srvr: Sendable, Hashable {
        package var version: Version?
        package var mode: Mode?
        package var zxid: Zxid?
        package var connections: Int?
        package var outstanding: Int?
        package var nodeCount: Int?
        /// Milliseconds.
        package var averageLatency: Double?
    }

    package struct ZabState: Sendable, Hashable {
        package var myid: ServerID?
        package var isLeader: Bool?
        package var voting: Bool
        package var lastZxid: Zxid?
        /// Such as `broadcast`; empty while the server looks for a leader.
        package var state: String
    }

    package struct Leader: Sendable, Hashable {
        package var isLeader: Bool
        package var leaderID: ServerID?
        package var leaderAddress: String?
    }

    package static func srvr(_ bytes: [UInt8]) throws(AdminReplyError) -> Srvr {
        let json = try decode(SrvrJSON.self, from: bytes, command: "srvr")
        let stats = json.serverStats
        return Srvr(
            version: json.version.flatMap { Version($0) }, mode: stats.serverState.flatMap(Mode.init(rawValue:)),
            zxid: stats.lastProcessedZxid.map { Zxid(UInt64(bitPattern: $0)) },
            connections: stats.numAliveClientConnections, outstanding: stats.outstandingRequests,
            nodeCount: json.nodeCount, averageLatency: stats.avgLatency)
    }

    package static func zabState(_ bytes: [UInt8]) throws(AdminReplyError) -> ZabState {
        let json = try decode(ZabStateJSON.self, from: bytes, command: "zabstate")
        return ZabState(
            myid: json.myid.map(ServerID.init), isLeader: json.isLeader, voting: json.voting ?? false,
            lastZxid: json.lastZxid.flatMap { Zxid(hexadecimal: $0) }, state: json.zabstate)
    }

    package static func leader(_ bytes: [UInt8]) throws(AdminReplyError) -> Leader {
        let json = try decode(LeaderJSON.self, from: bytes, command: "leader")
        return Leader(
            isLeader: json.isLeader, leaderID: json.leaderID.map(ServerID.init), leaderAddress: json.leaderIP)
    }

    /// The names come without `zk_`; here they get it, so that the values are read as those of mntr.
    package static func monitor(_ bytes: [UInt8]) throws(AdminReplyError) -> MntrReply {
        let json = try decode([String: ScalarJSON].self, from: bytes, command: "monitor")
        var raw: [String: String] = [:]
        for (name, value) in json where name != "command" && name != "error" { raw["zk_" + name] = value.text }
        return MntrReply(raw: raw)
    }

    private struct ErrorJSON: Decodable {
        var error: String?
    }

    private static func decode<Reply: Decodable>(
        _ type: Reply.Type, from bytes: [UInt8], command: String
    ) throws(AdminReplyError) -> Reply {
        let decoder = JSONDecoder()
        let data = Data(bytes)
        if let sentence = try? decoder.decode(ErrorJSON.self, from: data).error { throw .serverSaid(sentence) }
        do {
            return try decoder.decode(type, from: data)
        } catch {
            throw .unreadable(command: command)
        }
    }
}

private struct SrvrJSON: Decodable {
    struct Stats: Decodable {
        var serverState: String?
        /// Decimal, unlike everywhere else.
        var lastProcessedZxid: Int64?
        var numAliveClientConnections: Int?
        var outstandingRequests: Int?
        var avgLatency: Double?

        enum CodingKeys: String, CodingKey {
            case serverState = "server_state"
            case lastProcessedZxid = "last_processed_zxid"
            case numAliveClientConnections = "num_alive_client_connections"
            case outstandingRequests = "outstanding_requests"
            case avgLatency = "avg_latency"
        }
    }

    var version: String?
    var nodeCount: Int?
    var serverStats: Stats

    enum CodingKeys: String, CodingKey {
        case version
        case nodeCount = "node_count"
        case serverStats = "server_stats"
    }
}

private struct ZabStateJSON: Decodable {
    var myid: Int?
    var isLeader: Bool?
    var voting: Bool?
    var lastZxid: String?
    var zabstate: String

    enum CodingKeys: String, CodingKey {
        case myid, voting, zabstate
        case isLeader = "is_leader"
        case lastZxid = "last_zxid"
    }
}

private struct LeaderJSON: Decodable {
    var isLeader: Bool
    var leaderID: Int?
    var leaderIP: String?

    enum CodingKeys: String, CodingKey {
        case isLeader = "is_leader"
        case leaderID = "leader_id"
        case leaderIP = "leader_ip"
    }
}

/// A number, word or truth value as text; anything else has none.
private struct ScalarJSON: Decodable {
    var text: String?

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let word = try? container.decode(String.self) {
            text = word
        } else if let truth = try? container.decode(Bool.self) {
            text = String(truth)
        } else if let number = try? container.decode(Int64.self) {
            text = String(number)
        } else if let number = try? container.decode(Double.self) {
            text = String(number)
        }
    }
}
