package import EnsembleModel

/// What an ensemble is wanted to be, for `plan new reach`. What it leaves open stays as it is.
package struct Target: Sendable, Hashable {
    /// The hosts of all participants.
    package var members: [String]?
    /// The hosts of all observers.
    package var observers: [String]?
    package var version: Version?
    /// Keys of zoo.cfg and their values.
    package var settings: [TextEdit.KeyValue]

    package init(
        members: [String]? = nil, observers: [String]? = nil, version: Version? = nil,
        settings: [TextEdit.KeyValue] = []
    ) {
        self.members = members
        self.observers = observers
        self.version = version
        self.settings = settings
    }
}
