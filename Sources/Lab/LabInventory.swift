/// The inventory that zkops uses for the lab like any other (docs/plan-language.md).
enum LabInventory {
    static func text(_ lab: Lab, user: String) -> String {
        let topology = lab.topology
        var text = """
            # written by `zkops lab up`
            version: 1
            ensemble: \(quoted(topology.name))
            ssh:
              user: \(quoted(user))
              port: \(topology.ports.ssh)
              identity_file: \(quoted("\(lab.directory)/id_ed25519"))
              known_hosts: \(quoted("\(lab.directory)/known_hosts"))

            """
        if topology.sshd == .hardened { text += "  transport: openssh\n" }
        text += "installations:\n"
        for installation in topology.installations {
            let home = "\(lab.directory)/hosts/{host}/zookeeper-\(installation.version)"
            text += "  \(quoted(installation.name)): {home: \(quoted(home))}\n"
        }
        text += "hosts:\n"
        for host in lab.hosts { text += "  \(quoted(host.name)): {address: \(host.address)}\n" }
        return text
    }

    /// As it is where that can't be misread, else in double quotes.
    private static func quoted(_ text: String) -> String {
        let plain =
            text.first.map { $0.isASCII && ($0.isLetter || $0 == "/") } ?? false
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./".contains($0)) }
        if plain, !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(text.lowercased()) {
            return text
        }
        return "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
