import Checksums

/// What can be known of a private key file without its passphrase.
struct IdentityFile: Sendable, Equatable {
    enum Kind: Sendable, Equatable {
        case ed25519, ecdsa, rsa
        case other(String)
    }

    var path: String
    var kind: Kind
    var isEncrypted: Bool
    /// The cipher of an encrypted file of OpenSSH's form.
    var cipher: String?
    /// The public key in SSH's form, where the file tells it.
    var publicKey: [UInt8]?
    /// The private part is elsewhere, as on a security key: this only chooses among the agent's keys (IdentityFile of ssh_config(5)).
    var isPublicOnly = false

    /// Why libssh2 1.10 can't use the file itself; the agent can hold every one of these keys.
    var obstacle: String? {
        if isPublicOnly { return "its private part is not here" }
        if case .rsa = kind { return "libssh2 signs with RSA keys by SHA-1 only, which servers refuse" }
        if case .other(let name) = kind { return "keys of the type \(name) are unsupported" }
        if let cipher, cipher.contains("gcm") || cipher.contains("chacha20") {
            return "it is encrypted with \(cipher), which libssh2 can't read"
        }
        return nil
    }

    static func inspect(_ path: String) -> Result<IdentityFile, FileFailure> {
        let beside = (try? readFile(path + ".pub").get()).flatMap(publicKey(ofLine:))
        switch readFile(path) {
        case .success(let bytes):
            var identity = parse(bytes, path: path)
            identity.publicKey = identity.publicKey ?? beside
            return .success(identity)
        case .failure(let failure):
            guard let beside else { return .failure(failure) }
            return .success(
                IdentityFile(
                    path: path, kind: kind(of: beside), isEncrypted: false, publicKey: beside, isPublicOnly: true))
        }
    }

    /// Reads OpenSSH's form (PROTOCOL.key in its sources) and the outside of the PEM forms.
    static func parse(_ bytes: [UInt8], path: String) -> IdentityFile {
        let lines = bytes.split(whereSeparator: { $0 == 10 || $0 == 13 }).map { String(decoding: $0, as: UTF8.self) }
        guard let begin = lines.firstIndex(where: { $0.hasPrefix("-----BEGIN ") }) else {
            return IdentityFile(path: path, kind: .other("unknown"), isEncrypted: false)
        }
        switch lines[begin] {
        case "-----BEGIN OPENSSH PRIVATE KEY-----":
            return parseOpenSSH(lines[(begin + 1)...], path: path)
        case "-----BEGIN RSA PRIVATE KEY-----":
            return IdentityFile(path: path, kind: .rsa, isEncrypted: isProcEncrypted(lines))
        case "-----BEGIN EC PRIVATE KEY-----":
            return IdentityFile(path: path, kind: .ecdsa, isEncrypted: isProcEncrypted(lines))
        case "-----BEGIN ENCRYPTED PRIVATE KEY-----":
            return IdentityFile(path: path, kind: .ecdsa, isEncrypted: true)
        case "-----BEGIN PRIVATE KEY-----":
            return IdentityFile(path: path, kind: .ecdsa, isEncrypted: false)
        default:
            return IdentityFile(path: path, kind: .other("unknown"), isEncrypted: false)
        }
    }

    private static func isProcEncrypted(_ lines: [String]) -> Bool {
        lines.contains { $0.hasPrefix("Proc-Type:") && $0.contains("ENCRYPTED") }
    }

    private static func parseOpenSSH(_ lines: ArraySlice<String>, path: String) -> IdentityFile {
        let body = lines.prefix { !$0.hasPrefix("-----") }.joined()
        let unknown = IdentityFile(path: path, kind: .other("unknown"), isEncrypted: false)
        let magic = Array("openssh-key-v1\0".utf8)
        guard let bytes = Base64.decode(body.utf8), bytes.starts(with: magic) else { return unknown }
        var reader = WireReader(bytes.dropFirst(magic.count))
        guard let cipher = reader.text(), reader.text() != nil, reader.string() != nil, reader.uint32() == 1,
            let publicKey = reader.string()
        else { return unknown }
        let encrypted = cipher != "none"
        return IdentityFile(
            path: path, kind: kind(of: publicKey), isEncrypted: encrypted, cipher: encrypted ? cipher : nil,
            publicKey: publicKey)
    }

    static func kind(of publicKey: [UInt8]) -> Kind {
        var reader = WireReader(publicKey)
        let name = reader.text() ?? "unknown"
        if name == "ssh-ed25519" { return .ed25519 }
        if name == "ssh-rsa" { return .rsa }
        if name.hasPrefix("ecdsa-sha2-nistp") { return .ecdsa }
        return .other(name)
    }

    private static func publicKey(ofLine line: [UInt8]) -> [UInt8]? {
        let words = line.split(whereSeparator: { $0 == 32 || $0 == 10 || $0 == 13 })
        return words.count >= 2 ? Base64.decode(words[1]) : nil
    }
}
