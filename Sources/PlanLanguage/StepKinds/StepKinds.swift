/// The registry: every kind of step that a plan may hold, in the order of the reference.
package enum StepKinds {
    package static let all: [any StepKind.Type] = [
        Require.self, Wait.self, RollbackPointStep.self, Confirm.self, Stop.self, Start.self, Restart.self,
        Rolling.self,
        SetMyid.self, EditConfig.self, EditFile.self, PutFile.self, Install.self, ClearData.self, CopyData.self,
        PersistZnodes.self, Reconfig.self, Sysctl.self, Run.self,
    ]

    package static let verbs = all.map { $0.verb }

    package static func kind(of verb: String) -> (any StepKind.Type)? { all.first { $0.verb == verb } }
}

/// `text` as a title: its first line, not too long.
func titled(_ verb: String, _ words: [String]) -> String {
    words.count > 6
        ? "\(verb) \(words.prefix(5).joined(separator: ", ")) and \(words.count - 5) more"
        : "\(verb) \(words.joined(separator: ", "))"
}
