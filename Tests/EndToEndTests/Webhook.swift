import Foundation
import Testing

/// A web server on loopback that keeps what is posted to it.
final class Webhook {
    private let process = Process()
    private let folder: URL

    private static let script = """
        import http.server, os, sys
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                kind = self.headers["Content-Type"]
                with open("posted", "ab") as posted:
                    posted.write(body.rstrip() + b"\\n")
                self.send_response(204 if kind == "application/json" else 415)
                self.end_headers()
            def log_message(self, *words):
                pass
        server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        with open("port.new", "w") as port:
            port.write(str(server.server_port))
        os.rename("port.new", "port")
        server.serve_forever()
        """

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("zkops-webhook-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = ["-c", Self.script]
        process.currentDirectoryURL = folder
        process.standardInput = FileHandle.nullDevice
        // Nobody waits for a test's output on its account.
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        while read("port").isEmpty {
            try #require(process.isRunning, "the web server ended")
            usleep(10_000)
        }
    }

    deinit {
        // By SIGKILL: it may have been started by a thread that blocks the others, and inherits that.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: folder)
    }

    var address: String { "http://127.0.0.1:\(read("port"))/" }

    /// The bodies, one a line, in the order in which they came.
    var posted: [String] { read("posted").split(separator: "\n").map(String.init) }

    private func read(_ name: String) -> String {
        (try? String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)) ?? ""
    }
}
