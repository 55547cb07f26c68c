import EnsembleModel
import RemoteHosts

/// A script of ours, to be run on a host.
struct ScriptCall: Sendable {
    /// Names the script in errors and logs.
    var name: String
    var script: String
    var arguments: [String]
    var server: ServerName?
    var limit: Duration = .seconds(30)
    var input: ByteSource?
    var output: ByteSink?
    var outputLimit = 32 << 20
    /// Whether it changes nothing: logs are read without these, which are many.
    var isLook = false
    /// By name; their values are taken out of what the host prints before anybody sees it.
    var secrets: [String: String] = [:]
}

extension RemoteEnsemble {
    /// Runs a script that changes nothing; repeated once where the connection was lost.
    func look(_ host: String, _ call: ScriptCall) async throws(AccessError) -> ScriptReply {
        try settled(await lookResult(host, call), host, call)
    }

    /// As ``look(_:_:)``, with the command's own exit code left to the caller.
    func lookResult(_ host: String, _ call: ScriptCall) async throws(AccessError) -> CommandResult {
        var call = call
        call.isLook = true
        // What has an input or an output can't be repeated.
        var tries = call.input == nil && call.output == nil ? 2 : 1
        while true {
            let result = try await attempt(host, call)
            tries -= 1
            switch result.end {
            case .exited: return result
            case .signalled(let name):
                throw error(.commandFailed, host, call, "\(call.name) was ended by signal \(name); try again")
            case .lost(.cancelled):
                throw error(.cancelled, host, call, "\(call.name) was cancelled")
            case .lost(.limitPassed):
                throw error(
                    .hostUnreachable, host, call,
                    "\(call.name) had no answer within \(call.limit); is the host overloaded, or a file system stuck?")
            case .lost(.connectionLost), .noStatus:
                guard tries > 0 else {
                    let times = call.input == nil && call.output == nil ? ", twice" : ""
                    throw error(.hostUnreachable, host, call, "the connection was lost during \(call.name)\(times)")
                }
            }
        }
    }

    /// Runs a script that changes something, once.
    func change(_ host: String, _ call: ScriptCall) async throws(AccessError) -> ScriptReply {
        try settled(await changeResult(host, call), host, call)
    }

    /// What a command that has ended printed, or the error that its exit code means.
    func settled(_ result: CommandResult, _ host: String, _ call: ScriptCall) throws(AccessError) -> ScriptReply {
        try check(result, host, call)
        return try reply(result, host, call)
    }

    func changeResult(_ host: String, _ call: ScriptCall) async throws(AccessError) -> CommandResult {
        let result = try await attempt(host, call)
        let reason: String
        switch result.end {
        case .exited: return result
        case .signalled(let name): reason = "it was ended by signal \(name)"
        case .lost(.cancelled): reason = "it was cancelled"
        case .lost(.limitPassed): reason = "it had not ended after \(call.limit)"
        case .lost(.connectionLost): reason = "the connection was lost"
        case .noStatus: reason = "the host closed it without a word"
        }
        throw error(
            .outcomeUnknown, host, call,
            "\(call.name) was begun and \(reason), so it may or may not be done; look at the host, then resume the run")
    }

    /// One try. A session found dead before the command was started is replaced, which repeats nothing.
    private func attempt(_ host: String, _ call: ScriptCall) async throws(AccessError) -> CommandResult {
        var isSecondSession = false
        while true {
            let opened: HostSessions.Opened
            do throws(HostError) {
                opened = try await sessions.session(host)
            } catch {
                throw AccessError(error, server: call.server)
            }
            let command = RemoteCommand(
                call.script, [memory.attempt] + call.arguments, becomes: endpoints[host]?.become != nil,
                outputLimit: call.outputLimit)
            do throws(HostError) {
                let result = try await opened.session.run(
                    command, input: call.input, output: call.output, limit: call.limit
                ).without(call.secrets)
                note(host, call, result)
                if result.end == .lost(.connectionLost) || result.end == .noStatus {
                    await sessions.drop(host, opened)
                }
                return result
            } catch {
                guard error.code == .connectionLost, !isSecondSession else {
                    throw AccessError(error, server: call.server)
                }
                await sessions.drop(host, opened)
                isSecondSession = true
            }
        }
    }

    private func note(_ host: String, _ call: ScriptCall, _ result: CommandResult) {
        record?(
            CommandRecord(
                host: host, server: call.server, name: call.name, isLook: call.isLook, arguments: call.arguments,
                end: result.end, output: result.outputText, errors: result.errorText, took: result.took))
    }

    private func check(_ result: CommandResult, _ host: String, _ call: ScriptCall) throws(AccessError) {
        guard case .exited(let code) = result.end, code != 0 else { return }
        let detail = oneLine(result.errorText)
        if let exit = ScriptExit(rawValue: code) {
            throw AccessError(exit, host: host, server: call.server, call: call.name, detail: detail)
        }
        throw error(.commandFailed, host, call, "\(call.name) failed with exit code \(code): \(detail)")
    }

    private func reply(_ result: CommandResult, _ host: String, _ call: ScriptCall) throws(AccessError) -> ScriptReply {
        guard !result.truncated, let reply = ScriptReply(result.output) else {
            throw error(
                .commandFailed, host, call,
                "\(call.name) printed what can't be read; does the account's shell print a greeting on its own?")
        }
        return reply
    }

    /// An error as a value, where several tasks work side by side.
    func outcome<Value>(
        _ body: () async throws(AccessError) -> Value
    ) async -> Result<Value, AccessError> {
        do throws(AccessError) {
            return .success(try await body())
        } catch {
            return .failure(error)
        }
    }

    func error(_ code: AccessError.Code, _ host: String, _ call: ScriptCall, _ message: String) -> AccessError {
        AccessError(code, host: host, server: call.server, message)
    }
}

/// Several lines of a remote program in a sentence; of a long text, its end. The host's log has all of it.
func oneLine(_ text: String) -> String {
    let longest = 4096
    let end = text.utf8.count > longest ? "… " + String(decoding: text.utf8.suffix(longest), as: UTF8.self) : text
    return end.split(whereSeparator: \.isNewline).joined(separator: " | ")
}
