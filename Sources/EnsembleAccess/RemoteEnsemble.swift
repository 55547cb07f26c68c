package import EnsembleModel
package import RemoteHosts

/// An ensemble looked at and changed over SSH.
///
/// Hosts are worked on side by side. A look that loses its connection is repeated once on a new one; a change never is: what
/// became of it is `outcomeUnknown`, and whoever asked for it looks.
package final class RemoteEnsemble: EnsembleControl {
    let places: [ServerName: ServerPlace]
    let endpoints: [String: Endpoint]
    let connector: any HostConnector
    let record: CommandRecorder?
    /// Names probe znodes.
    let random: @Sendable () -> UInt64
    let sessions: HostSessions
    let memory = ServerMemory()
    /// One four letter word at a time a server: each is a connection that counts against its limit (maxClientCnxns).
    let turns = Turns<ServerName>()
    /// One half-closed connection at a time to a server's election port.
    let doubts = Turns<ServerName>()

    package init(
        places: [ServerName: ServerPlace], endpoints: [String: Endpoint], connector: any HostConnector,
        record: CommandRecorder?, random: @escaping @Sendable () -> UInt64 = { UInt64.random(in: 0 ... .max) }
    ) {
        self.places = places
        self.endpoints = endpoints
        self.connector = connector
        self.record = record
        self.random = random
        sessions = HostSessions(endpoints: endpoints, connector: connector)
    }

    /// Closes the sessions; the connector is its maker's to close.
    package func close() async {
        await sessions.close()
    }

    func place(_ server: ServerName) throws(AccessError) -> ServerPlace {
        guard let place = places[server] else {
            throw AccessError(
                .configurationInvalid, host: server.host, server: server, "the inventory has no server of this name")
        }
        return place
    }
}
