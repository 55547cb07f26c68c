import RemoteHosts

/// One session a host, opened at its first use and kept until it is lost. Hosts don't wait for one another; tasks that need
/// the same host while it is being connected to share the attempt.
actor HostSessions {
    struct Opened: Sendable {
        let session: any HostSession
        /// Tells this session from the one opened after it.
        let number: Int
    }

    private enum Slot {
        case opening(Task<Result<Opened, HostError>, Never>, number: Int, waiting: Int)
        case open(Opened)
    }

    private let endpoints: [String: Endpoint]
    private let connector: any HostConnector
    private var slots: [String: Slot] = [:]
    private var lastNumber = 0
    private var isClosed = false

    init(endpoints: [String: Endpoint], connector: any HostConnector) {
        self.endpoints = endpoints
        self.connector = connector
    }

    func session(_ host: String) async throws(HostError) -> Opened {
        guard !isClosed else { throw HostError(.cancelled, host: host, "the connections of this run are closed") }
        let task: Task<Result<Opened, HostError>, Never>
        let number: Int
        switch slots[host] {
        case .open(let opened): return opened
        case .opening(let underWay, let itsNumber, let waiting):
            (task, number) = (underWay, itsNumber)
            slots[host] = .opening(task, number: number, waiting: waiting + 1)
        case nil:
            (task, number) = try begin(host)
        }
        let result = await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            Task { await self.leave(host, number) }
        }
        if Task.isCancelled { throw HostError(.cancelled, host: host, "connecting was cancelled") }
        return try result.get()
    }

    /// Forgets a session that was lost, so that the next use opens another.
    func drop(_ host: String, _ opened: Opened) async {
        guard case .open(let current) = slots[host], current.number == opened.number else { return }
        slots[host] = nil
        await opened.session.close()
    }

    func close() async {
        isClosed = true
        let all = slots.values
        slots = [:]
        await withTaskGroup { group in
            for slot in all {
                group.addTask {
                    switch slot {
                    case .open(let opened): await opened.session.close()
                    case .opening(let task, _, _):
                        task.cancel()
                        if case .success(let opened) = await task.value { await opened.session.close() }
                    }
                }
            }
        }
    }

    private func begin(_ host: String) throws(HostError) -> (Task<Result<Opened, HostError>, Never>, Int) {
        guard let endpoint = endpoints[host] else {
            throw HostError(.configurationInvalid, host: host, "the inventory has no host of this name")
        }
        lastNumber += 1
        let (number, connector) = (lastNumber, connector)
        let task = Task {
            let result: Result<Opened, HostError>
            do throws(HostError) {
                result = .success(Opened(session: try await connector.connect(endpoint), number: number))
            } catch {
                result = .failure(error)
            }
            self.settle(host, number, result)
            return result
        }
        slots[host] = .opening(task, number: number, waiting: 1)
        return (task, number)
    }

    private func settle(_ host: String, _ number: Int, _ result: Result<Opened, HostError>) {
        guard case .opening(_, number, _) = slots[host] else { return }
        switch result {
        case .success(let opened): slots[host] = .open(opened)
        case .failure: slots[host] = nil
        }
    }

    /// Somebody who waited does no longer; with the last one, the attempt ends.
    private func leave(_ host: String, _ number: Int) {
        guard case .opening(let task, number, let waiting) = slots[host] else { return }
        slots[host] = .opening(task, number: number, waiting: waiting - 1)
        if waiting <= 1 { task.cancel() }
    }
}
