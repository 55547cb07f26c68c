import EnsembleModel
import Foundation
import Lab
import TestSupport
import Testing

extension Truth {
    /// Each bad plan of `examples/hazards/` on real servers: the plan's own steps, in the order and at the speed that its hazard needs, and the
    /// disaster seen.
    @Suite struct HazardTests {
        struct Story: Sendable, CustomTestStringConvertible {
            var example: String
            var events: @Sendable (StagedWorld) async throws -> Void

            init(_ example: String, _ events: @escaping @Sendable (StagedWorld) async throws -> Void) {
                self.example = example
                self.events = events
            }

            var testDescription: String { example }
        }

        static let stories = dataLoss + forks + outages + refusals

        @Test(arguments: stories) func theDisasterHappens(_ story: Story) async throws {
            try await StagedWorld.run(story.example, "bad", story.events)
        }

        /// Every example has a story, or says why real servers can't show it.
        @Test func everyExampleIsStagedOrSaysWhyNot() throws {
            let staged = Set(Self.stories.map(\.example))
            for example in try HazardExample.all() {
                let expected = example.expectation
                #expect(staged.contains(example.name) == (expected.realServers != nil), "\(example.name)")
                #expect((expected.realServers == nil) == (expected.notStaged != nil), "\(example.name)")
            }
        }
    }
}
