import Foundation

/// File work of the lab, with its errors in one shape.
enum LabFiles {
    static func makeDirectory(_ path: String, mode: Int = 0o755) throws(LabError) {
        try wrap("make the directory \(path)") {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: mode])
        }
    }

    /// Writes the whole file at once, under a temporary name first. What is no regular file, such as /dev/stdout or
    /// /dev/null, is written to and never replaced.
    static func write(_ text: String, to path: String, mode: Int = 0o644) throws(LabError) {
        try wrap("write \(path)") {
            let there = try? FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
            guard there == nil || there == .typeRegular else {
                let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
                defer { try? handle.close() }
                return try handle.write(contentsOf: Data(text.utf8))
            }
            try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        }
    }

    static func read(_ path: String) throws(LabError) -> String {
        try wrap("read \(path)") { String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self) }
    }

    /// Nil where there is no such file, or it can't be read.
    static func textIfThere(_ path: String) -> String? {
        (try? Data(contentsOf: URL(fileURLWithPath: path))).map { String(decoding: $0, as: UTF8.self) }
    }

    static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    /// Names in a directory, sorted; empty where there is none.
    static func names(in path: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
    }

    /// Removes what is there; nothing there is fine.
    static func remove(_ path: String) throws(LabError) {
        try wrap("remove \(path)") {
            do {
                try FileManager.default.removeItem(atPath: path)
            } catch CocoaError.fileNoSuchFile {
            }
        }
    }

    static func move(_ path: String, to other: String) throws(LabError) {
        try wrap("move \(path) to \(other)") { try FileManager.default.moveItem(atPath: path, toPath: other) }
    }

    static func copy(_ path: String, to other: String) throws(LabError) {
        try wrap("copy \(path) to \(other)") { try FileManager.default.copyItem(atPath: path, toPath: other) }
    }

    static func link(_ path: String, to target: String) throws(LabError) {
        try wrap("link \(path) to \(target)") {
            try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
        }
    }

    private static func wrap<Result>(_ deed: String, _ body: () throws -> Result) throws(LabError) -> Result {
        do {
            return try body()
        } catch {
            throw LabError(.fileFailed, "can't \(deed): \(reason(error))")
        }
    }

    private static func reason(_ error: any Error) -> String {
        switch (error as? CocoaError)?.code {
        case .fileReadNoSuchFile, .fileNoSuchFile: "there is no such file or folder"
        case .fileReadNoPermission, .fileWriteNoPermission: "permission denied"
        case .fileWriteOutOfSpace: "no space is left on the device"
        default: error.localizedDescription
        }
    }
}
