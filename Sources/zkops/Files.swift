import Foundation
import PlanLanguage
import TerminalUI

/// The files that commands read and write for the person: plans, inventories, facts, previews.
enum Files {
    struct Unreadable: Error, CustomStringConvertible {
        var description: String
    }

    static func loader(_ environment: OperatorEnvironment) -> PlanLoader {
        PlanLoader { path in try read(path, environment) }
    }

    static func inventory(
        _ path: String, _ environment: OperatorEnvironment, _ palette: Palette
    ) throws(CommandFailure) -> Inventory {
        do {
            return try loader(environment).loadInventory(path)
        } catch {
            throw .invalid(error, palette)
        }
    }

    static func read(_ path: String, _ environment: OperatorEnvironment) throws(Unreadable) -> [UInt8] {
        let place = URL(fileURLWithPath: environment.absolute(path))
        if (try? place.resourceValues(forKeys: [.isDirectoryKey]))?.isDirectory == true {
            throw Unreadable(description: "it is a folder")
        }
        do {
            // By a handle, as it may be a pipe: `zkops plan check <(generate)`.
            let handle = try FileHandle(forReadingFrom: place)
            defer { try? handle.close() }
            return Array(try handle.readToEnd() ?? Data())
        } catch {
            throw Unreadable(description: reason(error))
        }
    }

    static func exists(_ path: String, _ environment: OperatorEnvironment) -> Bool {
        FileManager.default.fileExists(atPath: environment.absolute(path))
    }

    /// Writes a whole file or leaves the old one as it was.
    static func write(_ text: String, to path: String, _ environment: OperatorEnvironment) throws(CommandFailure) {
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: environment.absolute(path)), options: .atomic)
        } catch {
            throw CommandFailure(.failed, "can't write \(path): \(reason(error))")
        }
    }

    private static func reason(_ error: any Error) -> String {
        switch (error as? CocoaError)?.code {
        case .fileReadNoSuchFile: "there is no such file"
        case .fileNoSuchFile: "there is no such file or folder"
        case .fileReadNoPermission, .fileWriteNoPermission: "permission denied"
        case .fileWriteOutOfSpace: "no space is left on the device"
        default: error.localizedDescription
        }
    }
}
