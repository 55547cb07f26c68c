import EnsembleAccess
import EnsembleModel
import Glibc

extension Lab {
    /// Puts a small tmpfs in the directory's place, with what is in it, and fills it to the last block. A server that
    /// ran before runs again, and fails at its next write.
    func fill(_ disk: LabDisk, of server: LabServer) async throws(LabError) -> String {
        guard surroundings.isRoot else {
            throw LabError(.breakImpossible, "only root may mount the small file system that is to be filled")
        }
        let directory = disk == .data ? server.dataDir : server.dataLogDir
        let wasRunning = server.process() != nil
        try await kill(server)

        let kilobytes = Int(try await execute("du", ["-sk", directory]).prefix { $0.isNumber }) ?? 0
        let copy = "\(server.host.directory)/before-fill"
        try LabFiles.move(directory, to: copy)
        try LabFiles.makeDirectory(directory)
        // The way back is written down first, so that the lab can always be taken down.
        try changeState { $0.undo.append(.unmount(path: directory)) }
        do throws(LabError) {
            try await execute(
                "mount", ["-t", "tmpfs", "-o", "size=\(kilobytes + 8192)k,mode=755", "zkops-lab", directory])
        } catch {
            try changeState { $0.undo.removeLast() }
            throw LabError(.breakImpossible, "no file system can be mounted here: \(error)")
        }
        // Preallocated transaction logs are mostly holes and must stay so to fit.
        try await execute("cp", ["-a", "--sparse=always", "\(copy)/.", directory])
        try LabFiles.remove(copy)
        if wasRunning {
            try await start(server)
            try await wait(for: server, modes: [.leader, .follower, .observer, .standalone])
        }
        try ballast("\(directory)/ballast")
        return "\(directory) is full" + (wasRunning ? "; \(server.name) runs on it" : "")
    }

    /// strace(1) delays each fsync of the process, as a disk does that others keep busy; sessions that come and go are written to the log,
    /// until the server has complained.
    func slowDisk(of server: LabServer) async throws(LabError) -> String {
        let strace = try surroundings.program("strace", remedy: "apt-get install strace")
        let calls = "fsync,fdatasync"
        let pid = try ChildProcess.detach(
            strace,
            ["-f", "-q", "-o", "/dev/null", "-e", "trace=\(calls)", "-e", "inject=\(calls):delay_enter=1200000"]
                + ["-p", "\(try running(server).pid)"],
            environment: surroundings.environment, directory: directory, log: "\(directory)/slow-disk.log")
        guard let entry = ProcessTable.entry(pid) else {
            throw LabError(.breakImpossible, "strace may not look into processes here: see \(directory)/slow-disk.log")
        }
        let record = RecordedProcess(pid: pid, startTime: entry.startTime, purpose: "slow disk")
        try changeState { $0.processes.append(record) }
        let complained = await waitUntil(limit: .seconds(60), every: .milliseconds(100)) {
            _ = try? await Self.withClient(of: clientAddresses) { client throws(ZooKeeperClientError) in
                try await client.children(of: "/")
            }
            return server.log().ranges(of: "fsync-ing the write ahead log").count >= 3
        }
        guard complained else { throw LabError(.breakImpossible, "\(server.name) has not complained of slow writes") }
        return "every fsync of \(server.name) takes 1.2 s"
    }

    /// Writes zeros until nothing more fits.
    private func ballast(_ path: String) throws(LabError) {
        let descriptor = unsafe Glibc.open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw LabError(.fileFailed, "can't open \(path): \(systemMessage(errno))") }
        defer { close(descriptor) }
        var size = 1 << 16
        let zeros = [UInt8](repeating: 0, count: size)
        while size > 0 {
            if unsafe write(descriptor, zeros, size) <= 0 {
                guard errno == ENOSPC || errno == EINTR else {
                    throw LabError(.fileFailed, "can't fill \(path): \(systemMessage(errno))")
                }
                size /= 2
            }
        }
    }

    @discardableResult
    private func execute(_ name: String, _ arguments: [String]) async throws(LabError) -> String {
        let program = try surroundings.program(name, remedy: "install it")
        let outcome = try await ChildProcess.run(program, arguments, environment: surroundings.environment)
        guard outcome.succeeded else {
            throw LabError(.processFailed, "\(name) \(arguments.joined(separator: " ")) failed: \(outcome.output)")
        }
        return outcome.output
    }
}
