import Foundation
import TestSupport
import Testing

/// One reader of text that comes from outside. Whatever it is given, it ends soon, does not end the process, and throws ``Broken`` where
/// what it made of the input is not in order.
struct FuzzTarget: Sendable, CustomTestStringConvertible {
    struct Broken: Error, CustomStringConvertible {
        var description: String
    }

    var name: String
    /// Words that the reader knows.
    var words: [String] = []
    var read: @Sendable ([UInt8]) throws -> Void

    var testDescription: String { name }

    /// Inputs to begin from, and those that once found a defect.
    var corpus: URL { Repository.fixtures.appendingPathComponent("Fuzz/\(name)") }

    func inputs() throws -> [(name: String, bytes: [UInt8])] {
        try FileManager.default.contentsOfDirectory(atPath: corpus.path).sorted().map { file in
            (file, Array(try Data(contentsOf: corpus.appendingPathComponent(file))))
        }
    }

    static func expect(_ holds: Bool, _ what: @autoclosure () -> String) throws {
        if !holds { throw Broken(description: what()) }
    }
}
