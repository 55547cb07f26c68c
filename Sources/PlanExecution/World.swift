/// What a run takes from outside: clocks, chance, who runs it. Handed down, so that a run over simulated hosts and a
/// logical clock is reproduced exactly.
package struct World: Sendable {
    /// Seconds since 1970.
    package var now: @Sendable () -> Double
    /// Time since any fixed moment; never goes back.
    package var monotonic: @Sendable () -> Duration
    /// Throws `CancellationError` where the task is cancelled.
    package var sleep: @Sendable (Duration) async throws -> Void
    package var random: @Sendable () -> UInt64
    package var operatorName: String
    package var machine: String
    package var processID: Int32
    /// The value of a variable of the operator's environment that a plan names as a secret.
    package var secret: @Sendable (String) -> String?

    package init(
        now: @escaping @Sendable () -> Double, monotonic: @escaping @Sendable () -> Duration,
        sleep: @escaping @Sendable (Duration) async throws -> Void, random: @escaping @Sendable () -> UInt64,
        operatorName: String, machine: String, processID: Int32,
        secret: @escaping @Sendable (String) -> String? = { _ in nil }
    ) {
        self.now = now
        self.monotonic = monotonic
        self.sleep = sleep
        self.random = random
        self.operatorName = operatorName
        self.machine = machine
        self.processID = processID
        self.secret = secret
    }
}

extension Duration {
    /// In seconds.
    package var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
