import Checksums
import Foundation
import TestSupport
import Testing

@testable import RemoteHosts

@Suite(.fewSessions) struct QuotingTests {
    static let awkward = [
        "", " ", "two words", "it's", "''", "\"", "a\nb", "\n", "$(touch /tmp/zkops-never)", "`id`", "$HOME", "${x}",
        "-n", "--", "-e", "\\", "\\n", "a\\'b", "*", "?", "[a]", "~", "#", "!", "!!", "&", "|", ";", ">", "<", "(", ")",
        "{a,b}",
        "%s", "é€😀", "\t", "\u{1}\u{7F}", "trailing newline\n", "trailing space ",
        // A quote that is no Character by itself, as a mark follows it or a sign before it takes it in.
        "'\u{301}$(touch /tmp/zkops-never)'\u{301}", "\u{600}'; touch /tmp/zkops-never; '", "'\u{200d}", "'\u{fe0f}'",
        "\r\n",
        "'\r\n'",
    ]

    /// Words made by chance of all that has ever fooled a quoting function, read back from a shell.
    @Test func whateverTheTextAShellReadsItByteForByte() throws {
        let pool = "'\"\\$`(){};&|<>*?#~!- \n\r\tab\u{301}\u{200d}\u{fe0f}\u{600}\u{1b}é😀".unicodeScalars.map { $0 }
        var random = SeededGenerator(seed: 2186)
        let words = (0..<3000).map { _ in
            String(
                String.UnicodeScalarView(
                    (0..<Int.random(in: 0...12, using: &random)).map { _ in
                        pool.randomElement(using: &random) ?? "a"
                    }))
        }
        for start in stride(from: 0, to: words.count, by: 500) {
            let some = Array(words[start..<start + 500])
            let outcome = try Command.run(
                ["/bin/sh", "-c", "printf '%s|' " + some.map(ShellQuoting.quoted).joined(separator: " ")])
            #expect(
                outcome.errors.isEmpty
                    && Array(outcome.output.utf8) == some.flatMap { Array($0.utf8) + [UInt8(ascii: "|")] })
        }
    }

    @Test func argumentsArriveByteForByte() async throws {
        let server = try await TestServer()
        let session = try await server.session()
        let result = try await session.sh(#"for a; do printf '%s\0' "$a"; done"#, Self.awkward)
        #expect(result.end == .exited(0))
        let arrived = result.output.split(separator: 0, omittingEmptySubsequences: false).dropLast()
        #expect(arrived.map { String(decoding: $0, as: UTF8.self) } == Self.awkward)
        await session.close()
    }

    /// One packet of libssh2 holds no more than 35,000 bytes, and one argument of Linux 131,072.
    @Test func longArgumentsArriveTogetherWithInput() async throws {
        let server = try await TestServer()
        let session = try await server.session()
        let long = String(repeating: "0123456789' \n", count: 20_000)
        let result = try await session.sh(#"printf '%s|%s|' "$1" "$2"; cat"#, [long, "x"], input: pattern(100_000))
        #expect(result.end == .exited(0))
        let expected = Array("\(long)|x|".utf8)
        let beginsRight = result.output.starts(with: expected)
        #expect(beginsRight)
        #expect(
            SHA256.hexDigest(of: result.output.dropFirst(expected.count)) == (try await sha256(of: pattern(100_000))))
        await session.close()
    }

    @Test(
        arguments: zip(
            [
                "cat <<END\nhere\nEND", "echo 'quoted' # a comment at the end", "trap 'echo trapped' EXIT; exit 5",
                "if true; then", "set -e; false; echo never", "exec echo replaced", "set -- a b; echo $#",
            ],
            [
                ("here\n", CommandEnd.exited(0)), ("quoted\n", .exited(0)), ("trapped\n", .exited(5)), ("", .exited(2)),
                ("", .exited(1)), ("replaced\n", .exited(0)), ("2\n", .exited(0)),
            ]))
    func scriptsMayBeOfAnyForm(script: String, expected: (output: String, end: CommandEnd)) async throws {
        let server = try await TestServer()
        let session = try await server.session()
        let result = try await session.sh(script)
        #expect(result.outputText == expected.output)
        #expect(result.end == expected.end)
        await session.close()
    }

    @Test func quotedWordsAreOneWordEach() {
        #expect(ShellQuoting.quoted("a") == "'a'")
        #expect(ShellQuoting.quoted("it's") == #"'it'\''s'"#)
        #expect(ShellQuoting.quoted("") == "''")
    }

    @Test(arguments: [1, 2, 3, 7, 1000]) func marksAreFoundHoweverTheStreamIsCut(piece: Int) {
        let text = Array("noise zkops-sta zkops-start-1\nout zkops-end put zkops-end-1 007\nlate".utf8)
        var marked = MarkedStream(startMark: Array("zkops-start-1\n".utf8), endMark: Array("zkops-end-1 ".utf8))
        var passed: [UInt8] = []
        for start in stride(from: 0, to: text.count, by: piece) {
            passed += marked.pass(Array(text[start..<min(start + piece, text.count)]))
        }
        passed += marked.finish()
        #expect(String(decoding: passed, as: UTF8.self) == "out zkops-end put late")
        #expect(marked.hasStarted && marked.status == 7)
        #expect(String(decoding: marked.preamble, as: UTF8.self) == "noise zkops-sta ")
    }

    @Test func aStreamWithoutMarksIsAllPreamble() {
        var marked = MarkedStream(startMark: Array("zkops-start-1\n".utf8), endMark: nil)
        #expect(marked.pass(Array("sudo: a password".utf8)).isEmpty)
        #expect(marked.pass(Array(" is required\n".utf8)).isEmpty)
        #expect(marked.finish().isEmpty)
        #expect(String(decoding: marked.preamble, as: UTF8.self) == "sudo: a password is required\n")
    }
}
