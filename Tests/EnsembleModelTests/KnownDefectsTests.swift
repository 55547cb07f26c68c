import EnsembleModel
import Testing

@Suite struct KnownDefectsTests {
    private func version(_ text: String) throws -> Version { try #require(Version(text)) }

    @Test func theTableIsConsistent() {
        #expect(Set(KnownDefects.all.map(\.issue)).count == KnownDefects.all.count)
        for defect in KnownDefects.all {
            #expect(defect.issue.hasPrefix("ZOOKEEPER-") && Int(defect.issue.dropFirst(10)) != nil)
            #expect(!defect.title.isEmpty && defect.remedy.hasSuffix("."), "\(defect.issue)")
            #expect(!defect.affected.isEmpty && !defect.fixedIn.isEmpty, "\(defect.issue)")
            for fixed in defect.fixedIn {
                #expect(!defect.affects(fixed), "\(defect.issue) \(fixed)")
                // Nothing of the same branch is affected after its fix.
                #expect(!defect.affected.contains { $0.upperBound > fixed && $0.upperBound.minor == fixed.minor })
            }
        }
    }

    @Test(arguments: [
        ("3.4.5", false), ("3.4.6", true), ("3.4.7", false), ("3.5.0", true), ("3.5.1", false), ("3.8.0", false),
    ])
    func listenerDefect(text: String, has: Bool) throws {
        #expect(try version(text).hasListenerDefect == has)
    }

    @Test(arguments: [
        ("3.4.14", false), ("3.5.0", true), ("3.5.8", true), ("3.5.9", false), ("3.6.1", true), ("3.6.2", false),
        ("3.7.0", false),
    ])
    func editedMembership(text: String, overridden: Bool) throws {
        #expect(try version(text).overridesEditedMembership == overridden)
    }

    @Test func versionsBefore35CountUnlistedFollowers() throws {
        #expect(Version(3, 4, 14).countsUnlistedFollowers && !Version(3, 5, 0).countsUnlistedFollowers)
        #expect(Version(3, 4, 14).joinsOnlyWithGreatestID && !Version(3, 6, 3).joinsOnlyWithGreatestID)
    }

    @Test func defectsOfAVersion() {
        let issues = KnownDefects.of(Version(3, 9, 3)).map(\.issue)
        #expect(issues == ["ZOOKEEPER-4925", "ZOOKEEPER-4846"])
        #expect(KnownDefects.of(Version(3, 9, 4)).isEmpty)
        #expect(KnownDefects.of(Version(3, 4, 6)).contains { $0.issue == "ZOOKEEPER-2186" })
        #expect(KnownDefects.named("ZOOKEEPER-2960")?.affects(Version(3, 4, 11)) == true)
        #expect(KnownDefects.named("ZOOKEEPER-0") == nil)
    }
}

@Suite struct VersionHopTests {
    private func hop(_ from: String, _ to: String, snapshot: Bool? = true, misplaced: Bool? = nil) throws -> [String] {
        let (from, to) = (try #require(Version(from)), try #require(Version(to)))
        return VersionHop.check(from: from, to: to, hasSnapshot: snapshot, hasMisplacedFiles: misplaced)
            .map { "\($0.severity) \($0.issue.dropFirst("ZOOKEEPER-".count))" }
    }

    @Test(arguments: [
        ("3.4.6", "3.4.14", []), ("3.4.14", "3.4.6", ["warning 2186"]), ("3.4.6", "3.4.6", []), ("3.9.3", "3.9.3", []),
        ("3.4.5", "3.5.9", ["error 1633"]), ("3.4.5", "3.4.14", []),
        ("3.8.0", "3.4.5", ["error 1633", "warning 2163"]),
        ("3.6.3", "3.4.14", ["warning 2163"]), ("3.4.6", "3.4.11", ["error 2960"]),
        ("3.4.6", "3.4.7", ["warning 2347"]),
        ("3.4.7", "3.4.14", ["warning 2347"]), ("3.6.3", "3.9.3", ["warning 4925"]),
        ("3.8.0", "3.9.2", ["warning 4646"]), ("3.8.0", "3.9.0", ["warning 4785", "warning 4646"]),
        ("3.8.0", "3.9.4", []), ("3.8.0", "3.8.5", ["warning 4646"]),
        ("3.4.14", "3.5.6", ["warning 3644", "warning 3701"]),
        ("3.4.6", "3.5.0", ["warning 2186", "warning 3701"]),
    ])
    func hops(from: String, to: String, problems: [String]) throws { #expect(try hop(from, to) == problems) }

    @Test func snapshotsAreNeededFrom353On() throws {
        #expect(try hop("3.4.14", "3.6.3", snapshot: false) == ["error 3056"])
        #expect(try hop("3.4.14", "3.6.3", snapshot: nil) == ["warning 3056"])
        #expect(try hop("3.4.14", "3.6.3") == [])
        #expect(try hop("3.4.14", "3.5.2", snapshot: false) == ["warning 3701"])
        #expect(try hop("3.5.9", "3.6.3", snapshot: false) == [])
    }

    @Test func misplacedFilesAreRefusedFrom3412On() throws {
        #expect(try hop("3.4.6", "3.4.14", misplaced: true) == ["error 2967"])
        #expect(try hop("3.4.6", "3.4.14", misplaced: false) == [])
        #expect(try hop("3.4.12", "3.4.14", misplaced: true) == [])
        #expect(try hop("3.4.6", "3.4.10", misplaced: true) == [])
        #expect(try hop("3.5.3", "3.5.9", misplaced: true) == ["error 2967"])
    }
}
