import EnsembleAccess
import Foundation

@testable import PlanExecution

/// What there is when the operator's process dies at one point of a run: the hosts, the time, and its folder. Nothing of the process
/// reaches the journal or a host from then on; what was under way beside it stays half done.
struct Death: Sendable {
    enum Point: Sendable, Hashable, CustomStringConvertible {
        /// The record with this number of the journal, before it is written or after.
        case record(Int, isWritten: Bool)
        /// The remote action with this number: its request never arrives, or its answer.
        case change(Int, isDone: Bool)

        var description: String {
            switch self {
            case .record(let number, let isWritten):
                "record \(number), \(isWritten ? "after" : "before") it was written"
            case .change(let number, let isDone): "remote action \(number), \(isDone ? "done" : "asked for")"
            }
        }
    }

    let point: Point
    fileprivate let hosts: SimulatedEnsemble.Hosts
    fileprivate let time: Duration
    fileprivate let files: StateCopy

    /// The world in which the next process begins.
    func world(of first: SimulatedWorld) async throws -> SimulatedWorld {
        let world = await SimulatedWorld(hosts: hosts, at: time, like: first)
        try files.write(to: world.directory, from: first.directory)
        return world
    }
}

/// Watches one run that nothing disturbs, and keeps what a death at each of its points would leave. Runs that each go to their death
/// themselves would take twice as long to show the same.
final class DeathWatch: Sendable {
    private struct Kept: Sendable {
        var deaths: [Death] = []
        var files = StateCopy()
    }

    private let world: SimulatedWorld
    private let kept = Locked(Kept())

    init(_ world: SimulatedWorld) async {
        self.world = world
        await world.ensemble.setHook { (number, _, isDone) throws(AccessError) in
            self.keep(.change(number, isDone: isDone))
        }
    }

    /// Those that were kept so far, of which each is handed out once.
    func take() -> [Death] {
        kept.update { kept in
            defer { kept.deaths = [] }
            return kept.deaths
        }
    }

    /// An applier whose records count as well.
    func applier() -> Applier {
        var applier = world.applier()
        applier.probe = { (record, isWritten) throws(ExecutionError) in
            self.keep(.record(record.number, isWritten: isWritten))
        }
        return applier
    }

    private func keep(_ point: Death.Point) {
        let (hosts, time) = (world.ensemble.published.value, world.clock.now)
        kept.update { kept in
            kept.files = StateCopy(of: world.directory, after: kept.files)
            kept.deaths.append(Death(point: point, hosts: hosts, time: time, files: kept.files))
        }
    }
}

/// The files of a state directory at one time. Of those that are only appended to it keeps the length.
private struct StateCopy: Sendable {
    private enum Content: Sendable {
        case whole(Data)
        case beginning(Int)
    }

    private var files: [String: Content] = [:]

    init() {}

    init(of directory: String, after earlier: StateCopy) {
        let manager = FileManager.default
        for case let path as String in manager.enumerator(atPath: directory) ?? .init() {
            guard let kind = try? manager.attributesOfItem(atPath: directory + "/" + path),
                kind[.type] as? FileAttributeType == .typeRegular
            else { continue }
            if path.hasSuffix(".jsonl") {
                files[path] = .beginning(kind[.size] as? Int ?? 0)
            } else {
                let data = manager.contents(atPath: directory + "/" + path) ?? Data()
                // The same bytes are kept once.
                if case .whole(data) = earlier.files[path] {
                    files[path] = earlier.files[path]
                } else {
                    files[path] = .whole(data)
                }
            }
        }
    }

    func write(to directory: String, from source: String) throws {
        for (path, content) in files {
            let target = URL(fileURLWithPath: directory + "/" + path)
            try FileManager.default.createDirectory(
                at: target.deletingLastPathComponent(), withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
            let data =
                switch content {
                case .whole(let data): data
                case .beginning(let size):
                    try Data(contentsOf: URL(fileURLWithPath: source + "/" + path)).prefix(size)
                }
            try data.write(to: target)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: target.path)
        }
    }
}
