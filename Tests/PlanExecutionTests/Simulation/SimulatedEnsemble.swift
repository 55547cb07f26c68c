import Checksums
import EnsembleAccess
import EnsembleModel
import PlanLanguage

/// Hosts and servers that exist only here, over a logical clock. What they do wrong is chosen by the test.
actor SimulatedEnsemble: EnsembleControl {
    /// Called before and after each change of a host, with its number and name; what it throws the change throws.
    typealias Hook = @Sendable (_ number: Int, _ name: String, _ isDone: Bool) throws(AccessError) -> Void

    /// All that a change of hosts changes.
    struct Hosts: Sendable {
        var servers: [ServerName: SimulatedServer]
        var nextProcess: Int
    }

    let clock: LogicalClock
    /// As they were between the last two changes, for who may not wait.
    nonisolated let published: Locked<Hosts>
    /// In which backups were last looked for.
    var backupDirectories: [ServerName: [String]] = [:]
    var servers: [ServerName: SimulatedServer]
    nonisolated let names: [ServerName]
    var hook: Hook?
    /// Whether the process that asks is dead: then nothing of it reaches a host any more.
    var isCutOff: @Sendable () -> Bool = { false }
    /// Called before every pulse with the number of the pulse; lets a test change the world between two looks.
    var onPulse: (@Sendable (isolated SimulatedEnsemble, ServerName) -> Void)?
    /// Called before every change of a host, with its name, once the lock was looked for.
    var beforeChange: (@Sendable (isolated SimulatedEnsemble, String) -> Void)?
    var hidesListeners = false
    var room = 10 << 30
    /// The version of what is installed from archives.
    var archiveVersion = Version(3, 6, 3)
    var stopChange: (@Sendable (inout SimulatedServer) -> Void)?
    /// What goes wrong with the data of a copy.
    var copyChange: (@Sendable (inout SimulatedData) -> Void)?
    var changes = 0
    private(set) var changeNames: [String] = []
    var nextProcess = 100
    /// What `check` answers for a script; 0 otherwise.
    var commandResults: [String: Int] = [:]
    /// Commands that were run, in order.
    var commandsRun: [String] = []
    var environments: [HostCommand] = []

    init(clock: LogicalClock, servers: [SimulatedServer]) {
        self.clock = clock
        names = servers.map(\.name).sorted()
        self.servers = Dictionary(uniqueKeysWithValues: servers.map { ($0.name, $0) })
        published = Locked(Hosts(servers: self.servers, nextProcess: nextProcess))
    }

    /// Hosts as they were left.
    init(clock: LogicalClock, hosts: Hosts) {
        self.clock = clock
        names = hosts.servers.keys.sorted()
        (servers, nextProcess) = (hosts.servers, hosts.nextProcess)
        published = Locked(hosts)
    }

    // MARK: For tests

    func edit(_ name: ServerName, _ change: @Sendable (inout SimulatedServer) -> Void) {
        guard var server = servers[name] else { return }
        change(&server)
        servers[name] = server
    }

    func setHook(_ hook: Hook?) { self.hook = hook }
    func setCutOff(_ isCutOff: @escaping @Sendable () -> Bool) { self.isCutOff = isCutOff }
    func setOnPulse(_ hook: (@Sendable (isolated SimulatedEnsemble, ServerName) -> Void)?) { onPulse = hook }
    func setBeforeChange(_ change: (@Sendable (isolated SimulatedEnsemble, String) -> Void)?) { beforeChange = change }
    func setCommandResult(_ script: String, _ exitCode: Int) { commandResults[script] = exitCode }
    func server(_ name: ServerName) -> SimulatedServer? {
        settle()
        return servers[name]
    }

    /// Starts the process of a server at once, as an operator would.
    func boot(_ name: ServerName, bootID: String? = nil) {
        launch(name)
        if let bootID { servers[name]?.process?.identity.bootID = bootID }
    }

    func kill(_ name: ServerName) { servers[name]?.process = nil }

    /// By somebody else.
    func restart(_ name: ServerName) {
        kill(name)
        launch(name)
        letElect()
    }

    /// Goes on until everybody who can serve does.
    func letElect() {
        clock.advance(.seconds(1))
        settle()
        clock.advance(.seconds(1))
        settle()
    }

    /// A client's write.
    func write(_ path: String) {
        settle()
        var election = SimulatedElection(servers: servers, names: names, now: clock.now)
        guard let leader = servers.values.filter({ $0.mode == .leader }).map(\.name).min() else { return }
        _ = election.commit(path, leader: leader)
        servers = election.servers
    }

    func facts(files: [String] = []) async -> EnsembleFacts {
        var facts = EnsembleFacts(servers: [:])
        for name in names { facts.servers[name] = try? await observe(name, files: files) }
        return facts
    }

    func makeUnreachable(_ host: String) {
        for name in names where name.host == host { servers[name]?.faults.isUnreachable = true }
    }

    /// Makes a follower lead, as after an election that nobody asked for.
    func makeLeader(_ name: ServerName) {
        let epoch = (servers[name]?.data.acceptedEpoch ?? 0) + 1
        for other in names where servers[other]?.process?.leader != nil {
            servers[other]?.process?.leader = name
            servers[other]?.process?.epoch = epoch
            servers[other]?.data.acceptedEpoch = epoch
            servers[other]?.data.currentEpoch = epoch
        }
    }

    var isLed: Bool { servers.values.contains { $0.mode == .leader || $0.mode == .standalone } }
    func configs() -> [String] { names.map { servers[$0]?.configText ?? "" } }
    func locks() -> [String] { names.compactMap { name in servers[name]?.lock.map { "\(name) \($0.run)" } } }
    func hideListeners() { hidesListeners = true }
    func setRoom(_ bytes: Int) { room = bytes }
    /// Called for a server when it is stopped.
    func onCopy(_ change: @escaping @Sendable (inout SimulatedData) -> Void) { copyChange = change }
    func onStop(_ change: @escaping @Sendable (inout SimulatedServer) -> Void) { stopChange = change }

    // MARK: Inside

    func settle() {
        var election = SimulatedElection(servers: servers, names: names, now: clock.now)
        election.settle()
        servers = election.servers
        publish()
    }

    func publish() {
        let hosts = Hosts(servers: servers, nextProcess: nextProcess)
        published.update { $0 = hosts }
    }

    func launch(_ name: ServerName) {
        guard let server = servers[name], server.process == nil else { return }
        nextProcess += 1
        servers[name]?.process = .init(
            identity: ProcessIdentity(pid: nextProcess, startTime: nextProcess * 100, bootID: "boot-\(name.host)"),
            configText: server.configText,
            myid: server.myid.flatMap { Int($0.filter { $0 != "\n" }) }.map(ServerID.init),
            at: clock.now)
    }

    func found(_ name: ServerName) throws(AccessError) -> SimulatedServer {
        guard !isCutOff() else { throw AccessError(.cancelled, host: name.host, "the process is dead") }
        settle()
        guard let server = servers[name] else {
            throw AccessError(.configurationInvalid, host: name.host, server: name, "no such server")
        }
        guard !server.faults.isUnreachable else {
            throw AccessError(.hostUnreachable, host: name.host, "the host does not answer")
        }
        return server
    }

    /// Around every change: the test's hook, and the lock.
    func changing<Value>(
        _ name: String, _ server: ServerName, under mutation: Mutation?, _ body: () throws(AccessError) -> Value
    ) throws(AccessError) -> Value {
        let found = try found(server)
        if let mutation, found.lock?.run != mutation.run {
            throw AccessError(
                .lockLost, host: server.host, server: server, "the lock is \(found.lock?.run ?? "nobody's")")
        }
        changes += 1
        let number = changes
        try hook?(number, "\(name) \(server)", false)
        changeNames.append("\(name) \(server)")
        beforeChange?(self, "\(name) \(server)")
        let value = try body()
        settle()
        try hook?(number, "\(name) \(server)", true)
        return value
    }

    func close() async {}
}
