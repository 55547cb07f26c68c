import Dispatch
import Foundation
import Glibc
import Synchronization
import TerminalUI

/// Standard output carries data, standard error what is said to people.
enum Stream: Int32, Sendable {
    case output = 1
    case errors = 2
}

/// The terminal, where there is one.
enum Terminal {
    static func isTerminal(_ stream: Stream) -> Bool { isatty(stream.rawValue) == 1 }

    /// Whether a question can be asked: it is shown on standard error and answered on standard input.
    static var canAsk: Bool { isatty(0) == 1 && isTerminal(.errors) }

    /// 80 by 24 where the terminal doesn't say.
    static func size(_ stream: Stream) -> TerminalSize {
        var size = winsize()
        let answered = unsafe ioctl(stream.rawValue, UInt(TIOCGWINSZ), &size) == 0
        guard answered, size.ws_col > 0, size.ws_row > 0 else { return TerminalSize(columns: 80, rows: 24) }
        return TerminalSize(columns: Int(size.ws_col), rows: Int(size.ws_row))
    }

    /// How wide tables may be on standard output; 120 columns where that is no terminal, for logs and mails.
    static var tableWidth: Int { isTerminal(.output) ? max(80, size(.output).columns) : 120 }

    /// Says something to the person. A closed standard error must not end a run, so failures are nobody's concern.
    static func say(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data("\(text)\n".utf8))
    }

    /// Writes `text` as it is, with no line end of its own.
    /// - Returns: false where it can't be written, as when nobody reads it any more.
    @discardableResult
    static func write(_ text: String, to stream: Stream) -> Bool {
        guard !text.isEmpty else { return true }
        let handle = stream == .output ? FileHandle.standardOutput : FileHandle.standardError
        return (try? handle.write(contentsOf: Data(text.utf8))) != nil
    }

    /// Writes a command's result. That nobody reads on (`zkops … | head`) is no failure; a full disk is.
    static func result(_ text: String) throws(CommandFailure) {
        do {
            try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
        } catch {
            let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
            let isClosed = [error as NSError, underlying].contains {
                $0?.domain == NSPOSIXErrorDomain && $0?.code == Int(EPIPE)
            }
            guard !isClosed else { return }
            throw CommandFailure(.failed, "can't write to standard output: \(error.localizedDescription)")
        }
    }

    // MARK: Questions

    /// Asks a question that Yes or No answers; anything but Yes is No, and so is an end of input.
    /// - Parameter wake: a file descriptor that becomes readable when nobody should wait for an answer any more.
    static func confirm(_ question: String, wake: Int32? = nil) -> Bool {
        guard canAsk else { return false }
        // What was typed before the question was seen is no answer to it.
        tcflush(0, TCIFLUSH)
        write("\(question) [y/N] ", to: .errors)
        let answer = readLine(wake: wake)
        guard let answer else {
            write("\n", to: .errors)
            return false
        }
        return ["y", "yes"].contains(answer.trimmingCharacters(in: .whitespaces).lowercased())
    }

    /// Asks a question that a line answers; nil where there is no terminal, at the end of input, or for an empty answer.
    static func ask(_ question: String) -> String? {
        guard canAsk else { return nil }
        tcflush(0, TCIFLUSH)
        write("\(question) ", to: .errors)
        let answer = readLine(wake: nil)?.trimmingCharacters(in: .whitespaces) ?? ""
        return answer.isEmpty ? nil : answer
    }

    /// Waits for a line of standard input, or its end.
    static func nextLine() async {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                _ = readLine(wake: nil)
                continuation.resume()
            }
        }
    }

    /// nil at the end of input, or where `wake` became readable first.
    private static func readLine(wake: Int32?) -> String? {
        var line: [UInt8] = []
        while true {
            var watched = [pollfd(fd: 0, events: Int16(POLLIN), revents: 0)]
            if let wake { watched.append(pollfd(fd: wake, events: Int16(POLLIN), revents: 0)) }
            let ready = unsafe poll(&watched, nfds_t(watched.count), -1)
            if ready < 0, errno == EINTR { continue }
            guard ready > 0 else { return nil }
            if watched.count > 1, watched[1].revents != 0 { return nil }
            guard let byte = readByte() else { return nil }
            if byte == UInt8(ascii: "\n") { return String(decoding: line, as: UTF8.self) }
            line.append(byte)
        }
    }

    private static func readByte() -> UInt8? {
        var byte: UInt8 = 0
        while true {
            let count = unsafe read(0, &byte, 1)
            if count == 1 { return byte }
            if count < 0, errno == EINTR { continue }
            return nil
        }
    }

    /// The terminal as it was before echo was turned off.
    private static let echoing = Mutex<termios?>(nil)

    /// Turns echo on again where a question for a secret is open; for a process that is about to end.
    static func restoreEcho() {
        echoing.withLock { before in
            guard var settings = before else { return }
            _ = unsafe tcsetattr(0, TCSANOW, &settings)
            before = nil
        }
    }

    /// Asks for a secret without echo. nil where there is no terminal, or at the end of input or an empty answer.
    static func askSecret(_ prompt: String) -> String? {
        guard canAsk else { return nil }
        var before = termios()
        guard unsafe tcgetattr(0, &before) == 0 else { return nil }
        var silent = before
        // ISIG off as well: Control-C must not end the process before the echo is on again.
        silent.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG)
        let settings = before
        echoing.withLock { $0 = settings }
        defer {
            restoreEcho()
            write("\n", to: .errors)
        }
        guard unsafe tcsetattr(0, TCSAFLUSH, &silent) == 0 else { return nil }
        write(prompt, to: .errors)
        return readSecret()
    }

    private static func readSecret() -> String? {
        var secret: [UInt8] = []
        while let byte = readByte() {
            switch byte {
            case 0x03:
                restoreEcho()
                kill(getpid(), SIGINT)
                return nil
            case 0x04, 0x0a, 0x0d: return secret.isEmpty ? nil : String(decoding: secret, as: UTF8.self)
            case 0x08, 0x7f:
                // One character back, whatever its number of bytes.
                while let last = secret.popLast(), last & 0xc0 == 0x80 {}
            case 0x15: secret = []
            default: secret.append(byte)
            }
        }
        return nil
    }
}
