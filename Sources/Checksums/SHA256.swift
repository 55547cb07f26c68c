import CGcrypt

/// A SHA-256 sum made piece by piece; the work is libgcrypt's (docs/decisions/libgcrypt.md).
///
/// The handle is closed when the value goes away.
@safe
package struct SHA256: ~Copyable {
    private var handle: gcry_md_hd_t?

    package init() {
        Libgcrypt.prepare()
        let code = unsafe gcry_md_open(&handle, Int32(GCRY_MD_SHA256.rawValue), 0)
        precondition(code == 0, "libgcrypt can't make a SHA-256 sum: error \(code)")
    }

    deinit {
        unsafe gcry_md_close(handle)
    }

    package mutating func update(_ bytes: some Sequence<UInt8>) {
        let done: Void? = bytes.withContiguousStorageIfAvailable { buffer in
            unsafe gcry_md_write(handle, buffer.baseAddress, buffer.count)
        }
        if done == nil { update(Array(bytes)) }
    }

    /// The sum so far, in 64 lower-case hexadecimal digits; nothing may be added afterwards.
    package consuming func hexDigest() -> String {
        hexadecimal(digest())
    }

    /// The sum so far, 32 bytes; nothing may be added afterwards.
    package consuming func digest() -> [UInt8] {
        unsafe Array(UnsafeBufferPointer(start: gcry_md_read(handle, 0), count: 32))
    }

    package static func hexDigest(of bytes: some Sequence<UInt8>) -> String {
        var sum = SHA256()
        sum.update(bytes)
        return sum.hexDigest()
    }
}

/// HMAC-SHA1, which OpenSSH uses for hashed host names in known_hosts (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT).
package enum HMACSHA1 {
    /// 20 bytes.
    package static func code(key: [UInt8], message: [UInt8]) -> [UInt8] {
        Libgcrypt.prepare()
        var handle: gcry_md_hd_t?
        let code = unsafe gcry_md_open(&handle, Int32(GCRY_MD_SHA1.rawValue), UInt32(GCRY_MD_FLAG_HMAC.rawValue))
        precondition(code == 0, "libgcrypt can't make an HMAC-SHA1: error \(code)")
        defer { unsafe gcry_md_close(handle) }
        unsafe gcry_md_setkey(handle, key, key.count)
        unsafe gcry_md_write(handle, message, message.count)
        return unsafe Array(UnsafeBufferPointer(start: gcry_md_read(handle, 0), count: 20))
    }
}

/// `bytes` as lower-case hexadecimal digits, two a byte.
package func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for byte in bytes {
        text.append(digits[Int(byte >> 4)])
        text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
}

private enum Libgcrypt {
    /// libgcrypt asks to be initialised once before anything else is called; Swift makes a static once.
    private static let ready: Void = {
        _ = unsafe gcry_check_version(nil)
    }()

    static func prepare() { _ = ready }
}
