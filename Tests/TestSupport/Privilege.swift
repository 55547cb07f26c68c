import Foundation
import Glibc
package import Testing

/// What a test may need beyond what `make test` installs: something that only root may do, and not in every container.
package enum Privilege: CaseIterable, Sendable {
    /// To give files to other users, and to run a server as their owner.
    case owners
    /// To mount a small file system, which is full or read-only.
    case mounts
    case firewall
    case networkNamespaces
    /// To look into processes by strace(1), which makes their disk slow.
    case tracing

    var reason: Comment {
        switch self {
        case .owners: "only root may give files to other users"
        case .mounts: "this user, or this container, may not mount file systems"
        case .firewall: "this user, or this container, may not use iptables"
        case .networkNamespaces: "this user, or this container, may make no network namespaces (ip netns add)"
        case .tracing: "this user, or this container, may not look into other processes (strace -p)"
        }
    }

    /// Whether it works here: it is tried.
    fileprivate var works: Bool {
        switch self {
        case .owners: getuid() == 0
        case .mounts: Self.canMount
        case .firewall: Self.canFilter
        case .networkNamespaces: Self.canMakeNamespaces
        case .tracing: Self.canTrace
        }
    }

    /// Whether root's rights in this container cover it, whatever else may be missing (capabilities(7), numbered as in linux/capability.h).
    fileprivate var isGranted: Bool {
        guard getuid() == 0 else { return false }
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let mask = status.firstMatch(of: /CapEff:\s*([0-9a-f]+)/).flatMap { UInt64($0.1, radix: 16) } ?? 0
        let (chown, netAdmin, ptrace, sysAdmin) = (UInt64(1), UInt64(1) << 12, UInt64(1) << 19, UInt64(1) << 21)
        let wanted =
            switch self {
            case .owners: chown
            case .mounts: sysAdmin
            case .firewall: netAdmin
            case .networkNamespaces: sysAdmin | netAdmin
            case .tracing: ptrace
            }
        return mask & wanted == wanted
    }

    private static let canMount: Bool = {
        let place = NSTemporaryDirectory() + "zkops-mount-\(UUID().uuidString)"
        guard (try? FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)) != nil
        else { return false }
        defer { try? FileManager.default.removeItem(atPath: place) }
        let tried = try? Command.bash(#"mount -t tmpfs -o size=64k tmpfs "$1" && umount "$1""#, place)
        return tried?.code == 0
    }()

    private static let canFilter = succeeds("iptables -w -S INPUT")
    private static let canMakeNamespaces: Bool = {
        let name = "zk-probe-\(getpid())"
        // In a chroot one can be made, and nothing be run in it.
        return succeeds(
            "ip netns add \(name) && { ip netns exec \(name) true; code=$?; ip netns del \(name); exit $code; }")
    }()

    /// Of a process that is not a child of strace's, like the lab's servers.
    private static let canTrace = succeeds(
        """
        sleep 60 & it=$!
        strace -o /dev/null -p $it 2>/dev/null & by=$!
        until grep -q '^TracerPid:[[:space:]]*[1-9]' /proc/$it/status; do
            kill -0 $by 2>/dev/null || { kill $it; exit 1; }
            sleep 0.02
        done
        kill $it; wait $by; true
        """)

    private static func succeeds(_ script: String) -> Bool {
        (try? Command.bash("PATH=$PATH:/usr/sbin; \(script)"))?.code == 0
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips the test where this machine doesn't let it have what it needs. With `ZKOPS_TESTS_SKIP_NOTHING=1` only
    /// where the process lacks the right: where it is root and something else is missing, the test runs, and fails.
    package static func needs(_ privilege: Privilege) -> Self {
        .enabled(privilege.reason) {
            let strict = ProcessInfo.processInfo.environment["ZKOPS_TESTS_SKIP_NOTHING"] == "1"
            return strict ? privilege.isGranted : privilege.works
        }
    }
}
