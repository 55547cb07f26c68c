import Foundation
import PlanLanguage

/// Whether a step may start now, by `settings.window`: none starts outside it, and none whose usual time would cross its end.
enum MaintenanceWindow {
    /// - Parameters:
    ///   - now: seconds since 1970.
    ///   - usual: how many seconds the step usually takes.
    /// - Returns: why not; nil where it may.
    static func refusal(_ window: PlanSettings.Window?, now: Double, usual: Double) -> String? {
        guard let window else { return nil }
        guard let zone = TimeZone(identifier: window.timezone) else {
            return
                "The time zone \(window.timezone) is not known on this machine, so whether the window is open isn't either."
        }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        let time = calendar.dateComponents([.hour, .minute, .second], from: Date(timeIntervalSince1970: now))
        let minute = (time.hour ?? 0) * 60 + (time.minute ?? 0)
        let isOpen =
            window.from <= window.to
            ? minute >= window.from && minute < window.to : minute >= window.from || minute < window.to
        let bounds = "the window from \(clock(window.from)) to \(clock(window.to))"
        guard isOpen else { return "It is \(clock(minute)) in \(window.timezone), outside \(bounds)." }
        let minutes = (window.to - minute + 1440) % 1440
        let left = Double(minutes == 0 ? 1440 : minutes) * 60 - Double(time.second ?? 0)
        guard usual > left else { return nil }
        return
            "It is \(clock(minute)) in \(window.timezone), and it usually takes \(words(usual)), past the end of \(bounds)."
    }

    private static func words(_ seconds: Double) -> String {
        let whole = Int(seconds.rounded(.up))
        return whole < 120 ? "\(whole) s" : "\((whole + 59) / 60) min"
    }

    private static func clock(_ minute: Int) -> String {
        let (hour, rest) = minute.quotientAndRemainder(dividingBy: 60)
        return (hour < 10 ? "0" : "") + "\(hour):" + (rest < 10 ? "0" : "") + "\(rest)"
    }
}
