import EnsembleModel
import PlanLanguage

/// The step from which on returning to a rollback point would lose committed writes.
///
/// Going back undoes the operations one by one, the last first: what was started stops, what was stopped starts with the data that it
/// stopped with, cleared data are put back, copies go. A write that the ensemble serving now has committed survives as long as, at each
/// of these, the servers without it are no quorum: then whoever starts gets it from those that have it.
enum RollbackCheck {
    static func hazards(in course: [Moment]) -> [Hazard] {
        course.indices.compactMap { index in
            guard case .rollbackPoint(let name) = course[index].operation else { return nil }
            return hazard(name, from: index, course)
        }
    }

    private static func hazard(_ name: String, from point: Int, _ course: [Moment]) -> Hazard? {
        for index in course.indices[(point + 1)...] where course[index].operation.changesSomething {
            for ensemble in course[index].ensemblesAfter where ensemble.serves == true {
                guard let lost = undone(from: index, to: point, holders: Set(ensemble.servers), course) else {
                    continue
                }
                return course[index].hazard(
                    .rollback, .error,
                    "from here on, going back to \"\(name)\" (\(course[point].step.id)) would lose what \(ensemble.words) "
                        + "committed since; mark a rollback point after this step, or acknowledge that the way back gives it up",
                    trace: [
                        course[index].line, "\(ensemble.words) commit writes",
                        "going back undoes \(lost.step.id): the write is on no quorum any more",
                    ])
            }
        }
        return nil
    }

    /// The moment whose undoing loses the write; nil where it survives.
    private static func undone(
        from last: Int, to point: Int, holders: Set<ServerName>, _ course: [Moment]
    ) -> Moment? {
        var holders = holders
        for index in stride(from: last, to: point, by: -1) {
            let moment = course[index]
            switch moment.operation {
            case .clearData(let server), .copyData(_, let server): holders.remove(server)
            case .stop(let server, _):
                guard moment.before.servers[server]?.running == true,
                    let ensemble = moment.ensemblesBefore.first(where: { $0.servers.contains(server) }),
                    ensemble.serves == true, let quorum = ensemble.quorum
                else { continue }
                // Servers that can decide without it.
                guard quorum.serving.count(where: { !holders.contains($0) }) < quorum.size else { return moment }
                holders.formUnion(ensemble.servers)
            default: continue
            }
        }
        return nil
    }
}
