package import EnsembleModel

extension EnsembleFacts {
    /// The facts as a YAML text that reads back as the same facts: servers in their order, texts of files as block scalars.
    package func yaml(ensemble: String) -> String {
        var lines = ["version: 1", "ensemble: \(YAMLText.scalar(ensemble))"]
        if let capturedAt { lines.append("captured_at: \(YAMLText.scalar(capturedAt))") }
        if servers.isEmpty { return (lines + ["servers: {}"]).joined(separator: "\n") + "\n" }
        lines.append("servers:")
        for (name, facts) in servers.sorted(by: { $0.key < $1.key }) {
            lines.append("  \(YAMLText.scalar(name.description)):")
            lines += facts.yamlLines.map { $0.isEmpty ? "" : "    " + $0 }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

extension ServerFacts {
    fileprivate var yamlLines: [String] {
        var lines = ["running: \(running)", "mode: \(mode.rawValue)"]
        func add(_ key: String, _ value: (some CustomStringConvertible)?) {
            if let value { lines.append("\(key): \(value)") }
        }
        func add(_ key: String, _ value: Newest?) {
            switch value {
            case .some(.none): lines.append("\(key): none")
            case .some(.at(let zxid)): lines.append("\(key): \(zxid)")
            case nil: break
            }
        }
        add("myid", myid)
        add("loaded_myid", loadedMyid)
        add("version", version)
        add("zxid", zxid)
        if let epochs { lines.append("epochs: {accepted: \(epochs.accepted), current: \(epochs.current)}") }
        add("snapshot", snapshot)
        add("log", log)
        add("election_listener", electionListener?.rawValue)
        add("data_size", dataSize)
        add("log_size", logSize)
        add("data_room", dataRoom)
        add("log_room", logRoom)
        if let config { lines += YAMLText.entry("config", config) }
        if let loadedConfig { lines += YAMLText.entry("loaded_config", loadedConfig) }
        if !files.isEmpty {
            lines.append("files:")
            for (path, text) in files.sorted(by: { $0.key < $1.key }) {
                lines += YAMLText.entry(path, text).map { $0.isEmpty ? "" : "  " + $0 }
            }
        }
        return lines
    }
}
