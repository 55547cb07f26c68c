import EnsembleModel

/// The files that a copy of a server's data is made of, in the order in which they are sent.
struct CopyManifest: Sendable, Equatable {
    enum Kind: String, Sendable { case data, logs }

    struct File: Sendable, Equatable {
        var kind: Kind
        var name: String
        /// Where it is read: in `version-2`, or where it is kept from changing.
        var path: String
        var bytes: Int
    }

    var files: [File]
    var isLive: Bool

    /// Reads `live yes` and lines of `file KIND SIZE PATH`; nil where one can't be read or is no file of ZooKeeper's.
    init?(_ reply: ScriptReply) {
        guard let live = reply["live"] else { return nil }
        isLive = live == "yes"
        files = []
        for line in reply.all("file") {
            let words = line.split(separator: " ", maxSplits: 2)
            guard words.count == 3, let kind = Kind(rawValue: String(words[0])), let bytes = Int(told: words[1]),
                let name = String(words[2]).pathParts.last,
                ServerLook.DataFile(name: name, bytes: bytes).kind != nil, name.utf8.count <= 100, bytes >= 0
            else { return nil }
            files.append(File(kind: kind, name: name, path: String(words[2]), bytes: bytes))
        }
        guard files.map(\.bytes).toldSum < Int.largestTold else { return nil }
    }

    func files(_ kind: Kind) -> [File] { files.filter { $0.kind == kind } }
    func bytes(_ kind: Kind) -> Int { files(kind).reduce(0) { $0 + $1.bytes } }
    var bytes: Int { files.reduce(0) { $0 + $1.bytes } }

    /// Lines of `SIZE PATH`, as the sending scripts read them.
    func list(_ kind: Kind) -> [UInt8] {
        Array(files(kind).map { "\($0.bytes) \($0.path)\n" }.joined().utf8)
    }
}
