import Foundation

/// `copy_data` of 1 GiB from host to host through the operator, both ends checksummed, against `scp -3`, which does not.
struct CopyBenchmark {
    let zkops: String
    let rounds: Int

    func run() throws {
        var ratios: [Double] = []
        for round in 1...rounds {
            let lab = try BenchLab(zkops: zkops, name: "copy")
            defer { lab.down() }
            try lab.lab("up", ["--hosts", "zk1,zk2", "--spare", "zk2", "--version", "3.8.0"])
            let source = lab.lab.appendingPathComponent("hosts/zk1/datalog/3.8.0/version-2")
            let ballast = source.appendingPathComponent("log.ffffffff00000001").path
            let plan = lab.folder.appendingPathComponent("copy.yaml").path
            try """
            version: 1
            name: copy
            summary: copies
            inventory: \(lab.inventory)
            facts: facts.yaml
            stages:
              - name: Copy
                steps:
                  - clear_data: zk2@v3.8.0
                  - copy_data: {from: zk1@v3.8.0, to: zk2@v3.8.0}
            """.write(toFile: plan, atomically: true, encoding: .utf8)
            let home = lab.lab.appendingPathComponent("hosts/zk1/zookeeper-3.8.0").path
            try zkops_bench.run(
                "/bin/sh", ["-c", "cd \"$1\" && bin/zkServer.sh stop >/dev/null 2>&1; sleep 1", "sh", home])
            try zkops_bench.run("/bin/sh", ["-c", "head -c 1073741824 /dev/urandom > \"$1\"", "sh", ballast])
            try lab(
                "ensemble", "facts", "-i", lab.inventory, "-o", lab.folder.appendingPathComponent("facts.yaml").path)
            let addresses = try lab.addresses()
            let copied = try lab("plan", "apply", plan, "--yes").seconds
            let target = lab.folder.appendingPathComponent("scp-target").path
            try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
            let scp = try zkops_bench.run(
                "/usr/bin/scp",
                [
                    "-3", "-q", "-r", "-P", "2222", "-i", "\(lab.lab.path)/id_ed25519", "-o",
                    "UserKnownHostsFile=\(lab.lab.path)/known_hosts", "-o", "BatchMode=yes",
                    "\(addresses["zk1"] ?? ""):\(source.path)", "\(addresses["zk2"] ?? ""):\(target)/",
                ]
            ).seconds
            ratios.append(copied / scp)
            print("copy of 1 GiB, round \(round): zkops \(rounded(copied)) s, scp -3 \(rounded(scp)) s")
        }
        print("copy of 1 GiB: zkops / scp -3 = \(rounded(median(ratios)))")
    }
}
