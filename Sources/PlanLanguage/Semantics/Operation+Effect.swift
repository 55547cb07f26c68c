package import EnsembleModel

extension Operation {
    /// What this operation changes in the planned state when all goes well. What it leaves unknown becomes nil.
    ///
    /// A shell command and `persist_znodes` change nothing that the state tells of. A plan that changes an installation's files by
    /// `run` has to say so by a later step, such as `require` a version.
    package func apply(to state: inout EnsembleState) {
        switch self {
        case .require(let conditions), .wait(let conditions, _): for condition in conditions { state.learn(condition) }
        case .stop(let server, _): state.stop(server)
        case .start(let server, let settle, _): state.start(server, settle)
        case .setMyid(let server, let id): state.servers[server]?.myid = id
        case .editFile(let target, let edit): state.edit(target, edit)
        case .putFile(let target, let content, _):
            if case .text(let text) = content { state.write(target, text) } else { state.write(target, nil) }
        case .install(let server, _, _):
            // ZooKeeper's archives hold no zoo.cfg, so the configuration stays what it was.
            state.servers[server]?.version = nil
            state.servers[server]?.files = [:]
        case .clearData(let server): state.servers[server]?.data = .empty
        case .copyData(let source, let target):
            if let data = state.servers[source]?.data { state.servers[target]?.data = data }
        case .reconfig(let through, let add, let remove): state.reconfigure(through, add, remove)
        case .rollbackPoint, .confirm, .persistZnodes, .command: break
        }
    }
}

extension EnsembleState {
    /// A condition that held says what was perhaps not known.
    fileprivate mutating func learn(_ condition: Condition) {
        switch condition.kind {
        case .mode(let server, let modes) where modes.count == 1 && modes != [.stopped]: settle(server, as: modes[0])
        case .leader(let candidates) where candidates.count == 1: settle(candidates[0], as: .leader)
        case .version(let server, let version): servers[server]?.version = version
        default: break
        }
    }

    private mutating func settle(_ server: ServerName, as mode: Mode) {
        guard servers[server]?.running == true else { return }
        if mode == .leader {
            // There is one leader: another that was thought to lead does so no longer.
            for peer in ensemble(of: server) where servers[peer]?.mode == .leader { servers[peer]?.mode = nil }
        }
        servers[server]?.mode = mode
    }

    fileprivate mutating func stop(_ server: ServerName) {
        guard let stopped = servers[server], stopped.running else { return }
        let others = ensemble(of: server).filter { $0 != server }
        servers[server]?.running = false
        servers[server]?.mode = .stopped
        servers[server]?.loadedConfig = nil
        servers[server]?.loadedMyid = nil
        servers[server]?.electionListener = nil
        guard stopped.mayServe else { return }
        // Where another is known to lead and keeps its quorum nothing moves; else there is an election.
        let leader = others.first { servers[$0]?.mode == .leader }
        let kept = leader.flatMap { leader in runningEnsembles.first { $0.servers.contains(leader) }?.serves } ?? false
        guard !kept else { return }
        for other in others where servers[other]?.mayServe == true && servers[other]?.mode != .observer {
            servers[other]?.mode = nil
        }
    }

    fileprivate mutating func start(_ server: ServerName, _ settle: Settle) {
        guard var started = servers[server], !started.running else { return }
        started.running = true
        started.mode = nil
        started.loadedConfig = started.config
        started.loadedMyid = started.myid
        // A listener begins anew with its process (ZOOKEEPER-2186 kills the thread, not the port).
        started.electionListener = settle == .none ? nil : .alive
        servers[server] = started
        guard settle == .serving, started.data == .empty else { return }
        let data = dataOfEnsemble(joinedBy: server)
        servers[server]?.data = data
    }

    /// What an empty server holds once it serves: what the ensemble it joined holds, its own where there is no other.
    private func dataOfEnsemble(joinedBy server: ServerName) -> ServerState.Data {
        let others = ensemble(of: server).filter { $0 != server && servers[$0]?.mayServe == true }
        guard !others.isEmpty else { return .present(origin: server) }
        let teller = others.first { servers[$0]?.mode == .leader } ?? others.first { servers[$0]?.data.origin != nil }
        return teller.flatMap { servers[$0]?.data } ?? .unknown
    }

    fileprivate mutating func edit(_ target: EditTarget, _ edit: TextEdit) {
        // An edit of an unknown text leaves an unknown text, and so does one that can't be made.
        write(target, text(of: target).flatMap { try? edit.applied(to: $0, target: target) })
    }

    fileprivate mutating func write(_ target: EditTarget, _ text: String?) {
        switch target {
        case .config(let server): servers[server]?.config = text
        case .file(let server, let path): servers[server]?.files[path] = text
        }
    }

    /// The planned text of a file; nil where it is not known.
    package func text(of target: EditTarget) -> String? {
        switch target {
        case .config(let server): servers[server]?.config
        case .file(let server, let path): servers[server]?.files[path]
        }
    }

    /// Dynamic reconfiguration changes the members that every process knows, at once. The servers rewrite their files
    /// themselves: comments go, and the server lines move to another file.
    fileprivate mutating func reconfigure(_ through: ServerName, _ add: [String], _ remove: [ServerID]) {
        for server in ensemble(of: through) {
            servers[server]?.config = nil
            guard let loaded = servers[server]?.loadedConfig, var members = Self.members(of: loaded) else { continue }
            for id in remove { members[id] = nil }
            for line in add {
                let parts = line.split(separator: "=", maxSplits: 1)
                guard parts.count == 2, parts[0].hasPrefix("server."), let address = MemberAddress(String(parts[1])),
                    let number = Int(parts[0].dropFirst("server.".count))
                else { continue }
                members[ServerID(number)] = address
            }
            var config = ZooConfig(loaded)
            config.setMembers(members)
            servers[server]?.loadedConfig = config.text
        }
    }
}

extension ServerState.Data {
    package var origin: ServerName? {
        if case .present(let origin) = self { origin } else { nil }
    }
}
