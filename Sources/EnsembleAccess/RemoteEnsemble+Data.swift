package import EnsembleModel

extension RemoteEnsemble {
    package func clearData(_ server: ServerName, under mutation: Mutation) async throws(AccessError) -> Change {
        try await changeData("clearData", RemoteScripts.clearData, server, mutation)
    }

    package func restoreData(
        _ server: ServerName, isCertain: Bool = false, under mutation: Mutation
    ) async throws(AccessError) -> Change {
        try await changeData(
            "restoreData", RemoteScripts.restoreData, server, mutation, more: [isCertain ? "certain" : ""])
    }

    package func removeCopiedData(_ server: ServerName, under mutation: Mutation) async throws(AccessError) -> Change {
        try await changeData("removeCopiedData", RemoteScripts.removeCopiedData, server, mutation)
    }

    private func changeData(
        _ name: String, _ script: String, _ server: ServerName, _ mutation: Mutation, more: [String] = []
    ) async throws(AccessError) -> Change {
        let place = try place(server)
        let directories = try await dataDirectories(place)
        return try await changed(
            server.host,
            ScriptCall(
                name: name, script: script, arguments: dataArguments(place, directories, mutation) + more,
                server: server, limit: .seconds(120)))
    }

    /// What every script that works on data begins with.
    func dataArguments(_ place: ServerPlace, _ directories: DataDirectories, _ mutation: Mutation) -> [String] {
        [
            place.home, place.configPath, directories.configSum, mutation.run, mutation.fileName, directories.data,
            directories.logs,
        ]
    }
}
