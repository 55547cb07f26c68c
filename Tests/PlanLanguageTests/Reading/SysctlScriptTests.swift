import Foundation
import TestSupport
import Testing

@testable import PlanLanguage

/// The scripts of `sysctl`, run by sh with a `sysctl` that keeps parameters in files.
@Suite struct SysctlScriptTests {
    private final class Host {
        let folder: URL

        init() throws {
            folder = FileManager.default.temporaryDirectory.appendingPathComponent("sysctl-\(UUID().uuidString)")
            try FileManager.default.createDirectory(
                at: folder.appendingPathComponent("bin"), withIntermediateDirectories: true)
            let fake = """
                #!/bin/sh
                cd "\(folder.path)" || exit 1
                case $1 in
                -n) tr ' ' '\\t' < "$2" ;;
                -w) [ ! -e broken ] || exit 1; printf '%s\\n' "${2#*=}" > "${2%%=*}" ;;
                esac
                """
            // By another process: a program that a child of this one still holds open for writing can't be run («Text file busy»).
            try write(fake, "fake")
            try Command.output(["/usr/bin/install", "-m", "755", path("fake"), path("bin/sysctl")])
        }

        deinit { try? FileManager.default.removeItem(at: folder) }

        func run(_ script: String, _ value: String, parameter: String = "net.test") throws -> Int32 {
            try Command.run(
                ["/bin/sh", "-c", script, "sh", parameter, value, path("state"), path("sysctl.d")],
                environment: ["PATH": path("bin") + ":/usr/bin:/bin"]
            ).code
        }

        func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

        func text(_ name: String) -> String? {
            FileManager.default.contents(atPath: path(name)).map { String(decoding: $0, as: UTF8.self) }
        }

        func write(_ text: String, _ name: String) throws {
            let place = folder.appendingPathComponent(name)
            try FileManager.default.createDirectory(
                at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: place)
        }
    }

    private let file = "sysctl.d/90-zkops-net.test.conf"

    @Test func applyAndUndo() throws {
        let host = try Host()
        try host.write("128 256\n", "net.test")
        #expect(try host.run(SysctlScripts.check, "1 2 3") == 1)
        #expect(try host.run(SysctlScripts.apply, "1 2 3") == 0)
        #expect(host.text("net.test") == "1 2 3\n")
        #expect(host.text(file) == "net.test = 1 2 3\n")
        #expect(try host.run(SysctlScripts.check, "1 2 3") == 0)
        #expect(try host.run(SysctlScripts.undo, "1 2 3") == 0)
        #expect(host.text("net.test") == "128 256\n")
        #expect(host.text(file) == nil)
        #expect(try host.run(SysctlScripts.undo, "1 2 3") == 0)
        #expect(host.text("net.test") == "128 256\n")
    }

    @Test func theFileOfBeforeComesBack() throws {
        let host = try Host()
        try host.write("1\n", "net.test")
        try host.write("net.test = 7\n", file)
        #expect(try host.run(SysctlScripts.apply, "9") == 0)
        #expect(try host.run(SysctlScripts.undo, "9") == 0)
        #expect(host.text(file) == "net.test = 7\n")
    }

    @Test func cutShortInTheMiddleItKeepsWhatWasBefore() throws {
        let host = try Host()
        try host.write("128\n", "net.test")
        try host.write("", "broken")
        #expect(try host.run(SysctlScripts.apply, "9") != 0)
        #expect(host.text(file) == "net.test = 9\n")
        try FileManager.default.removeItem(atPath: host.path("broken"))
        #expect(try host.run(SysctlScripts.check, "9") == 1)
        #expect(try host.run(SysctlScripts.apply, "9") == 0)
        #expect(try host.run(SysctlScripts.undo, "9") == 0)
        #expect(host.text("net.test") == "128\n")
        #expect(host.text(file) == nil)
    }

    @Test func aSecondChangeIsUndoneToTheFirst() throws {
        let host = try Host()
        try host.write("1\n", "net.test")
        #expect(try host.run(SysctlScripts.apply, "2") == 0)
        #expect(try host.run(SysctlScripts.apply, "3") == 0)
        #expect(try host.run(SysctlScripts.undo, "3") == 0)
        #expect(host.text("net.test") == "2\n")
        #expect(host.text(file) == "net.test = 2\n")
    }
}
