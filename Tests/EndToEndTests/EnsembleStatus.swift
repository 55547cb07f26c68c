import Foundation

/// `ensemble status --format json`, as far as the tests ask.
struct EnsembleStatus: Decodable {
    struct Server: Decodable {
        var server: String
        var running: Bool
        var mode: String?
        var version: String?
        var syncedFollowers: Int?

        private enum CodingKeys: String, CodingKey {
            case server, running, mode, version
            case syncedFollowers = "synced_followers"
        }
    }

    var quorum: Bool
    var leader: String?
    var servers: [Server]

    var running: [String] { servers.filter(\.running).map(\.server) }

    func mode(of server: String) -> String? { find(server)?.mode }
    func version(of server: String) -> String? { find(server)?.version }
    func syncedFollowers(of server: String) -> Int? { find(server)?.syncedFollowers }

    private func find(_ name: String) -> Server? { servers.first { $0.server == name } }
}
