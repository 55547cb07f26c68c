import ArgumentParser
import EnsembleAccess
import EnsembleModel
import PlanExecution
import PlanLanguage
import RemoteHosts
import TerminalUI

/// The exit codes of every command.
enum Outcome: Int32, Sendable {
    case failed = 1
    case invalid = 2
    /// Nothing was changed.
    case refused = 3
    case locked = 4
    case finding = 5
    case usage = 64
    case interrupted = 130
}

/// Why a command ends without having done what it was asked for: what is said, and the exit code.
struct CommandFailure: Error, Sendable {
    var code: Int32
    /// A sentence that says what happened, and what to do about it. Empty where all has been said already.
    var message: String

    init(_ outcome: Outcome, _ message: String = "") {
        self.init(code: outcome.rawValue, message)
    }

    init(code: Int32, _ message: String = "") {
        self.code = code
        self.message = message
    }

    init(_ error: ExecutionError) {
        let remedy = error.remedy.isEmpty ? "" : "\n\(error.remedy)"
        self.init(code: error.exitCode, error.message + remedy)
    }

    /// Says on standard error what is wrong with the input, each in its place.
    static func invalid(_ input: InvalidInput, _ palette: Palette) -> CommandFailure {
        Terminal.write(DiagnosticsView(input).text(palette: palette), to: .errors)
        return CommandFailure(.invalid)
    }

    /// Hosts that can't be looked at before anything has been changed.
    init(_ error: AccessError) {
        self.init(error.code == .lockHeld ? .locked : .refused, error.description)
    }

    init(_ error: HostError) { self.init(.refused, error.description) }
}

/// What every command shares.
protocol ZkopsCommand: AsyncParsableCommand {
    func execute(_ environment: OperatorEnvironment) async throws(CommandFailure)
}

extension ZkopsCommand {
    mutating func run() async throws {
        do {
            try await execute(.current)
        } catch {
            if !error.message.isEmpty { Terminal.say("zkops: " + safeForTerminal(error.message, keepingLines: true)) }
            throw ExitCode(error.code)
        }
    }
}
