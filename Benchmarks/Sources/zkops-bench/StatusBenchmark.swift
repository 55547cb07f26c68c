import Foundation

/// `ensemble status` of 100 hosts, three of which run a server, against plain `ssh` to the same hosts, 50 at a time, each running
/// `true`: the least that a script over ssh could do.
struct StatusBenchmark {
    let zkops: String
    let rounds: Int

    func run() throws {
        let lab = try BenchLab(zkops: zkops, name: "status")
        defer { lab.down() }
        let names = (1...100).map { "zk\($0)" }
        try lab.lab(
            "up",
            [
                "--hosts", names.joined(separator: ","), "--spare", names.dropFirst(3).joined(separator: ","),
                "--version", "3.8.0",
            ])
        let addresses = try lab.addresses().values.sorted().joined(separator: "\n")
        let script = """
            printf '%s\\n' "$1" | xargs -P 50 -I{} ssh -n -p 2222 -i "$2/id_ed25519" -o UserKnownHostsFile="$2/known_hosts" \
            -o StrictHostKeyChecking=yes -o BatchMode=yes -o LogLevel=ERROR {} true
            """
        var ratios: [Double] = []
        for round in 1...rounds {
            let status = try lab("ensemble", "status", "-i", lab.inventory).seconds
            let ssh = try zkops_bench.run("/bin/sh", ["-c", script, "sh", addresses, lab.lab.path]).seconds
            ratios.append(status / ssh)
            print("status of 100 hosts, round \(round): zkops \(rounded(status)) s, ssh \(rounded(ssh)) s")
        }
        print("status of 100 hosts: zkops / ssh -P 50 = \(rounded(median(ratios)))")
    }
}
