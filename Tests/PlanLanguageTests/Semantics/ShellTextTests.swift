import Foundation
import TestSupport
import Testing

@testable import PlanLanguage

@Suite struct ShellTextTests {
    static let environment = """
        #!/usr/bin/env bash
        ZOOBINDIR="${ZOOBINDIR:-/usr/bin}"
        if [ "x${ZOO_LOG_DIR}" = "x" ]
        then
            ZOO_LOG_DIR="."
        fi
        cat <<EOF
        ZOO_LOG_DIR=not-this
        EOF
        text='
        JVMFLAGS=neither'
        export SERVER_JVMFLAGS="-Xmx512m"   # heap
        PLAIN=one; OTHER=two
        LANG=C sort /dev/null
        if true; then
            ONLY=1
        fi
        VALUE=a \\
          true

        """

    func edited(_ text: String = environment, _ change: (inout ShellText) throws(EditError) -> Void) throws -> String {
        var shell = try ShellText(text)
        try change(&shell)
        let once = shell.text
        var again = try ShellText(once)
        try change(&again)
        #expect(again.text == once)
        try expectValid(once)
        return once
    }

    func expectValid(_ text: String) throws {
        let folder = try TemporaryFolder()
        try folder.write(text, "f.sh")
        #expect(try Command.run(["/bin/sh", "-n", "f.sh"], in: folder.path).code == 0, "\(text)")
    }

    @Test func keepsTheQuotationThatIsThere() throws {
        let text = try edited { shell throws(EditError) in
            try shell.set("ZOO_LOG_DIR", "/var/log/zookeeper")
            try shell.set("SERVER_JVMFLAGS", "-Xmx1g $SERVER_JVMFLAGS `id` \"q\"")
            try shell.set("PLAIN", "three")
        }
        #expect(text.contains("\n    ZOO_LOG_DIR=\"/var/log/zookeeper\"\n"))
        #expect(text.contains("\nZOO_LOG_DIR=not-this\n"))
        #expect(text.contains(#"export SERVER_JVMFLAGS="-Xmx1g $SERVER_JVMFLAGS \`id\` \"q\""   # heap"#))
        #expect(text.contains("\nPLAIN=three; OTHER=two\n"))
    }

    @Test func takesAQuotedWordAsItStands() throws {
        let text = try edited { shell throws(EditError) in
            try shell.set("ZOO_LOG_DIR", #""${ZOO_LOG_DIR:-$ZOOBINDIR/../logs}""#)
            try shell.set("PLAIN", "'a b'")
        }
        #expect(text.contains(#"    ZOO_LOG_DIR="${ZOO_LOG_DIR:-$ZOOBINDIR/../logs}""#))
        #expect(text.contains("PLAIN='a b'; OTHER"))
    }

    @Test func quotesWhatIsNoQuotedWord() throws {
        let values: [(String, String)] = [
            ("a b", #""a b""#), ("", #""""#), (#""a" "b""#, #""\"a\" \"b\"""#), ("$(id)", #""\$(id)""#),
            ("${HOME}/x", #""${HOME}/x""#), ("${A:-b}", #""\${A:-b}""#), ("it's", #""it's""#), (#"a\b"#, #""a\\b""#),
            ("$", #""\$""#), ("a;reboot", #""a;reboot""#),
        ]
        for (value, written) in values {
            let text = try edited("#!/bin/sh\n") { shell throws(EditError) in try shell.set("KEY", value) }
            #expect(text == "#!/bin/sh\nKEY=\(written)\n")
        }
        let single = try edited("KEY='x'\n") { shell throws(EditError) in try shell.set("KEY", "it's $HOME") }
        #expect(single == "KEY='it'\\''s $HOME'\n")
    }

    @Test func aValueMeansToTheShellWhatThePlanSays() throws {
        let folder = try TemporaryFolder()
        for value in [#"a"b'c\d`e`$(f) ;&|<>*?"#, "plain", "two words", "#x", "~root"] {
            try folder.write(try edited("KEY=1\n") { shell throws(EditError) in try shell.set("KEY", value) }, "f.sh")
            let said = try Command.output(["/bin/sh", "-c", #". ./f.sh; printf %s "$KEY""#], in: folder.path)
            #expect(said == value)
        }
    }

    @Test func leavesNoEmptyBody() throws {
        let commented = try edited { shell throws(EditError) in
            try shell.comment("ONLY")
            try shell.comment("ZOO_LOG_DIR")
        }
        #expect(commented.contains("\n    : #ONLY=1\nfi\n"))
        #expect(commented.contains("\n    : #ZOO_LOG_DIR=\".\"\nfi\n"))
        let removed = try edited { shell throws(EditError) in try shell.remove("ONLY") }
        #expect(removed.contains("if true; then\n    :\nfi\n"))
        let other = try edited { shell throws(EditError) in try shell.remove("SERVER_*") }
        #expect(!other.contains("SERVER_JVMFLAGS"))
    }

    @Test func refusesWhatItCanNotDoSafely() {
        func code(_ text: String, _ change: (inout ShellText) throws(EditError) -> Void) -> EditError.Code? {
            do throws(EditError) {
                var shell = try ShellText(text)
                try change(&shell)
                return nil
            } catch {
                return error.code
            }
        }
        #expect(code("A=1\nA=2\n") { s throws(EditError) in try s.set("A", "3") } == .severalAssignments)
        #expect(code("A=1; B=2\n") { s throws(EditError) in try s.remove("A") } == .notPlainAssignment)
        #expect(code("A=\"1\n2\"\n") { s throws(EditError) in try s.set("A", "3") } == .notPlainAssignment)
        #expect(code("A='1\n") { s throws(EditError) in try s.set("A", "3") } == .brokenShell)
        #expect(code("A=1\n") { s throws(EditError) in try s.set("A", "3\n4") } == .badValue)
        #expect(code("A=1\n") { s throws(EditError) in try s.set("A-B", "3") } == .badValue)
    }

    @Test func passesOverWhatIsNoAssignment() throws {
        let text = "LANG=C sort f\n[ -n \"$A\" ] || A=1\nx && \\\nA=2\n"
        #expect(try edited(text) { s throws(EditError) in try s.set("A", "3") } == text + "A=3\n")
        #expect(try edited(text) { s throws(EditError) in try s.set("LANG", "D") } == text + "LANG=D\n")
        #expect(try edited(text) { s throws(EditError) in try s.remove("A") } == text)
    }
}
