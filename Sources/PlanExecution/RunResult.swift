/// How a run ended.
package struct RunResult: Sendable {
    /// Empty where it ended before there was a run.
    package var run: String
    package var outcome: RunOutcome
    /// 0 done, also where `--until` was reached; 1 failed or stopped; 3 nothing changed; 4 locked; 130 interrupted.
    package var exitCode: Int32
    package var seconds: Double
    /// How long no server of the ensemble was seen to lead.
    package var unavailableSeconds: Double
    package var failure: ExecutionError?

    static func refused(_ failure: ExecutionError, run: String = "") -> RunResult {
        RunResult(
            run: run, outcome: .failed, exitCode: failure.exitCode, seconds: 0, unavailableSeconds: 0, failure: failure)
    }
}
