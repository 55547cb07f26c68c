import EnsembleModel
import Testing

@testable import PlanLanguage

@Suite struct InventoryTests {
    private func load(_ text: String, path: String = "inventory.yaml") throws(InvalidInput) -> Inventory {
        try PlanLoader { _ in Array(text.utf8) }.loadInventory(path)
    }

    private func errors(_ text: String) -> [String] {
        do throws(InvalidInput) {
            _ = try load(text)
            return []
        } catch {
            return error.diagnostics.map { "\($0.range?.line ?? 0):\($0.range?.column ?? 0) \($0.message)" }
        }
    }

    @Test func pathsAreRelativeToTheFile() throws {
        let text = """
            version: 1
            ensemble: e
            ssh: {identity_file: [id, /abs/id, ~/.ssh/id], known_hosts: hosts, config: cfg}
            installations: {v: {home: /z}}
            hosts: {a: {address: x, identity_file: own}}
            """
        let host = try load(text, path: "clusters/east/inventory.yaml").hosts[0]
        #expect(host.ssh.identityFiles == ["clusters/east/own"])
        #expect(host.ssh.knownHosts == ["clusters/east/hosts"])
        #expect(host.ssh.config == "clusters/east/cfg")
        let shared = try load(text.replacing(", identity_file: own", with: ""), path: "/etc/i.yaml").hosts[0]
        #expect(shared.ssh.identityFiles == ["/etc/id", "/abs/id", "~/.ssh/id"])
    }

    @Test func defaults() throws {
        let inventory = try load("version: 1\nensemble: e\ninstallations: {v: {home: /z}}\nhosts: {a: {address: x}}")
        let ssh = inventory.hosts[0].ssh
        #expect(ssh == Inventory.SSH())
        #expect(ssh.port == nil && ssh.transport == .libssh2 && ssh.connectTimeout == .seconds(10) && ssh.become == nil)
        let place = inventory.servers[ServerName(host: "a", installation: "v")]
        #expect(place?.configPath == "/z/conf/zoo.cfg")
        #expect(place?.service == .commands(start: "bin/zkServer.sh start", stop: "bin/zkServer.sh stop"))
    }

    @Test func hostsKeepTheOrderOfTheFile() throws {
        let inventory = try load(
            "version: 1\nensemble: e\ninstallations: {v: {home: /z}}\nhosts: {b: {address: x}, a: {address: y}, c: {address: z}}"
        )
        #expect(inventory.hosts.map(\.name) == ["b", "a", "c"])
    }

    @Test(arguments: ["bastion", "ops@bastion", "bastion:2222", "ops@bastion:22", "[::1]:22", "o@[fe80::1]"])
    func hopsThatAreRight(_ hop: String) throws {
        let inventory = try load(
            "version: 1\nensemble: e\ninstallations: {v: {home: /z}}\nhosts: {a: {address: x, jump: \"\(hop)\"}}")
        #expect(inventory.hosts[0].ssh.jump == [hop])
    }

    @Test(arguments: ["@b", "a@", "b:0", "b:x", "a,b", "-oProxyCommand=x", "a b", "::1"])
    func hopsThatAreWrong(_ hop: String) {
        let found = errors(
            "version: 1\nensemble: e\ninstallations: {v: {home: /z}}\nhosts: {a: {address: x, jump: \"\(hop)\"}}")
        #expect(found == ["4:31 found `\(hop)` where `[user@]host[:port]` is wanted"])
    }

    @Test func aHostWithoutInstallations() {
        #expect(errors("version: 1\nensemble: e\nhosts: {a: {address: x}}") == ["3:9 the host `a` has no installation"])
    }

    @Test func aShellVariableInACommandIsNoPlaceholder() throws {
        let inventory = try load(
            "version: 1\nensemble: e\ninstallations: {v: {home: \"/z/{host}\", service: {start: \"A=${B} up\"}}}\nhosts: {a: {address: x}}"
        )
        let place = inventory.servers[ServerName(host: "a", installation: "v")]
        #expect(place?.service == .commands(start: "A=${B} up", stop: "bin/zkServer.sh stop"))
        #expect(place?.home == "/z/a")
    }
}
