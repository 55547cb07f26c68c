import EnsembleModel
import PlanLanguage
import TerminalUI

/// The files that a command on a plan was given.
struct PlanInput {
    var plan: String
    /// In the place of the plan's own `inventory` and `facts`.
    var inventory: String?
    var facts: String?
    var variables: [String: String]

    /// - Parameter live: observed facts; they win over all others.
    func load(
        _ environment: OperatorEnvironment, _ palette: Palette, live: EnsembleFacts? = nil
    ) throws(CommandFailure) -> ResolvedPlan {
        do {
            return try resolve(environment, live: live)
        } catch {
            throw .invalid(error, palette)
        }
    }

    /// What is wrong with the files is the caller's to tell.
    func resolve(_ environment: OperatorEnvironment, live: EnsembleFacts? = nil) throws(InvalidInput) -> ResolvedPlan {
        try Files.loader(environment).load(
            plan: plan, variables: variables, facts: live, inventoryFile: inventory, factsFile: facts)
    }
}
