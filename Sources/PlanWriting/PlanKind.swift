package import PlanLanguage

/// A kind of plan that zkops writes. To add one: a file in `Kinds/`, a line in `PlanKinds.all`, a case in `PlanWritingTests`.
package protocol PlanKind: Sendable {
    /// As people write it, such as `rolling-restart`.
    static var name: String { get }
    /// What the plan does, in half a sentence.
    static var summary: String { get }
    /// What it has to be told, and what it may be.
    static var needs: [PlanRequest.Key] { get }
    static var takes: [PlanRequest.Key] { get }

    /// Ways to do it, the best first: the first that verifies is taken.
    static func drafts(_ request: PlanRequest, _ site: Site) throws(NoPlan) -> [PlanDraft]
}

extension PlanKind {
    package static var needs: [PlanRequest.Key] { [] }
    package static var takes: [PlanRequest.Key] { [] }
}

package enum PlanKinds {
    package static let all: [any PlanKind.Type] = [
        RollingRestart.self, RollingUpgrade.self, ConfigChange.self, Expand.self, Shrink.self, Replace.self,
        AddObservers.self, RemapMyid.self, StagedRecovery.self, EnableTLS.self, MoveToReconfig.self, Reach.self,
    ]

    package static func named(_ name: String) -> (any PlanKind.Type)? { all.first { $0.name == name } }
}

/// What a person wants of a plan.
package struct PlanRequest: Sendable {
    package enum Key: String, Sendable, CaseIterable {
        case add, remove, servers, to, set, unset, myid, spare
        case keepServing = "keep-serving"
        case keystore, truststore
        case passwordPath = "password-path"
        case target

        /// What a person is asked where it is needed and was not given.
        package var question: String {
            switch self {
            case .add: "Which servers join (zk4 or zk4@v3.8.0, with commas between)?"
            case .remove: "Which members leave (with commas between)?"
            case .servers: "Which members (with commas between)?"
            case .to: "To which installation?"
            case .set: "Which settings (key=value, with commas between)?"
            case .unset: "Which keys go (with commas between)?"
            case .myid: "Which myids (zk1=5, with commas between)?"
            case .spare: "Which host is free to help?"
            case .keepServing: "Does the old ensemble serve on meanwhile?"
            case .keystore: "Where is the keystore on every host?"
            case .truststore: "Where is the truststore on every host?"
            case .passwordPath: "Where is the file with its password?"
            case .target: "Which file says what is wanted?"
            }
        }
    }

    /// What was given, each as it was written; a flag has one empty text.
    package var values: [Key: [String]]
    /// What the file of `--target` wants.
    package var target: Target?

    package init(_ values: [Key: [String]] = [:], target: Target? = nil) {
        self.values = values
        self.target = target
    }

    package subscript(key: Key) -> [String] { values[key] ?? [] }

    /// `key=value`, each once.
    package func pairs(_ key: Key) throws(NoPlan) -> [(key: String, value: String)] {
        var pairs: [(key: String, value: String)] = []
        for text in self[key] {
            guard let sign = text.firstIndex(of: "="), sign != text.startIndex else {
                throw NoPlan("--\(key.rawValue) wants name=value, not `\(text)`.")
            }
            let name = String(text[..<sign])
            guard !pairs.contains(where: { $0.key == name }) else {
                throw NoPlan("--\(key.rawValue) gives `\(name)` twice.")
            }
            pairs.append((name, String(text[text.index(after: sign)...])))
        }
        return pairs
    }
}
