import EnsembleAccess
import EnsembleModel
import PlanExecution
import PlanLanguage
import RemoteHosts
import TerminalUI

/// The hosts of an inventory, reached over SSH when they are first needed.
struct Connections: Sendable {
    let control: RemoteEnsemble
    private let connector: SSHConnector
    private let logs: HostLogs

    /// - Parameter forRun: whether a run may come of it, whose logs then hold what was done before it.
    init(_ inventory: Inventory, _ environment: OperatorEnvironment, forRun: Bool = false) {
        let world = environment.world
        let person = LibSSH2Connector.Person(
            home: environment.home, userName: environment.operatorName, agentSocket: environment.agentSocket)
        let prompt: PassphrasePrompt = { path in Terminal.askSecret("Passphrase of \(safeForTerminal(path)): ") }
        connector = SSHConnector(
            person: person, prompt: Terminal.canAsk ? prompt : nil, seed: world.random())
        logs = HostLogs(now: world.now)
        control = EnsembleConnections.make(
            inventory: inventory, connector: connector, home: environment.home, record: forRun ? logs.recorder : nil)
    }

    func applier(_ store: RunStore, _ options: ApplyOptions, _ environment: OperatorEnvironment) -> Applier {
        Applier(
            control: control, world: environment.world, store: store, options: options,
            opened: { [logs] run in logs.attach(run) })
    }

    func close() async {
        await control.close()
        await connector.close()
    }
}
