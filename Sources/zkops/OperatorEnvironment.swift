import Foundation
import PlanExecution
import TerminalUI

/// All that zkops takes from its surroundings: environment, user, machine, clocks, chance, terminal. Nothing else in the
/// package reads these; what others need of them is handed down.
struct OperatorEnvironment: Sendable {
    private let variables: [String: String]

    private init(variables: [String: String]) { self.variables = variables }

    static let current = OperatorEnvironment(variables: ProcessInfo.processInfo.environment)

    /// `NAME=value`, for the commands that the operator gives.
    var assignments: [String] { variables.map { "\($0.key)=\($0.value)" } }

    /// An empty value counts as none, as the XDG Base Directory Specification wants and people expect of the others.
    private subscript(name: String) -> String? {
        variables[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    // MARK: Places

    var home: String { self["HOME"] ?? NSHomeDirectory() }
    var currentDirectory: String { FileManager.default.currentDirectoryPath }
    var agentSocket: String? { self["SSH_AUTH_SOCK"] }

    /// Where runs are kept: `given`, else `$XDG_STATE_HOME/zkops`, else `~/.local/state/zkops`.
    func stateDirectory(_ given: String?) -> String {
        if let given { return absolute(given) }
        return directory("XDG_STATE_HOME", otherwise: ".local/state")
    }

    var cacheDirectory: String { directory("XDG_CACHE_HOME", otherwise: ".cache") }

    /// Relative values are to be ignored (XDG Base Directory Specification).
    private func directory(_ name: String, otherwise place: String) -> String {
        let base = self[name].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "\(home)/\(place)"
        return base + "/zkops"
    }

    func absolute(_ path: String) -> String {
        let path = path == "~" || path.hasPrefix("~/") ? home + path.dropFirst() : path
        return path.hasPrefix("/") ? path : "\(currentDirectory)/\(path)"
    }

    // MARK: Who and when

    var operatorName: String { self["USER"] ?? self["LOGNAME"] ?? NSUserName() }

    var world: World {
        let start = ContinuousClock.now
        return World(
            now: { Date().timeIntervalSince1970 },
            monotonic: { ContinuousClock.now - start },
            sleep: { try await Task.sleep(for: $0) },
            random: { UInt64.random(in: .min ... .max) },
            operatorName: operatorName,
            machine: ProcessInfo.processInfo.hostName,
            processID: ProcessInfo.processInfo.processIdentifier,
            secret: { [variables] in variables[$0] })
    }

    // MARK: Terminal

    /// Colours only on a terminal that has them, and never where `NO_COLOR` (no-color.org) or `--no-color` says so.
    func palette(for stream: Stream, noColour: Bool) -> Palette {
        let colour = Terminal.isTerminal(stream) && !noColour && self["NO_COLOR"] == nil && self["TERM"] != "dumb"
        return Palette(colour: colour, unicode: isUnicode)
    }

    /// Whether a view can be repainted in place on this stream.
    func canRepaint(_ stream: Stream) -> Bool {
        Terminal.isTerminal(stream) && self["TERM"] != "dumb" && self["TERM"] != nil
    }

    /// The first of these that is set names the locale's character set (locale(7)).
    private var isUnicode: Bool {
        let locale = self["LC_ALL"] ?? self["LC_CTYPE"] ?? self["LANG"] ?? ""
        let name = locale.lowercased()
        return name.contains("utf-8") || name.contains("utf8")
    }
}
