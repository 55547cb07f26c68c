import EnsembleModel

/// A lab as `zkops lab list` shows it.
package struct LabSummary: Sendable, Codable, Equatable {
    package var name: String
    package var directory: String
    /// How many servers are to run, and how many processes of its servers do.
    package var servers: Int
    package var running: Int
    package var versions: [String]
}

extension Lab {
    /// The labs in the state directory, and those elsewhere of which a server or an sshd runs; by name.
    package static func all(_ surroundings: LabSurroundings) -> [LabSummary] {
        let processes = ProcessTable.all().filter { !$0.isZombie }
        let usual = LabFiles.names(in: "\(surroundings.state)/labs").map { surroundings.labDirectory($0) }
        let found = Set(usual + processes.flatMap(directories)).compactMap { try? Lab.open($0, surroundings) }
        return found.map { lab in
            LabSummary(
                name: lab.topology.name, directory: lab.directory, servers: lab.ensemble.count,
                running: processes.count { $0.program == "java" && directories($0).contains(lab.directory) },
                versions: lab.topology.installations.map(\.version.description))
        }.sorted { ($0.name, $0.directory) < ($1.name, $1.directory) }
    }

    /// What may be labs' directories, since paths below their `hosts` stand in the command line of a server or an sshd.
    private static func directories(_ entry: ProcessEntry) -> Set<String> {
        guard entry.program == "java" || entry.arguments.first?.contains("sshd") == true else { return [] }
        let words = entry.arguments.flatMap { $0.split(whereSeparator: { " =:".contains($0) }) }
        return Set(
            words.compactMap { word in
                guard word.hasPrefix("/"), let place = word.firstRange(of: "/hosts/") else { return nil }
                return String(word[..<place.lowerBound])
            })
    }
}
