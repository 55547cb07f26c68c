/// How the lines of a file that a plan edits are read.
package enum FileSyntax: Sendable, Hashable {
    /// zoo.cfg: properties, with `server.N` lines.
    case config
    /// `java.util.Properties`, such as log4j.properties.
    case properties
    /// A file that a shell runs or sources: its `KEY=value` and `export KEY=value` lines.
    case shell

    /// A shell file is one whose name ends in `.sh` or `.env` (zkEnv.sh, java.env) or whose text begins with `#!`.
    package static func of(path: String, text: String) -> FileSyntax {
        path.hasSuffix(".sh") || path.hasSuffix(".env") || text.hasPrefix("#!") ? .shell : .properties
    }
}
