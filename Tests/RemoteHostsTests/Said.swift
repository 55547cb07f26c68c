import Foundation
import TestSupport
import Testing

@testable import RemoteHosts

/// Compares what is said of a fault with its golden file, which docs/faults.md quotes; what differs from run to run is named instead.
func expectSaid(
    _ error: HostError?, _ fault: String, of server: TestServer? = nil, port: UInt16? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    var text = try #require(error, sourceLocation: sourceLocation).description
    if let server {
        text = text.replacing(server.directory, with: "/home/zk").replacing(":\(server.port)", with: ":22")
    }
    if let port { text = text.replacing(":\(port)", with: ":22") }
    text = text.replacing(TestServer.address, with: "10.0.0.1")
        .replacing(" accept \(NSUserName()) ", with: " accept zk ").replacing("~\(NSUserName())/", with: "~zk/")
        .replacing(/SHA256:[A-Za-z0-9+\/=]+/, with: "SHA256:…").replacing(/AAAA[A-Za-z0-9+\/=]+/, with: "AAAA…")
    try expectGolden(text + "\n", "Faults/ssh/\(fault).txt", sourceLocation: sourceLocation)
}
