import Foundation
import TestSupport
import Testing

@testable import RemoteHosts

@Suite(.fewSessions) struct OpenSSHConfigTests {
    @Test func theConfigurationGivesWhatTheInventoryDoesNot() async throws {
        let bastion = try await TestServer()
        let server = try await TestServer()
        try bastion.authorize(server.path("id_ed25519.pub"))
        try server.writeKnownHosts(
            [try bastion.knownLine(of: "ed25519"), "[alias]:\(server.port) \(try server.publicKey(of: "ed25519"))"])
        try server.write(
            """
            Host zk-*
                HostName \(TestServer.address)
                Port \(server.port)
                User \(server.user)
                HostKeyAlias alias
                ProxyJump bastion
            Host bastion
                HostName \(TestServer.address)
                Port \(bastion.port)
                User \(server.user)
            Host *
                IdentityFile ~/id_ed25519
                UserKnownHostsFile \(server.knownHosts)
                GlobalKnownHostsFile none
            """, to: "config")
        let endpoint = Endpoint(host: "zk1", address: "zk-one", configFile: server.path("config"))
        let connector = server.connector()
        let session = try await connector.connect(endpoint)
        #expect(try await session.sh("echo in").outputText == "in\n")
        #expect(bastion.log.contains("Accepted publickey"))
        await session.close()
        await connector.close()
    }

    @Test func theInventoryWins() async throws {
        let server = try await TestServer()
        try server.write("Host *\nPort 1\nUser nobody\nIdentityFile /none\nProxyJump nowhere\n", to: "config")
        try server.write("Host *\nPort 1\nUser nobody\nIdentityFile /none\n", to: "config")
        let session = try await server.session(server.endpoint { $0.configFile = server.path("config") })
        #expect(try await session.sh("echo in").outputText == "in\n")
        await session.close()
    }

    @Test func whatCannotBeHonouredIsSaid() async throws {
        let server = try await TestServer()
        try server.write("Host *\nNonsense yes\n", to: "broken")
        try server.write("Host *\nProxyCommand nc %h %p\n", to: "command")
        for name in ["broken", "command", "missing"] {
            let endpoint = server.endpoint { $0.configFile = server.path(name) }
            #expect(await codeOfError { try await server.session(endpoint) } == .configurationInvalid)
        }
        let odd = server.endpoint {
            $0.configFile = server.path("command")
            $0.address = "-oProxyCommand=touch"
        }
        #expect(await codeOfError { try await server.session(odd) } == .configurationInvalid)
    }

    @Test func valuesAreReadAndExpanded() {
        let config = OpenSSHConfig(
            """
            hostname h.example
            user me
            port 2200
            identityfile ~/.ssh/%r-%h
            identityfile /abs/100%%
            identityagent none
            proxyjump none
            hostkeyalias %h-alias
            userknownhostsfile /a /b
            globalknownhostsfile /c
            identitiesonly yes
            """, home: "/home/me")
        #expect(config.hostName == "h.example" && config.user == "me" && config.port == 2200)
        #expect(config.identityFiles == ["/home/me/.ssh/me-h.example", "/abs/100%"])
        #expect(config.agent == .none)
        #expect(config.jump.isEmpty && config.proxyCommand == nil && config.identitiesOnly)
        #expect(config.hostKeyAlias == "h.example-alias")
        #expect(config.knownHostsFiles == ["/a", "/b", "/c"])
    }
}
