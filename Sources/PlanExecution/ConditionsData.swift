import EnsembleAccess
import EnsembleModel
import PlanLanguage

/// What the journal says of a copy.
struct CopyRecord: Sendable, Hashable {
    var from: ServerName
    var to: ServerName
    /// What the source said before the copy began; nothing committed later need be in the copy.
    var zxid: Zxid?
    var sourceWasRunning: Bool
    /// The source's files before the copy began.
    var files: DataSummary?
    /// The source's znodes before the copy began; nil where it did not serve.
    var znodes: Int?
    var ephemerals: Int?
}

/// `zxid`, `lost_writes`, `znode`.
extension ConditionEvaluator {
    func zxid(_ server: ServerName, atLeast other: ServerName) async throws(AccessError) -> ConditionVerdict {
        let (one, two) = (try await lastZxid(server), try await lastZxid(other))
        guard let one, let two else {
            let unknown = one == nil ? server : other
            return .unmet(
                "wanted the zxid of \(server) to be at least that of \(other); that of \(unknown) is not known")
        }
        if one >= two { return .holds }
        return .unmet("wanted the zxid of \(server) to be at least that of \(other): \(one) is below \(two)")
    }

    /// Of a stopped server only where its files tell.
    func lastZxid(_ server: ServerName) async throws(AccessError) -> Zxid? {
        if let zxid = try await sight.pulse(server).zxid { return zxid }
        return try await control.observe(server, files: []).zxid
    }

    /// Transactions committed at the source since the copy.
    ///
    /// A copy of a stopped source that has not run since, and whose files are as they were, misses nothing: that needs no zxid. Of a
    /// source that ran, every transaction after the zxid that it showed before the copy began counts as not copied, though the end of
    /// the copied log may hold some of them; openings of sessions and probe writes count too, since they are transactions. Where the
    /// source has stopped meanwhile, or an election came between, the number can't be known and the condition does not hold.
    func lostWrites(
        _ most: Int, _ source: ServerName, _ target: ServerName
    ) async throws(AccessError) -> ConditionVerdict {
        let wanted = "wanted at most \(most) transactions of \(source) missing from \(target)"
        guard let copy = copies.last(where: { $0.from == source && $0.to == target }) else {
            return .unmet("\(wanted); this run has not copied the one to the other")
        }
        let pulse = try await sight.pulse(source)
        if !copy.sourceWasRunning {
            guard pulse.process == nil else {
                return .unmet("\(wanted); \(source) was stopped when it was copied and runs now")
            }
            let files = try await control.dataSummary(source)
            if let before = copy.files, before == files { return .holds }
            return .unmet("\(wanted); the files of \(source) changed since it was copied, so copy it again")
        }
        guard let now = pulse.zxid else {
            return .unmet(
                "\(wanted); \(source) ran when it was copied and does not tell its zxid now, so what it committed at"
                    + " the end is not known: copy it again now that it is \(pulse.mode.rawValue)")
        }
        guard let then = copy.zxid, then.epoch == now.epoch else {
            return .unmet("\(wanted); a new leader was elected since it was copied, so their number is not known")
        }
        let missing = now.counter >= then.counter ? Int(now.counter - then.counter) : Int.max
        if missing <= most { return .holds }
        return .unmet("\(wanted); \(missing) were committed since it was copied (\(then) then, \(now) now)")
    }

    func znode(
        _ path: String, _ server: ServerName, _ exists: Bool, _ children: NumberTest?
    ) async throws(AccessError) -> ConditionVerdict {
        let facts = try await control.znode(path, through: server)
        guard let facts else {
            return exists ? .unmet("wanted the znode \(path), it is not there (through \(server))") : .holds
        }
        guard exists else { return .unmet("wanted no znode \(path), it is there (through \(server))") }
        guard let children, !children.holds(for: Double(facts.children)) else { return .holds }
        return .unmet("wanted \(children) children of \(path), it has \(facts.children) (through \(server))")
    }
}
