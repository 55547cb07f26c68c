package import EnsembleModel
package import RemoteHosts

/// One remote command as it went, for the log of its host.
package struct CommandRecord: Sendable, Equatable {
    package var host: String
    package var server: ServerName?
    /// What was done, such as `start`; the script of that name is the same on every call.
    package var name: String
    /// Whether it changed nothing.
    package var isLook: Bool
    package var arguments: [String]
    package var end: CommandEnd
    package var output: String
    package var errors: String
    package var took: Duration
}

/// Gets every remote command after its end. It is called from the task that ran the command, so it must be quick.
package typealias CommandRecorder = @Sendable (CommandRecord) -> Void
