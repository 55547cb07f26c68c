/// The defects of ZooKeeper that matter to the work on ensembles.
///
/// Ranges start at 3.4.0: older versions are beyond this tool. The first release with a fix is the first tag of
/// ZooKeeper's repository that holds its commit; where a report names the versions instead, a comment says so.
package enum KnownDefects {
    package static func of(_ version: Version) -> [Defect] { all.filter { $0.affects(version) } }

    package static func named(_ issue: String) -> Defect? { all.first { $0.issue == issue } }

    package static let all = elections + membership + data + service

    private static func since34(upTo patch: Int) -> ClosedRange<Version> { Version(3, 4, 0)...Version(3, 4, patch) }

    private static func range(_ minor: Int, _ patches: ClosedRange<Int>) -> ClosedRange<Version> {
        Version(3, minor, patches.lowerBound)...Version(3, minor, patches.upperBound)
    }

    private static let elections = [
        // The code that reads a length before checking it came with ZOOKEEPER-1633 in 3.4.6; 3.4.5 reads one long only
        // (sources compared), although the issue is often quoted for everything up to 3.4.6.
        Defect(
            issue: "ZOOKEEPER-2186", title: "A malformed message to the election port ends the listener thread",
            affected: [range(4, 6...6), range(5, 0...0)],
            fixedIn: [Version(3, 4, 7), Version(3, 5, 1), Version(3, 6, 0)], consequence: .deafListener,
            remedy:
                "Restart nothing before the listener of every server is known; keep scanners off ports 2888 and 3888."),
        Defect(
            issue: "ZOOKEEPER-2836", title: "A socket timeout in accept ends the listener thread",
            affected: [since34(upTo: 14), range(5, 0...5)], fixedIn: [Version(3, 5, 6), Version(3, 6, 0)],
            consequence: .deafListener, remedy: "Restart the deaf server when the others can take it back."),
        Defect(
            issue: "ZOOKEEPER-3320", title: "The listener gives up when the server's own host name does not resolve",
            affected: [since34(upTo: 14), range(5, 0...5)], fixedIn: [Version(3, 5, 6), Version(3, 6, 0)],
            consequence: .deafListener, remedy: "Make the server's own name resolve before it starts."),
        Defect(
            issue: "ZOOKEEPER-1732", title: "A leader goes on advertising the vote it had before its election",
            affected: [since34(upTo: 5)], fixedIn: [Version(3, 4, 6), Version(3, 5, 0)], consequence: .noJoin,
            remedy: "A server that stays looking joins after the leader was restarted."),
        Defect(
            issue: "ZOOKEEPER-1558", title: "A new leader takes a snapshot before it listens to followers",
            affected: [since34(upTo: 5)], fixedIn: [Version(3, 4, 6)], consequence: .outage,
            remedy: "Raise initLimit above the time that writing a snapshot takes."),
        Defect(
            issue: "ZOOKEEPER-2678", title: "A follower takes a snapshot while it synchronizes, even after a diff",
            affected: [since34(upTo: 9), range(5, 0...2)], fixedIn: [Version(3, 4, 10), Version(3, 5, 3)],
            consequence: .outage, remedy: "Raise syncLimit above the time that writing a snapshot takes."),
    ]

    private static let membership = [
        // ZOOKEEPER-3814, 3829, 3830 and 3842 share one fix.
        Defect(
            issue: "ZOOKEEPER-3829",
            title: "A configuration sent by the leader overrides server lines that were changed by hand",
            affected: [range(5, 0...8), range(6, 0...1)],
            fixedIn: [Version(3, 5, 9), Version(3, 6, 2), Version(3, 7, 0)], consequence: .outage,
            remedy:
                "Don't add or remove servers by rolling edits: upgrade first, use reconfig, or stop all and start all."),
        Defect(
            issue: "ZOOKEEPER-2988", title: "Votes for a server that isn't in the configuration are taken",
            affected: [since34(upTo: 12), range(5, 0...3)], fixedIn: [Version(3, 4, 13), Version(3, 5, 4)],
            consequence: .noJoin, remedy: "Keep the time short in which configurations differ."),
        Defect(
            issue: "ZOOKEEPER-2164", title: "A server whose own line says 0.0.0.0 keeps smaller ids from joining again",
            affected: [range(5, 0...7), range(6, 0...0)], fixedIn: [Version(3, 5, 8), Version(3, 6, 1)],
            consequence: .noJoin, remedy: "Write the server's own address in its line."),
        Defect(
            issue: "ZOOKEEPER-1506", title: "Addresses of other servers are resolved once and kept",
            affected: [since34(upTo: 6), range(5, 0...0)], fixedIn: [Version(3, 4, 7), Version(3, 5, 1)],
            consequence: .noJoin, remedy: "After an address changed, restart every other server."),
    ]

    private static let data = [
        Defect(
            issue: "ZOOKEEPER-2960", title: "dataDir and dataLogDir are swapped",
            affected: [range(4, 11...11)], fixedIn: [Version(3, 4, 12)], consequence: .dataLoss,
            remedy: "Never run this version."),
        Defect(
            issue: "ZOOKEEPER-1797", title: "The purge deletes transaction logs that are still needed",
            affected: [since34(upTo: 6)], fixedIn: [Version(3, 4, 7)], consequence: .dataLoss,
            remedy: "Keep autopurge off, or keep more snapshots."),
        Defect(
            issue: "ZOOKEEPER-2574", title: "The purge can delete a transaction log that is still needed",
            affected: [since34(upTo: 9), range(5, 0...2)], fixedIn: [Version(3, 4, 10), Version(3, 5, 3)],
            consequence: .dataLoss, remedy: "Keep autopurge off, or keep more snapshots."),
        Defect(
            issue: "ZOOKEEPER-2325", title: "A server with logs and no valid snapshot starts with part of the data",
            affected: [since34(upTo: 14), range(5, 0...2)], fixedIn: [Version(3, 5, 3)], consequence: .dataLoss,
            remedy: "Look at the snapshots before a server starts."),
        Defect(
            issue: "ZOOKEEPER-3644", title: "snapshot.trust.empty loses the data of an upgraded server",
            affected: [range(5, 6...6)], fixedIn: [Version(3, 5, 7)], consequence: .dataLoss,
            remedy: "Don't use snapshot.trust.empty with this version."),
        // Reported for 3.5.6.
        Defect(
            issue: "ZOOKEEPER-3701", title: "Two leaders when the disk of the transaction log is full",
            affected: [range(5, 0...6)], fixedIn: [Version(3, 5, 7), Version(3, 6, 0)], consequence: .dataLoss,
            remedy: "Watch the free room of dataLogDir."),
        Defect(
            issue: "ZOOKEEPER-4785", title: "Transactions of a diff are acknowledged before they are on disk",
            affected: [range(8, 0...4), range(9, 0...1)], fixedIn: [Version(3, 8, 5), Version(3, 9, 2)],
            consequence: .dataLoss, remedy: "Restart one server at a time, each only once the others are in sync."),
        // One fix for 4394, 4643, 4646 and 4685, in 3.9.3; the notes of 3.8.5 don't name it.
        Defect(
            issue: "ZOOKEEPER-4646", title: "A follower acknowledges a new leader before what it got is on disk",
            affected: [range(8, 0...5), range(9, 0...2)], fixedIn: [Version(3, 9, 3)], consequence: .dataLoss,
            remedy: "Restart one server at a time, each only once the others are in sync."),
        // Came with the fix of 4394: 3.9.2 passes the test of the fix, 3.9.3 alone fails it (pull request 2254).
        Defect(
            issue: "ZOOKEEPER-4925", title: "A stale follower that becomes leader passes on a log with a hole",
            affected: [range(9, 3...3)], fixedIn: [Version(3, 9, 4)], consequence: .dataLoss,
            remedy: "Restart one server at a time, each only once the others are in sync; prefer 3.9.4."),
    ]

    private static let service = [
        Defect(
            issue: "ZOOKEEPER-2347", title: "The shutdown of a server can deadlock",
            affected: [range(4, 7...7)], fixedIn: [Version(3, 4, 8)], consequence: .hangingShutdown,
            remedy: "Skip this version; a hanging process has to be killed."),
        Defect(
            issue: "ZOOKEEPER-2247", title: "A leader that can't write its log goes on leading and serves no one",
            affected: [since34(upTo: 8)], fixedIn: [Version(3, 4, 9)], consequence: .outage,
            remedy: "Stop the leader; make room on its disk."),
        Defect(
            issue: "ZOOKEEPER-4846", title: "The data can't be loaded again when an ACL is missing",
            affected: [range(8, 0...4), range(9, 0...3)], fixedIn: [Version(3, 8, 5), Version(3, 9, 4)],
            consequence: .outage,
            remedy: "A server that doesn't start takes the data from the leader after clearing its own."),
    ]
}

extension Version {
    /// Whether malformed messages to the election port end its listener (ZOOKEEPER-2186): its state has to be known before
    /// anything is restarted.
    package var hasListenerDefect: Bool { isAffected(by: "ZOOKEEPER-2186") }

    /// Whether rolling edits of the server lines don't take effect (ZOOKEEPER-3829 and its kin).
    package var overridesEditedMembership: Bool { isAffected(by: "ZOOKEEPER-3829") }

    /// Whether a leader counts followers that aren't in its configuration toward its quorum: 3.4 counts any participant that
    /// acknowledges. A write acknowledged that way can be lost.
    package var countsUnlistedFollowers: Bool { self < Version(3, 5, 0) }

    /// Whether a new server joins only when its myid is greater than those of all members that don't list it: a 3.4 server calls
    /// back smaller ids by its own list; from 3.5 on the first message carries the address.
    package var joinsOnlyWithGreatestID: Bool { self < Version(3, 5, 0) }

    private func isAffected(by issue: String) -> Bool { KnownDefects.named(issue)?.affects(self) ?? false }
}
