import Foundation
import TestSupport
import Testing

@testable import PlanLanguage

/// `docs/plan-language.md` and `docs/drills.md` end with references made from the definitions that the reader goes by.
@Suite struct ReferenceTests {
    @Test(arguments: ["plan-language.md", "drills.md"])
    func theReferenceIsMadeFromTheDefinitions(_ name: String) throws {
        let place = Repository.folder.appendingPathComponent("docs/\(name)")
        let text = try String(contentsOf: place, encoding: .utf8)
        let marker = "<!-- reference -->\n"
        let start = try #require(text.range(of: marker)?.upperBound)
        let reference = name == "drills.md" ? Self.drillReference() : Self.reference()
        guard text[start...] != reference else { return }
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
            try (text[..<start] + reference).write(to: place, atomically: true, encoding: .utf8)
        }
        Issue.record("the reference in docs/\(name) is out of date; UPDATE_GOLDEN=1 writes it anew")
    }

    @Test(arguments: StepKinds.all.map { $0.documentation.example })
    func everyExampleStandsInTheReference(example: String) {
        #expect(Self.reference().contains(example))
    }

    private static func reference() -> String {
        var text = "\n## Plan\n" + table(PlanRules.plan)
        text += "\n### settings\n" + table(PlanRules.settings)
        text += "\n### acknowledge\n" + table(PlanRules.acknowledgement)
        text += "\n## Steps\n"
        for kind in StepKinds.all {
            let documentation = kind.documentation
            text +=
                "\n### \(kind.verb)\n\(documentation.summary.prefix(1).uppercased())\(documentation.summary.dropFirst()).\n"
            if documentation.keys.isEmpty {
                text += "\nValue: \(documentation.value.description).\n"
            } else {
                text += table(documentation.keys)
            }
            text += "\n```yaml\n\(documentation.example)\n```\n"
        }
        text += "\n## Conditions\nOf `require` and `wait`: a list of mappings, each told by the key named here.\n"
        for condition in ConditionKind.all {
            text +=
                "\n### \(condition.key)\n\(condition.meaning.prefix(1).uppercased())\(condition.meaning.dropFirst()).\n"
            text += "\n```yaml\n- \(condition.example)\n```\n"
        }
        text += "\n## Inventory\n" + table(InventoryReader.rules)
        text += "\n### ssh\n" + table(SSHRules.all)
        text += "\n## Facts\n" + table(FactsReader.rules)
        text += "\n### servers\n" + table(FactsReader.serverRules)
        return text
    }

    private static func drillReference() -> String {
        var text = "\n## Drill\n" + table(DrillReader.rules)
        text += "\n### world\n" + table(DrillReader.worldRules)
        text += "\n### lab\n" + table(DrillReader.labRules)
        text += "\n### clients\n" + table(DrillReader.clientRules)
        text += "\n### faults\n" + table(DrillReader.faultRules)
        text += "\n### expect\n" + table(DrillReader.expectationRules)
        return text
    }

    private static func table(_ rules: [KeyRule]) -> String {
        var text = "\n| key | value | meaning |\n| --- | --- | --- |\n"
        for rule in rules {
            let shape = rule.shape.description.replacingOccurrences(of: "|", with: "\\|")
            let meaning = rule.meaning.replacingOccurrences(of: "|", with: "\\|")
            text += "| `\(rule.name)`\(rule.required ? " (required)" : "") | \(shape) | \(meaning) |\n"
        }
        return text
    }
}
