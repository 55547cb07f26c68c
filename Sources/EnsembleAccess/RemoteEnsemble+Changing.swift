import EnsembleModel
import RemoteHosts

extension RemoteEnsemble {
    /// Runs a script that ends with `result already` or `result changed`.
    func changed(_ host: String, _ call: ScriptCall) async throws(AccessError) -> Change {
        let reply = try await change(host, call)
        guard let change = reply["result"].flatMap(Change.init(rawValue:)) else {
            throw error(
                .outcomeUnknown, host, call, "\(call.name) ended without saying what it did; look, then resume the run")
        }
        return change
    }

    /// Where files replaced by an action are kept.
    func backups(_ place: ServerPlace, _ mutation: Mutation) -> String {
        "\(place.home)/.zkops/backups/\(mutation.run)/\(mutation.fileName)"
    }
}

extension Mutation {
    /// The action as a file name: different actions have different names.
    var fileName: String { Self.fileName(action) }

    static func fileName(_ text: String) -> String {
        var name = ""
        for byte in text.utf8 {
            let character = Character(UnicodeScalar(byte))
            let isKept = byte < 128 && (character.isLetter || character.isNumber || "._-@+".contains(character))
            // A name of dots alone, or one that begins with a dot, is not a plain one.
            if isKept, !(name.isEmpty && byte == UInt8(ascii: ".")) {
                name.append(character)
            } else {
                name += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
        return name
    }
}
