import Checksums

/// The server keys that are known, read from files of OpenSSH's form (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT).
///
/// libssh2 has a reader of its own, which accepts a wrong key for `[host]:port` when the right one stands under the bare
/// name, ignores `@revoked`, and gives up a whole file for one odd line. So this one takes its place.
package struct KnownHosts: Sendable {
    struct Entry: Sendable, Equatable {
        enum Marker: Sendable { case none, revoked, certificateAuthority }
        var marker: Marker
        var names: KnownHostNames
        var type: String
        var key: [UInt8]
        /// Where it stands: `file:line`.
        var place: String
    }

    enum Verdict: Sendable, Equatable {
        case trusted
        case revoked(place: String)
        /// Other keys are known for the host, at these places.
        case changed(places: [String])
        /// Only keys of types that can't be verified here are known, at these places.
        case unverifiable(places: [String])
        case unknown(certificateAuthority: String?)
    }

    let entries: [Entry]
    let files: [String]

    /// Reads the files. One that is not there holds nothing, as for OpenSSH.
    package static func load(_ files: [String], host: String) throws(HostError) -> KnownHosts {
        var entries: [Entry] = []
        for file in files {
            switch readFile(file) {
            case .success(let bytes): entries.append(contentsOf: parse(bytes, file: file))
            case .failure(let failure) where failure.isMissing: continue
            case .failure(let failure):
                throw HostError(
                    .knownHostsUnreadable, host: host,
                    "The known hosts file \(file) can't be read (\(failure.reason)): correct its permissions or the "
                        + "inventory.")
            }
        }
        return KnownHosts(entries: entries, files: files)
    }

    /// Lines that make no sense are skipped, as OpenSSH does; they can only make fewer keys known.
    static func parse(_ bytes: [UInt8], file: String) -> [Entry] {
        var entries: [Entry] = []
        for (index, line) in bytes.split(separator: 10, omittingEmptySubsequences: false).enumerated() {
            var words = line.split(whereSeparator: { $0 == 32 || $0 == 9 || $0 == 13 })
            guard let first = words.first, first.first != UInt8(ascii: "#") else { continue }
            var marker = Entry.Marker.none
            if first.first == UInt8(ascii: "@") {
                switch String(decoding: first, as: UTF8.self) {
                case "@revoked": marker = .revoked
                case "@cert-authority": marker = .certificateAuthority
                default: continue
                }
                words.removeFirst()
            }
            guard words.count >= 3, let key = Base64.decode(words[2]) else { continue }
            var reader = WireReader(key)
            let type = String(decoding: words[1], as: UTF8.self)
            guard reader.text() == type, !reader.isAtEnd else { continue }
            guard let names = KnownHostNames(String(decoding: words[0], as: UTF8.self)) else { continue }
            entries.append(
                Entry(marker: marker, names: names, type: type, key: key, place: "\(file):\(index + 1)"))
        }
        return entries
    }

    /// The types of the keys that are known for a server, to be asked for by preference.
    func keyTypes(name: String, port: UInt16) -> Set<String> {
        let plain = entries.filter { $0.marker == .none }
        let own = plain.filter { $0.names.match(Self.lookupName(name, port)) }
        // OpenSSH falls back to the name without the port where nothing is known for the port.
        return Set((own.isEmpty ? plain.filter { $0.names.match(name.lowercased()) } : own).map(\.type))
    }

    func verdict(_ key: [UInt8], name: String, port: UInt16) -> Verdict {
        let own = Self.lookupName(name, port)
        let bare = name.lowercased()
        let here = entries.filter { $0.names.match(own) }
        let either = here + (own == bare ? [] : entries.filter { $0.names.match(bare) })
        if let revoked = either.first(where: { $0.marker == .revoked && $0.key == key }) {
            return .revoked(place: revoked.place)
        }
        let plain = here.filter { $0.marker == .none }
        if plain.contains(where: { $0.key == key }) { return .trusted }
        if !plain.isEmpty {
            let places = plain.map { "\($0.place) (\($0.type))" }
            return plain.contains { Handshake.verifiableKeyTypes.contains($0.type) }
                ? .changed(places: places) : .unverifiable(places: places)
        }
        if either.contains(where: { $0.marker == .none && $0.key == key }) { return .trusted }
        return .unknown(certificateAuthority: either.first { $0.marker == .certificateAuthority }?.place)
    }

    /// Accepts the key or says in full why not.
    func check(_ key: [UInt8], name: String, port: UInt16, place: String, host: String) throws(HostError) {
        var reader = WireReader(key)
        let type = reader.text() ?? "unknown"
        let shown = "\(type) \(Self.fingerprint(key))"
        let line = "\(Self.lookupName(name, port)) \(type) \(Base64.encode(key))"
        switch verdict(key, name: name, port: port) {
        case .trusted: return
        case .revoked(let where_):
            throw HostError(
                .hostKeyRevoked, host: host,
                "\(place) shows a revoked key, \(shown) (\(where_)). Do not connect: the key is known to be compromised."
            )
        case .changed(let places):
            throw HostError(
                .hostKeyChanged, host: host,
                "\(place) shows another key than the known one: \(shown); known: \(places.joined(separator: ", ")). "
                    + "Someone may be in between. If the host was set up anew, replace the known line by: \(line)")
        case .unverifiable(let places):
            throw HostError(
                .hostKeyChanged, host: host,
                "\(place) shows \(shown), and only a key of a type that can't be verified here is known: "
                    + "\(places.joined(separator: ", ")). Compare it with the host's own "
                    + "(ssh-keygen -lf /etc/ssh/ssh_host_…_key.pub), then add: \(line). \(HostError.wayOut)")
        case .unknown(let authority):
            let note =
                authority.map {
                    " The @cert-authority at \($0) does not help: libssh2 has no certificates. \(HostError.wayOut)"
                } ?? ""
            let file = files.first ?? "the known hosts file"
            throw HostError(
                .hostKeyUnknown, host: host,
                "\(place) shows a key that is not known: \(shown).\(note) Compare it with the host's own "
                    + "(ssh-keygen -lf /etc/ssh/ssh_host_…_key.pub), then add to \(file): \(line)")
        }
    }

    /// The name under which a server's key stands: with the port where it isn't 22.
    static func lookupName(_ name: String, _ port: UInt16) -> String {
        port == 22 ? name.lowercased() : "[\(name.lowercased())]:\(port)"
    }

    /// As `ssh-keygen -l` shows it.
    package static func fingerprint(_ key: [UInt8]) -> String {
        var sum = SHA256()
        sum.update(key)
        return "SHA256:" + Base64.encode(sum.digest(), padded: false)
    }
}
