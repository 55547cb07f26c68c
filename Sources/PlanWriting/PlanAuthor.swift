package import EnsembleModel
package import PlanLanguage
package import PlanVerification

/// Writes plans and takes none that does not verify.
package struct PlanAuthor: Sendable {
    package struct Written: Sendable {
        /// The file.
        package var text: String
        package var plan: VerifiedPlan
        /// Why this way and no other; empty where the first way that was tried is safe.
        package var reasons: [String]
    }

    private let inventory: Inventory
    private let facts: EnsembleFacts
    private let inventoryPath: String
    private let factsPath: String?
    private let accepts: [PlanDraft.Acceptance]

    /// - Parameters:
    ///   - inventoryPath: what the plan calls its inventory; `factsPath`, its facts.
    ///   - accepts: hazards that the person accepts for the whole plan.
    package init(
        _ inventory: Inventory, _ facts: EnsembleFacts, inventoryPath: String, factsPath: String?,
        accepts: [PlanDraft.Acceptance] = []
    ) {
        self.inventory = inventory
        self.facts = facts
        self.inventoryPath = inventoryPath
        self.factsPath = factsPath
        self.accepts = accepts
    }

    package func write(_ kind: any PlanKind.Type, _ request: PlanRequest) throws(NoPlan) -> Written {
        let site = try Site(inventory, facts)
        for key in kind.needs where request[key].isEmpty {
            throw NoPlan("`\(kind.name)` needs --\(key.rawValue).")
        }
        return try first(of: kind.drafts(request, site))
    }

    /// The first draft that verifies; where none does, why.
    package func first(of drafts: [PlanDraft]) throws(NoPlan) -> Written {
        var refusals: [String] = []
        for draft in drafts {
            switch try verified(draft) {
            case .success(let written):
                var written = written
                written.reasons = refusals
                return written
            case .failure(let refusal): refusals.append(refusal.description)
            }
        }
        let tried = drafts.first?.waysInAll.map { " \(drafts.count) of \($0) ways were tried." } ?? ""
        throw NoPlan("No such plan is safe here.\(tried)\n" + refusals.joined(separator: "\n"), code: .unsafe)
    }

    /// What blocks it, where something does.
    package func verified(_ draft: PlanDraft) throws(NoPlan) -> Result<Written, NoPlan> {
        var draft = draft
        draft.accepts += accepts
        var (text, result) = try explored(draft)
        // What was accepted beforehand and did not come has no place in the file.
        let came = draft.accepts.filter { acceptance in
            result.hazards.contains { hazard in
                hazard.acknowledgedBecause == acceptance.because && hazard.code.rawValue == acceptance.hazard
                    && (acceptance.stage == nil || acceptance.stage == hazard.stage)
            }
        }
        if came != draft.accepts, result.isVerified {
            draft.accepts = came
            (text, result) = try explored(draft)
        }
        switch result {
        case .verified(let verified): return .success(Written(text: text, plan: verified, reasons: []))
        case .unsafe(let hazards):
            return .failure(NoPlan(Self.refusal(draft, hazards.filter(\.blocks)), code: .unsafe))
        case .needsFacts: throw NoPlan("There are no facts to verify a plan from.")
        }
    }

    private func explored(_ draft: PlanDraft) throws(NoPlan) -> (text: String, VerificationResult) {
        let text = draft.text(inventory: inventoryPath, facts: factsPath)
        let loader = PlanLoader { [inventory] path in Array((path == "plan" ? text : inventory.source.text).utf8) }
        do {
            return (text, Verifier.verify(try loader.load(plan: "plan", facts: facts, inventoryFile: "inventory")))
        } catch {
            throw NoPlan("The plan that was tried can't be read:\n\(error.rendered)")
        }
    }

    private static func refusal(_ draft: PlanDraft, _ hazards: [Hazard]) -> String {
        let lines = hazards.prefix(3).map { hazard in
            let place = [hazard.step, hazard.stage.map { "\"\($0)\"" }].compactMap(\.self).joined(separator: ", ")
            return "- \(hazard.code.rawValue)\(place.isEmpty ? "" : " in \(place)"): \(hazard.message)"
        }
        let more = hazards.count > 3 ? ["- and \(hazards.count - 3) more"] : []
        return (["\(draft.summary)"] + lines + more).joined(separator: "\n")
    }
}

extension VerificationResult {
    fileprivate var isVerified: Bool { if case .verified = self { true } else { false } }

    fileprivate var hazards: [Hazard] {
        switch self {
        case .verified(let plan): plan.hazards
        case .unsafe(let hazards): hazards
        case .needsFacts: []
        }
    }
}
