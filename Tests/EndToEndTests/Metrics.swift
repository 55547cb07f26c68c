import Foundation
import TestSupport
import Testing

/// Metrics as the Prometheus project's own Python library reads them.
struct Metrics: Decodable {
    struct Sample: Decodable {
        var name: String
        var labels: [String: String]
        var value: Double
    }

    private var samples: [Sample]

    init(_ text: String) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("zkops-metrics-\(UUID().uuidString)")
        try Data(text.utf8).write(to: folder)
        defer { try? FileManager.default.removeItem(at: folder) }
        let read = try Command.bash(
            #"""
            /usr/bin/python3 -c '
            import json, sys
            from prometheus_client.parser import text_string_to_metric_families
            from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
            text = open(sys.argv[1]).read()
            families = list(text_string_to_metric_families(text))
            assert [family.samples for family in openmetrics(text)] == [family.samples for family in families]
            assert all(family.type == "gauge" and family.documentation for family in families)
            assert len({family.name for family in families}) == len(families)
            print(json.dumps([{"name": s.name, "labels": s.labels, "value": s.value} for f in families for s in f.samples]))
            ' "$1" 2>&1
            """#.replacingOccurrences(of: "            ", with: ""), folder.path)
        try #require(read.code == 0, "\(read.output)\n\(text)")
        samples = try JSONDecoder().decode([Sample].self, from: Data(read.output.utf8))
        let series = samples.map { "\($0.name) \($0.labels.sorted { $0.key < $1.key })" }
        #expect(Set(series).count == series.count, "a series is told once")
    }

    subscript(name: String) -> [Double] { samples.filter { $0.name == name }.map(\.value) }

    func count(_ name: String, _ labels: [String: String], _ value: Double) -> Int {
        samples.count { sample in
            sample.name == name && sample.value == value && labels.allSatisfy { sample.labels[$0.key] == $0.value }
        }
    }
}
