extension IncidentCatalogue {
    /// docs/incidents.md, made from the definitions; a test compares the file with it.
    package static var markdown: String {
        var lines = [
            "# Incidents",
            "What `zkops ensemble doctor -i INVENTORY` recognises, each from evidence that it quotes. `--format json` names them by these codes. "
                + "This page is made from the definitions in `Sources/Diagnosis/Incidents`.", "",
            "| code | incident |", "| --- | --- |",
        ]
        lines += all.map { "| [`\($0.definition.code)`](#\($0.definition.code)) | \($0.definition.title) |" }
        for incident in all {
            let definition = incident.definition
            lines += [
                "", "## \(definition.code)", "**\(definition.title).** \(definition.symptoms)", "",
                "- Recognised by: \(definition.recognised)", "- Why it matters: \(definition.why)",
                "- Remedy: \(definition.remedy)",
            ]
            if !definition.plans.isEmpty {
                let links = definition.plans.map { "[`\($0.rawValue)`](../\($0.path))" }
                lines.append("- Plans: \(links.joined(separator: ", "))")
            }
            if let source = definition.source { lines.append("- Source: \(source)") }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
