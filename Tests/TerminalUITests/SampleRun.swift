import EnsembleAccess
import EnsembleModel
import PlanExecution

/// A run's events for the tests of the views.
enum SampleRun {
    static let start = 1_768_154_531.0
    static let run = "codis-20260111-180211-4f2a"
    static let stages = ["Check the world", "Prepare the trio", "Serve from the new trio", "Retire the old ensemble"]
    static let servers = ["zk1@v3.4.14", "zk6@v3.4.14", "zk8@v3.4.14", "zk10@v3.4.6"].compactMap { ServerName($0) }

    static func event(_ seconds: Double, _ kind: RunEvent.Kind) -> RunEvent {
        RunEvent(at: start + seconds, kind: kind)
    }

    private static func pulse(_ mode: Mode, _ zxid: UInt64? = nil, synced: Int? = nil) -> ServerPulse {
        let process = ProcessIdentity(pid: 4711, startTime: 99, bootID: "b")
        return ServerPulse(
            process: mode == .stopped ? nil : process, mode: mode, version: Version(3, 4, 14),
            zxid: zxid.map(Zxid.init),
            syncedFollowers: synced, znodes: 20_041, connections: 12, source: mode.serves ? .srvr : .none)
    }

    static let beginning: [RunEvent] = [
        event(0, .runStarted(run: run, ensemble: "codis", plan: "staged-recovery-3-to-5", steps: 41, attempt: .apply)),
        event(0, .stageStarted(name: stages[0], number: 1)),
        event(0, .stepStarted(step: "1.1", title: "require 5 conditions")),
        event(0, .actionStarted(action: "1.1.1.1", summary: "require that zk10@v3.4.6 leads", step: "1.1")),
        event(0, .pulse(server: servers[3], pulse: pulse(.leader, 0x1_0000_4e2a, synced: 2))),
        event(0, .pulse(server: servers[1], pulse: pulse(.stopped))),
        event(4, .actionFinished(action: "1.1.1.1", change: nil, seconds: 4)),
        event(4, .stepFinished(step: "1.1", outcome: .done, seconds: 4)),
        event(4, .note("all conditions hold")),
        event(4, .stageStarted(name: stages[1], number: 2)),
    ]

    static let copying: [RunEvent] =
        beginning + [
            event(30, .stepStarted(step: "2.6", title: "copy the data of zk10@v3.4.6")),
            event(
                30,
                .actionStarted(action: "2.6.1.1", summary: "copy the data of zk10@v3.4.6 onto zk1@v3.4.14", step: "2.6")
            ),
            event(
                41,
                .copying(
                    action: "2.6.1.1", bytesDone: 986_000_000, bytesInAll: 2_254_857_830, bytesPerSecond: 88_290_099)),
        ]

    static let waiting: [RunEvent] =
        beginning + [
            event(35, .stepFinished(step: "2.6", outcome: .done, seconds: 31)),
            event(35, .warning("zk8@v3.4.14 had a zkServer.sh log of 210.0 MiB; it was collected first")),
            event(35, .stageStarted(name: stages[2], number: 3)),
            event(36, .stepStarted(step: "3.2", title: "start zk1@v3.4.14, then zk6@v3.4.14")),
            event(
                36,
                .actionStarted(action: "3.2.1.1", summary: "start zk1@v3.4.14 and wait until it serves", step: "3.2")),
            event(36, .pulse(server: servers[0], pulse: pulse(.looking))),
            event(40, .actionFinished(action: "3.2.1.1", change: .already, seconds: 4)),
            event(
                40,
                .actionStarted(action: "3.2.2.1", summary: "start zk6@v3.4.14 and wait until it serves", step: "3.2")),
            event(45, .waiting(action: "3.2.2.1", servers: [servers[1]], forWhat: "no process runs yet")),
            event(47, .pulse(server: servers[0], pulse: pulse(.leader, 0x2_0000_0012, synced: 0))),
            event(47, .pulse(server: servers[1], pulse: pulse(.follower, 0x1_0000_4e2a))),
            event(
                60,
                .waiting(
                    action: "3.2.2.1", servers: [servers[1]],
                    forWhat: "the leader, zk1@v3.4.14, counts 0 synced followers of 1")),
        ]

    static let failed: [RunEvent] =
        waiting + [
            event(
                160,
                .failure(
                    step: "3.2",
                    message: "zk6@v3.4.14 was not serving after 120 s: zk1@v3.4.14 leads and counts no synced follower",
                    remedy: "Resume with: zkops run resume \(run)\nRoll back with: zkops run rollback \(run)")),
            event(160, .stepFinished(step: "3.2", outcome: .failed, seconds: 124)),
            event(160, .runFinished(run: run, outcome: .failed, seconds: 160, unavailableSeconds: 0)),
        ]

    static let succeeded: [RunEvent] =
        beginning + [
            event(100, .stageStarted(name: stages[2], number: 3)),
            event(120, .stageStarted(name: stages[3], number: 4)),
            event(182, .pulse(server: servers[3], pulse: pulse(.stopped))),
            event(182, .runFinished(run: run, outcome: .succeeded, seconds: 182, unavailableSeconds: 1.25)),
        ]

    /// What another process then sends, in the middle of going back.
    static let goingBack: [RunEvent] =
        [
            event(
                300,
                .runStarted(run: run, ensemble: "codis", plan: "staged-recovery-3-to-5", steps: 41, attempt: .rollback)),
            event(300, .pulse(server: servers[0], pulse: pulse(.leader, 0x2_0000_0012, synced: 0))),
            event(300, .pulse(server: servers[1], pulse: pulse(.follower, 0x1_0000_4e2a))),
            event(300, .stepStarted(step: "3.2", title: "undo: start zk1@v3.4.14, then zk6@v3.4.14")),
            event(300, .actionStarted(action: "undo 3.2.2.1", summary: "stop zk6@v3.4.14", step: "3.2")),
            event(303, .pulse(server: servers[1], pulse: pulse(.stopped))),
            event(303, .actionFinished(action: "undo 3.2.2.1", change: .changed, seconds: 3)),
            event(303, .actionStarted(action: "undo 3.2.1.1+stop", summary: "stop zk1@v3.4.14", step: "3.2")),
            event(304, .waiting(action: "undo 3.2.1.1+stop", servers: [servers[0]], forWhat: "its process to end")),
        ]
}
