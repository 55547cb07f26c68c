import Glibc
import Synchronization

/// Asks a person for the passphrase of the key file at a path; nil when there is nobody to ask or no answer.
package typealias PassphrasePrompt = @Sendable (_ path: String) async -> String?

/// Passphrases of key files, asked for once a run however many hosts need them.
///
/// Used from the connections' threads, which may wait here for a person.
final class PassphraseStore: Sendable {
    /// How long a person has to answer.
    let patience: Duration = .seconds(300)
    /// How often a wrong passphrase may be given in a run.
    static let mostRejections = 3
    private let prompt: PassphrasePrompt?
    private struct Entry: Sendable {
        /// Nil where nobody answered.
        var answer: String?
        var isKnown = false
        var rejections = 0
    }

    private let known = Mutex<[String: Entry]>([:])
    /// Held while a person is being asked, so that one question is open at a time.
    private let asking = Mutex<Void>(())

    init(prompt: PassphrasePrompt?) {
        self.prompt = prompt
    }

    /// The passphrase, asked for if it isn't known yet.
    func passphrase(for path: String) -> String? {
        asking.withLock { _ in
            let entry = known.withLock { $0[path] } ?? Entry()
            if entry.isKnown { return entry.answer }
            guard let prompt, entry.rejections < Self.mostRejections else { return nil }
            let answer = Self.wait { await prompt(path) }
            known.withLock { $0[path] = Entry(answer: answer, isKnown: true, rejections: entry.rejections) }
            return answer
        }
    }

    /// Forgets a passphrase that did not fit, so that it is asked for anew.
    func reject(_ passphrase: String, for path: String) {
        known.withLock { known in
            guard let entry = known[path], entry.isKnown, entry.answer == passphrase else { return }
            known[path] = Entry(rejections: entry.rejections + 1)
        }
    }

    private static func wait(_ body: @escaping @Sendable () async -> String?) -> String? {
        let answer = Answer()
        Task {
            let text = await body()
            answer.give(text)
        }
        return answer.wait()
    }
}

/// Hands one value from a task to a thread that waits for it.
private final class Answer: Sendable {
    private let value = Mutex<String?>(nil)
    private let done = WakeUp()

    func give(_ text: String?) {
        value.withLock { $0 = text }
        done.signal()
    }

    func wait() -> String? {
        var waits = pollfd(fd: done.descriptor, events: Int16(POLLIN), revents: 0)
        while unsafe poll(&waits, 1, -1) < 1 {}
        return value.withLock { $0 }
    }
}
