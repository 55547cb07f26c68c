package import EnsembleModel

/// What a lab is made of: hosts, the installations on them, and which servers run.
package struct LabTopology: Sendable, Codable, Equatable {
    /// A ZooKeeper working directory that every host gets, `v3.4.6`.
    package struct Installation: Sendable, Codable, Equatable {
        package var name: String
        package var version: Version

        package init(name: String, version: Version) {
            self.name = name
            self.version = version
        }

        package init(_ version: Version) { self.init(name: "v\(version)", version: version) }
    }

    package struct Host: Sendable, Codable, Equatable {
        package enum Role: String, Sendable, Codable { case participant, observer }

        package var name: String
        /// Nil for a spare, which is in no configuration and runs nothing.
        package var myid: ServerID?
        package var role: Role
        /// Whether its server of the first installation is started by `up`. A member may be left down.
        package var starts: Bool

        package init(_ name: String, myid: Int?, role: Role = .participant, starts: Bool = true) {
            self.name = name
            self.myid = myid.map { ServerID($0) }
            self.role = role
            self.starts = starts && myid != nil
        }
    }

    package struct Ports: Sendable, Codable, Equatable {
        package var ssh: UInt16 = 2222
        package var client: UInt16 = 2181
        package var quorum: UInt16 = 2888
        package var election: UInt16 = 3888
        package var admin: UInt16 = 8080

        package init() {}
    }

    package enum SSHD: String, Sendable, Codable, CaseIterable {
        /// As hardened companies have it, out of libssh2's reach: only AEAD ciphers and etm MACs, an RSA host key, and users by
        /// ed25519 certificates alone. The inventory has `transport: openssh`.
        case hardened
    }

    /// A line `key=value` of every zoo.cfg.
    package struct Setting: Sendable, Codable, Equatable {
        package var key: String
        package var value: String

        package init(_ key: String, _ value: String) {
            self.key = key
            self.value = value
        }
    }

    package var name: String
    package var hosts: [Host]
    /// The first one runs; the others are there, configured and stopped.
    package var installations: [Installation]
    package var ports = Ports()
    /// Milliseconds.
    package var tickTime = 2000
    package var initLimit = 10
    package var syncLimit = 5
    /// Further lines of every zoo.cfg.
    package var settings: [Setting] = []
    /// Whether the installations of a host use the same dataDir and dataLogDir, as for an upgrade in place.
    package var sharesData = false
    /// Whether 3.5 and later allow all four letter words (only srvr otherwise, as these versions do by default).
    package var allowsFourLetterWords = true
    /// Whether 3.5 and later run AdminServer, on the host's own address.
    package var hasAdminServer = false
    /// Whether each host gets an sshd.
    package var hasSSH = true
    /// Whether each host is a network namespace of its own, for root alone; else all are addresses of the loopback interface.
    package var separatesHosts = false
    /// What the sshds allow; nil is all that they do by themselves.
    package var sshd: SSHD?
    /// The X of the addresses 127.0.X.Y, or 10.213.X.Y in namespaces; found from the name, by what is free, when nil.
    package var subnet: Int?

    package init(name: String, hosts: [Host], installations: [Installation]) {
        self.name = name
        self.hosts = hosts
        self.installations = installations
    }

    /// The story: a spare zk1 and a five-server ensemble zk6 to zk10, on `version`, with `next` installed beside it.
    package static func story(name: String, version: Version, next: Version?) -> LabTopology {
        LabTopology(
            name: name,
            hosts: [Host("zk1", myid: nil)] + (6...10).map { (number: Int) in Host("zk\(number)", myid: number) },
            installations: [Installation(version)] + (next.map { [Installation($0)] } ?? []))
    }

    /// An ensemble of `count` servers zk1, zk2, … with myids from 1.
    package static func ensemble(name: String, of count: Int, version: Version) -> LabTopology {
        LabTopology(
            name: name, hosts: (1...max(count, 1)).map { (number: Int) in Host("zk\(number)", myid: number) },
            installations: [Installation(version)])
    }

    /// Hosts of these names. A member's myid is the number at the end of its name, or else its place among the members, from 1.
    /// - Parameter myids: the members', in the order of `names`; nil takes them from the names.
    package static func hosts(
        _ names: [String], spare: [String] = [], observers: [String] = [], myids: [Int]? = nil
    ) throws(LabError) -> [Host] {
        if let unknown = (spare + observers).first(where: { !names.contains($0) }) {
            throw LabError(.topologyInvalid, "no host is called \(unknown)")
        }
        let members = names.filter { !spare.contains($0) }
        if let myids, myids.count != members.count {
            throw LabError(.topologyInvalid, "there are \(myids.count) myids for \(members.count) members")
        }
        return names.map { name in
            guard let place = members.firstIndex(of: name) else { return Host(name, myid: nil) }
            let digits = String(name.reversed().prefix { $0.isASCII && $0.isNumber }.reversed())
            return Host(
                name, myid: myids?[place] ?? Int(digits) ?? place + 1,
                role: observers.contains(name) ? .observer : .participant)
        }
    }

    package var members: [Host] { hosts.filter { $0.myid != nil } }

    /// The last part of a host's address: the number at the end of its name where these all differ, else its place.
    func addressEnding(of host: Host) -> Int {
        let numbers = hosts.map {
            Int($0.name.reversed().prefix { $0.isASCII && $0.isNumber }.reversed().map(String.init).joined())
        }
        let usable =
            numbers.allSatisfy { $0.map { (1...254).contains($0) } ?? false } && Set(numbers).count == hosts.count
        let place = hosts.firstIndex { $0.name == host.name } ?? 0
        return usable ? numbers[place] ?? place + 1 : place + 1
    }

    /// Finds what can't be before anything is touched.
    package func validate() throws(LabError) {
        func plain(_ text: String) -> Bool {
            !text.isEmpty && text.count <= 64 && text.first != "." && text.first != "-"
                && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
        }
        for text in [name] + hosts.map(\.name) + installations.map(\.name) where !plain(text) {
            throw LabError(.nameInvalid, "'\(text)' can't be a name: letters, digits, '.', '-' and '_' only")
        }
        guard (1...200).contains(hosts.count), !installations.isEmpty else {
            throw LabError(.topologyInvalid, "a lab needs 1 to 200 hosts and a version")
        }
        for (what, names) in [
            ("host", hosts.map(\.name)), ("installation", installations.map(\.name)),
            ("myid", members.compactMap { $0.myid?.description }),
        ] {
            if let twice = names.first(where: { name in names.filter { $0 == name }.count > 1 }) {
                throw LabError(.topologyInvalid, "\(what) \(twice) is there twice")
            }
        }
        if let odd = members.first(where: { !(1...255).contains($0.myid?.rawValue ?? 0) }) {
            throw LabError(.topologyInvalid, "the myid of \(odd.name) is not within 1 to 255")
        }
        guard members.contains(where: { $0.role == .participant }) else {
            throw LabError(.topologyInvalid, "no host is a participant; an ensemble of observers can't start")
        }
        guard (50...60_000).contains(tickTime), initLimit > 0, syncLimit > 0 else {
            throw LabError(.topologyInvalid, "a tick takes 50 to 60000 ms, and limits are 1 tick or more")
        }
        if let subnet, !(0...255).contains(subnet) {
            throw LabError(.topologyInvalid, "subnet \(subnet) is not within 0 to 255")
        }
    }
}
