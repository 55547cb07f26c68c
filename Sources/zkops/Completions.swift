import ArgumentParser

/// What shells offer where a server, a host, a run or a step is wanted.
enum Completions {
    static let servers = CompletionKind.default
    static let hosts = CompletionKind.default
}
