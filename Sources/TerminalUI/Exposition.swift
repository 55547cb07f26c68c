/// Metrics as Prometheus reads them: its text format 0.0.4, and since every one is a gauge and the end is marked, OpenMetrics 1.0 too.
struct Exposition {
    typealias Labels = [(String, String)]
    typealias Sample = (Labels, Double)

    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private var families = ""

    var text: String { families + "# EOF\n" }

    mutating func gauge(_ name: String, _ help: String, _ samples: [Sample]) {
        families += "# HELP \(name) \(help)\n# TYPE \(name) gauge\n"
        for (labels, value) in samples {
            let pairs = labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
            families += "\(name){\(pairs)} \(Self.number(value))\n"
        }
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() ? Amounts.decimal(value, places: 0) : Amounts.decimal(value, places: 3)
    }

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text.unicodeScalars {
            switch character {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }
}
