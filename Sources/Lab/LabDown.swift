extension Lab {
    /// Ends every process of the lab, undoes what breaks did to the machine, and removes every file.
    package func down() async throws(LabError) {
        let lock = try FileLock.take(onDirectory: directory)
        defer { withExtendedLifetime(lock) {} }
        try await endProcesses()
        for undo in try Lab.readState(directory).undo.reversed() { try await carryOut(undo) }
        // The state goes last, so that an interrupted `down` can be repeated.
        for name in LabFiles.names(in: directory) where name != LabState.fileName {
            try LabFiles.remove("\(directory)/\(name)")
        }
        try LabFiles.remove(directory)
    }

    func endProcesses() async throws(LabError) {
        // A process may start another while we look, so look until there is none.
        for _ in 1...20 {
            let recorded = try Lab.readState(directory).processes
            let processes = ProcessTable.ofLab(directory, recorded: recorded)
            if processes.isEmpty { return }
            try await ProcessTable.end(processes)
        }
        throw LabError(.processFailed, "processes of the lab in \(directory) keep coming; is a run at work on it?")
    }

    func carryOut(_ undo: LabState.Undo) async throws(LabError) {
        let (name, arguments): (String, [String])
        switch undo {
        case .network(let addresses):
            try await network?.down(addresses)
            return
        case .cut(let address):
            try await network?.join(address, with: hosts.map(\.address).filter { $0 != address })
            return
        case .unmount(let path): (name, arguments) = ("umount", [path])
        case .firewall(let words): (name, arguments) = ("iptables", words)
        }
        let program = try surroundings.program(name, remedy: "it was there when the lab was broken; install it again")
        // What is done already, by an earlier `down`, is done.
        if case .unmount(let path) = undo, !isMountPoint(path) { return }
        var said = ""
        // A file system stays busy for a moment after the last process on it was killed.
        let done = await waitUntil(limit: .seconds(5), every: .milliseconds(50)) {
            let outcome = try? await ChildProcess.run(program, arguments, environment: surroundings.environment)
            said = outcome?.output ?? ""
            return outcome?.succeeded == true
        }
        guard done else {
            throw LabError(.processFailed, "\(name) \(arguments.joined(separator: " ")) failed: \(said)")
        }
    }

    private func isMountPoint(_ path: String) -> Bool {
        (LabFiles.textIfThere("/proc/mounts") ?? "").split(separator: "\n").contains { line in
            line.split(separator: " ").dropFirst().first.map { $0 == path } ?? false
        }
    }
}
