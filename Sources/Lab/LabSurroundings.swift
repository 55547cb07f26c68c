import Foundation

/// What a lab takes from the machine it stands on. The executable makes one from its environment and hands it down.
package struct LabSurroundings: Sendable {
    /// `$XDG_CACHE_HOME/zkops`: the jars.
    package var cache: String
    /// `$XDG_STATE_HOME/zkops`: labs live in `labs/NAME` below it.
    package var state: String
    /// What child processes see, PATH included.
    package var environment: [String: String]
    /// The name that sshd lets in.
    package var user: String
    package var isRoot: Bool

    package init(cache: String, state: String, environment: [String: String], user: String, isRoot: Bool) {
        self.cache = cache
        self.state = state
        self.environment = environment
        self.user = user
        self.isRoot = isRoot
    }

    /// From an environment, by the XDG base directory rules.
    package init(environment: [String: String]) {
        let home = environment["HOME"] ?? NSHomeDirectory()
        func directory(_ variable: String, otherwise: String) -> String {
            let value = environment[variable] ?? ""
            return (value.hasPrefix("/") ? value : "\(home)/\(otherwise)") + "/zkops"
        }
        self.init(
            cache: directory("XDG_CACHE_HOME", otherwise: ".cache"),
            state: directory("XDG_STATE_HOME", otherwise: ".local/state"),
            environment: environment, user: NSUserName(), isRoot: geteuid() == 0)
    }

    package func labDirectory(_ name: String) -> String { "\(state)/labs/\(name)" }

    /// The full path of a program, looked for in PATH and then where system programs lie.
    func program(_ name: String, remedy: String) throws(LabError) -> String {
        let path = (environment["PATH"] ?? "").split(separator: ":").map(String.init)
        for directory in path + ["/usr/sbin", "/sbin", "/usr/bin", "/bin", "/usr/local/sbin"] {
            let candidate = "\(directory)/\(name)"
            if FileManager.default.isExecutableFile(atPath: candidate) { return candidate }
        }
        throw LabError(.toolMissing, "\(name) was not found; \(remedy)")
    }
}
