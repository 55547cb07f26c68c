/// How long each phase of a connection may take, and other numbers of it.
package struct SSHLimits: Sendable, Equatable {
    /// From the server's identification line to the end of the key exchange.
    package var keyExchange: Duration = .seconds(15)
    /// A server that looks up its clients' names (`UseDNS yes`) without a working resolver takes 17 s here.
    package var authentication: Duration = .seconds(45)
    /// After this long without a byte from the server, it is asked for one.
    package var keepaliveInterval: Duration = .seconds(5)
    /// After this long without an answer to that question, the server counts as dead.
    package var silence: Duration = .seconds(15)
    /// How long a channel may wait behind another one that is being opened, before a second connection is made.
    package var slowOpening: Duration = .seconds(1)
    /// How often a connection is tried that the server drops before its first line (`MaxStartups`).
    package var attempts = 8
    /// The socket's send buffer in bytes, the system's where nil.
    package var sendBuffer: Int32?

    package init() {}
}
