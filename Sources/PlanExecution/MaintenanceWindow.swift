import Foundation
import PlanLanguage

/// Whether a step may start now, by `settings.window`.
enum MaintenanceWindow {
    /// - Parameter now: seconds since 1970.
    /// - Returns: why not; nil where it may.
    static func refusal(_ window: PlanSettings.Window?, now: Double) -> String? {
        guard let window else { return nil }
        guard let zone = TimeZone(identifier: window.timezone) else {
            return
                "The time zone \(window.timezone) is not known on this machine, so whether the window is open isn't either."
        }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        let time = calendar.dateComponents([.hour, .minute], from: Date(timeIntervalSince1970: now))
        let minute = (time.hour ?? 0) * 60 + (time.minute ?? 0)
        let isOpen =
            window.from <= window.to
            ? minute >= window.from && minute < window.to : minute >= window.from || minute < window.to
        guard !isOpen else { return nil }
        return
            "It is \(clock(minute)) in \(window.timezone), outside the window from \(clock(window.from)) to \(clock(window.to))."
    }

    private static func clock(_ minute: Int) -> String {
        let (hour, rest) = minute.quotientAndRemainder(dividingBy: 60)
        return (hour < 10 ? "0" : "") + "\(hour):" + (rest < 10 ? "0" : "") + "\(rest)"
    }
}
