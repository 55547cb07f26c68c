import EnsembleModel
import PlanLanguage

extension Preview {
    /// The servers that the plan changes, each with what is changed of it.
    var touched: [(server: ServerName, what: [String])] {
        var parts: [ServerName: Set<String>] = [:]
        for operation in operations {
            for (server, part) in Self.parts(operation) { parts[server, default: []].insert(part) }
        }
        let order = ["stopped", "started", "software", "configuration", "myid", "data", "znodes", "members", "files"]
        return parts.keys.sorted().map { server in
            (server, order.filter { parts[server]?.contains($0) ?? false })
        }
    }

    /// The hosts on which commands run, in the inventory's order.
    var commandHosts: [String] {
        let hosts = Set(
            operations.compactMap { operation in
                if case .command(let command) = operation { command.host } else { nil }
            })
        return plan.inventory.hosts.map(\.name).filter(hosts.contains)
    }

    private var operations: [PlanLanguage.Operation] { plan.stages.flatMap(\.steps).flatMap(\.operations) }

    private static func parts(_ operation: PlanLanguage.Operation) -> [(ServerName, String)] {
        switch operation {
        case .stop(let server, _): [(server, "stopped")]
        case .start(let server, _, _): [(server, "started")]
        case .setMyid(let server, _): [(server, "myid")]
        case .editFile(.config(let server), _), .putFile(.config(let server), _, _): [(server, "configuration")]
        case .editFile(.file(let server, _), _), .putFile(.file(let server, _), _, _): [(server, "files")]
        case .install(let server, _, _): [(server, "software")]
        case .clearData(let server), .copyData(_, let server): [(server, "data")]
        case .persistZnodes(let server, _, _): [(server, "znodes")]
        case .reconfig(let server, _, _): [(server, "members")]
        case .require, .wait, .rollbackPoint, .confirm, .command: []
        }
    }
}
