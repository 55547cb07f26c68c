/// How times and amounts are written wherever people or programs read them.
package enum Amounts {
    /// `0:09`, `12:30`, `1:02:03`; whole seconds, rounded down.
    package static func elapsed(_ seconds: Double) -> String {
        let whole = seconds.isFinite ? Int(max(0, min(seconds, 1e9))) : 0
        let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
        return hours > 0 ? "\(hours):\(two(minutes)):\(two(rest))" : "\(minutes):\(two(rest))"
    }

    /// `0.4 s` below ten seconds, else as ``elapsed(_:)``.
    package static func took(_ seconds: Double) -> String {
        seconds < 10 ? "\(decimal(seconds, places: 1)) s" : elapsed(seconds)
    }

    /// `45 s`, `12 min`, `5 h`, `3 d`; rounded down.
    package static func age(_ seconds: Int) -> String {
        switch seconds {
        case ..<60: "\(max(0, seconds)) s"
        case ..<3600: "\(seconds / 60) min"
        case ..<172_800: "\(seconds / 3600) h"
        default: "\(seconds / 86_400) d"
        }
    }

    /// `812 B`, `84.2 MiB`.
    package static func bytes(_ count: Int) -> String {
        guard count >= 1024 else { return "\(count) B" }
        var value = Double(count)
        var unit = -1
        while value >= 1024, unit < 4 {
            value /= 1024
            unit += 1
        }
        return "\(decimal(value, places: 1)) \(["KiB", "MiB", "GiB", "TiB", "PiB"][unit])"
    }

    /// With exactly `places` digits after the point.
    package static func decimal(_ value: Double, places: Int) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return String(value) }
        let scale = (0..<places).reduce(1) { power, _ in power * 10 }
        let scaled = Int((abs(value) * Double(scale)).rounded())
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard places > 0 else { return "\(sign)\(scaled)" }
        let digits = String(scaled % scale)
        return "\(sign)\(scaled / scale).\(String(repeating: "0", count: places - digits.count))\(digits)"
    }

    /// RFC 3339 in UTC, `2026-01-11T18:02:11Z`; with milliseconds where asked for.
    package static func timestamp(_ seconds: Double, milliseconds: Bool = false) -> String {
        let (date, time, thousandths) = parts(seconds)
        let fraction = milliseconds ? "." + String(1000 + thousandths).dropFirst() : ""
        return "\(date)T\(time)\(fraction)Z"
    }

    /// `18:02:11Z`, for lines whose day is known.
    package static func timeOfDay(_ seconds: Double) -> String { parts(seconds).time + "Z" }

    /// Between the years 1 and 9999; a time that no clock gives, which only a damaged file can hold, is shown as the nearest of them.
    private static func parts(_ seconds: Double) -> (date: String, time: String, thousandths: Int) {
        let kept = seconds.isNaN ? 0 : min(max(seconds, -62_135_596_800), 253_402_300_799)
        let thousandths = Int((kept * 1000).rounded(.down))
        let whole = floorDivided(thousandths, 1000)
        let days = floorDivided(whole, 86_400)
        let rest = whole - days * 86_400
        let (year, month, day) = civil(days)
        let time = "\(two(rest / 3600)):\(two(rest / 60 % 60)):\(two(rest % 60))"
        return ("\(year)-\(two(month))-\(two(day))", time, thousandths - whole * 1000)
    }

    /// The Gregorian date, `days` after 1970-01-01; years begin in March here, so that the leap day is a year's last.
    private static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = floorDivided(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }

    private static func floorDivided(_ value: Int, _ divisor: Int) -> Int {
        value >= 0 ? value / divisor : -((divisor - 1 - value) / divisor)
    }

    private static func two(_ value: Int) -> String { value < 10 ? "0\(value)" : String(value) }
}
