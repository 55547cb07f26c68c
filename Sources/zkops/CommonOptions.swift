import ArgumentParser
import TerminalUI

struct ColourOption: ParsableArguments {
    @Flag(name: .customLong("no-color"), help: "No colours. NO_COLOR in the environment does the same.")
    var noColour = false

    func palette(_ stream: Stream, _ environment: OperatorEnvironment) -> Palette {
        environment.palette(for: stream, noColour: noColour)
    }
}

struct StateOption: ParsableArguments {
    @Option(
        name: .customLong("state"),
        help: ArgumentHelp(
            "Where runs are kept. Default: $XDG_STATE_HOME/zkops, or ~/.local/state/zkops.", valueName: "dir"))
    var directory: String?
}

struct InventoryOption: ParsableArguments {
    @Option(
        name: [.customShort("i"), .long], help: ArgumentHelp("The inventory.", valueName: "file"),
        completion: Completions.yaml)
    var inventory: String
}

/// What a document is written as.
enum DocumentFormat: String, ExpressibleByArgument, CaseIterable {
    case text, markdown, json
}

enum ListFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json
}

/// `--var name=value`, as often as wanted.
struct VariableOption: ParsableArguments {
    @Option(
        name: .customLong("var"),
        help: ArgumentHelp("Takes the place of one of the plan's `vars`; may be repeated.", valueName: "name=value"))
    var assignments: [String] = []

    func validate() throws {
        var names: Set<String> = []
        for assignment in assignments {
            guard let sign = assignment.firstIndex(of: "="), sign != assignment.startIndex else {
                throw ValidationError("--var wants name=value, not '\(assignment)'")
            }
            let name = String(assignment[..<sign])
            guard names.insert(name).inserted else { throw ValidationError("--var gives '\(name)' twice") }
        }
    }

    var values: [String: String] {
        var values: [String: String] = [:]
        for assignment in assignments {
            let parts = assignment.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { values[String(parts[0])] = String(parts[1]) }
        }
        return values
    }
}

/// `500ms`, `10s`, `5m`, as in plans.
struct WaitingTime: ExpressibleByArgument, Sendable {
    var duration: Duration
    let defaultValueDescription: String

    init?(argument: String) {
        defaultValueDescription = argument
        let digits = argument.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int64(digits), number < 1_000_000_000 else { return nil }
        switch argument.dropFirst(digits.count) {
        case "ms": duration = .milliseconds(number)
        case "s": duration = .seconds(number)
        case "m": duration = .seconds(number * 60)
        case "h": duration = .seconds(number * 3600)
        default: return nil
        }
    }
}
