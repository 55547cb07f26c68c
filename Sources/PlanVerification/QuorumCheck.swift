import EnsembleModel
import PlanLanguage

/// Quorums that a step takes away, and points at which further crashes would, by counting.
enum QuorumCheck {
    static func hazards(in course: [Moment], failures: Int) -> [Hazard] {
        course.indices.compactMap { loss($0, course) } + fragile(course, failures)
    }

    // MARK: quorum-loss

    private static func loss(_ index: Int, _ course: [Moment]) -> Hazard? {
        let moment = course[index]
        guard case .stop(let server, _) = moment.operation,
            let ensemble = moment.ensemblesBefore.first(where: { $0.servers.contains(server) }),
            ensemble.serves == true, let quorum = ensemble.quorum
        else { return nil }
        let rest = moment.ensemblesAfter.filter { !Set($0.servers).isDisjoint(with: ensemble.servers) }
        // Where no configuration is known any more, nothing is sure.
        guard !rest.contains(where: { $0.serves != false }) else { return nil }
        if let heir = heir(of: ensemble, at: index, course) {
            return moment.hazard(
                .quorumLoss, .warning,
                "from here on \(ensemble.words) stops for good; \(heir.words) serves from a copy of its data",
                trace: [ensemble.servingLine, heir.servingLine, moment.line])
        }
        let left = quorum.serving.count { $0 != server }
        return moment.hazard(
            .quorumLoss, .error,
            "stopping \(server) takes away the quorum of \(ensemble.words): \(left) of \(quorum.participants) "
                + "\(left == 1 ? "participant" : "participants") would serve, and \(quorum.size) "
                + "\(quorum.size == 1 ? "is" : "are") needed",
            trace: [ensemble.servingLine, moment.line, "\(left) serve, \(quorum.size) needed"])
    }

    /// The ensemble that this one hands over to: it serves from a copy of its data, and from here on this one's servers stop one after
    /// the other, and nothing else is changed until all have.
    private static func heir(of ensemble: RunningEnsemble, at index: Int, _ course: [Moment]) -> RunningEnsemble? {
        let state = course[index].before
        let own = Set(ensemble.servers).union(ensemble.servers.compactMap { state.servers[$0]?.data.origin })
        let heir = course[index].ensemblesBefore.first { other in
            other != ensemble && other.serves == true
                && other.servers.contains { state.servers[$0]?.data.origin.map(own.contains) ?? false }
        }
        guard let heir else { return nil }
        var left = Set(ensemble.servers)
        for moment in course[index...] {
            if case .stop(let server, _) = moment.operation, left.contains(server) {
                left.remove(server)
            } else if moment.operation.changesSomething {
                return nil
            }
            if left.isEmpty { return heir }
        }
        return nil
    }

    // MARK: fragile

    private static func fragile(_ course: [Moment], _ failures: Int) -> [Hazard] {
        guard let first = course.first else { return [] }
        var found = first.ensemblesBefore.filter { $0.isFragile(failures) }.map { ensemble in
            Hazard(
                .fragile, .warning, "from the beginning, \(ensemble.fragility)", trace: [ensemble.servingLine])
        }
        var reported: Set<String> = []
        for moment in course {
            for ensemble in moment.ensemblesAfter where ensemble.isFragile(failures) {
                let wasFragile = moment.ensemblesBefore.contains { earlier in
                    earlier.isFragile(failures) && !Set(earlier.servers).isDisjoint(with: ensemble.servers)
                }
                guard !wasFragile, reported.insert(moment.topStep.id).inserted else { continue }
                found.append(
                    Hazard(
                        .fragile, .warning, step: moment.topStep.id, stage: moment.stage,
                        "after \"\(moment.operation.summary)\", \(ensemble.fragility)",
                        trace: [moment.line, ensemble.servingLine]))
            }
        }
        return found
    }
}

extension RunningEnsemble {
    /// `zk1@a, zk2@a, zk3@a`
    var words: String { servers.map(\.description).joined(separator: ", ") }

    var servingLine: String {
        guard let quorum else { return "\(words): nothing is known of the configuration" }
        let list = quorum.serving.map(\.description).joined(separator: ", ")
        return "\(quorum.serving.count) of \(quorum.participants) serve (\(list)), \(quorum.size) needed"
    }

    func isFragile(_ failures: Int) -> Bool {
        guard let quorum, quorum.margin >= 0 else { return false }
        return quorum.margin < failures
    }

    var fragility: String {
        let crashes = (quorum?.margin ?? 0) + 1
        return "\(crashes == 1 ? "one more crash" : "\(crashes) more crashes") in \(words) would take the quorum away"
    }
}
