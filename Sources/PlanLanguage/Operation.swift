package import EnsembleModel

/// The smallest pieces that steps are made of. Each step kind lowers to these; what an operation does to the planned
/// state (`effect`), how it is shown, how it is carried out and how it is undone is defined once for each of them, so that preview,
/// verification, execution and rollback can't disagree.
package enum Operation: Sendable, Hashable {
    case require([Condition])
    case wait([Condition], limit: Duration)
    case rollbackPoint(String)
    case confirm(String)
    case stop(ServerName, limit: Duration)
    case start(ServerName, settle: Settle, limit: Duration)
    case setMyid(ServerName, ServerID)
    case editFile(EditTarget, TextEdit)
    case putFile(EditTarget, content: PutContent, mode: UInt16?)
    case install(ServerName, archive: String, sha256: String)
    case clearData(ServerName)
    case copyData(from: ServerName, to: ServerName)
    case persistZnodes(through: ServerName, from: String, under: String?)
    case reconfig(through: ServerName, add: [String], remove: [ServerID])
    case command(CommandOperation)
}

/// How far a started server must have come before the next operation begins.
package enum Settle: String, Sendable, Hashable, CaseIterable {
    case none, running
    /// The server itself answers as leader, follower or observer, the one leader counts it as synced, and a write
    /// committed since can be read through it.
    case serving
}

package enum EditTarget: Sendable, Hashable {
    case config(ServerName)
    /// Relative to the installation's home, or absolute.
    case file(ServerName, path: String)

    package var server: ServerName {
        switch self {
        case .config(let server), .file(let server, _): server
        }
    }
}

/// A change to a properties or shell file, or to zoo.cfg, that leaves every other byte as it is.
package struct TextEdit: Sendable, Hashable {
    package struct Replacement: Sendable, Hashable {
        /// A regular expression that must match exactly once; where `with` is there already and it does not match, the edit is done.
        package var match: String
        package var with: String

        package init(match: String, with: String) {
            self.match = match
            self.with = with
        }
    }

    package enum Dropped: String, Sendable { case remove, comment }

    /// In the order of the plan.
    package var set: [KeyValue] = []
    package var remove: [String] = []
    package var comment: [String] = []
    /// The `server.N` lines are made exactly this set.
    package var members: [ServerID: MemberAddress]?
    package var dropped: Dropped = .remove
    package var replace: [Replacement] = []
    /// Lines put at the end unless the file holds them already.
    package var append: [String] = []

    package init() {}

    package struct KeyValue: Sendable, Hashable {
        package var key: String
        package var value: String

        package init(key: String, value: String) {
            self.key = key
            self.value = value
        }
    }
}

package enum PutContent: Sendable, Hashable {
    case text(String)
    /// A file beside the plan; its sum was taken when the plan was resolved.
    case file(path: String, sha256: String)
}

package enum EnvironmentValue: Sendable, Hashable {
    case text(String)
    /// The value of this variable of the operator's own environment, which is shown and written nowhere.
    case secret(variable: String)
}

/// A shell command on a host, with how to undo it and how to see that it is already done. `check` and `undo` get the same arguments.
package struct CommandOperation: Sendable, Hashable {
    package var host: String
    /// What the preview says of it, such as `sysctl net.core.somaxconn=1024`.
    package var title: String
    package var script: String
    package var arguments: [String]
    /// Exits with 0 where nothing remains to be done.
    package var check: String?
    package var undo: String?
    /// Variables that all three get, by name.
    package var environment: [String: EnvironmentValue] = [:]

    package init(
        host: String, title: String, script: String, arguments: [String] = [], check: String? = nil, undo: String? = nil
    ) {
        self.host = host
        self.title = title
        self.script = script
        self.arguments = arguments
        self.check = check
        self.undo = undo
    }
}
