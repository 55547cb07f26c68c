import EnsembleModel
import Testing

@testable import PlanLanguage

@Suite struct TextEditTests {
    let config = "# head\r\ntickTime = 2000\r\ndataDir=/d\r\nserver.7=zk7:2888:3888\r\nserver.8=zk8:2888:3888"

    func edit(_ change: (inout TextEdit) -> Void) -> TextEdit {
        var edit = TextEdit()
        change(&edit)
        return edit
    }

    func code(of edit: TextEdit, on text: String?, config: Bool = false, path: String = "f") -> EditError.Code? {
        do throws(EditError) {
            _ = try edit.applied(to: text, isConfig: config, path: path)
            return nil
        } catch {
            return error.code
        }
    }

    @Test func configKeepsWhatItIsNotAskedToChange() throws {
        let edit = edit {
            $0.set = [.init(key: "tickTime", value: "3000")]
            $0.members = [
                ServerID(1): MemberAddress("zk1:2888:3888")!, ServerID(8): MemberAddress("zk8:2888:3888")!,
            ]
            $0.dropped = .comment
        }
        let text = try edit.applied(to: config, isConfig: true)
        #expect(
            text == "# head\r\ntickTime = 3000\r\ndataDir=/d\r\n#server.7=zk7:2888:3888\r\nserver.8=zk8:2888:3888"
                + "\r\nserver.1=zk1:2888:3888")
        #expect(try edit.applied(to: text, isConfig: true) == text)
    }

    @Test func commentComesBeforeSet() throws {
        let edit = edit {
            $0.comment = ["a"]
            $0.set = [.init(key: "a", value: "2")]
        }
        #expect(try edit.applied(to: "a=1\nb=1\n", isConfig: false) == "#a=1\na=2\nb=1\n")
    }

    @Test func membersAreForConfigurationsOnly() {
        #expect(code(of: edit { $0.members = [:] }, on: "a=1\n") == .membersOutsideConfig)
        #expect(code(of: edit { _ in }, on: nil) == .fileMissing)
    }

    // MARK: Replacements

    @Test func replacesTheOneMatch() throws {
        let edit = edit { $0.replace = [.init(match: "^root=.*$", with: "root=INFO, X $1")] }
        #expect(try edit.applied(to: "a=1\nroot=DEBUG\nb=2\n", isConfig: false) == "a=1\nroot=INFO, X $1\nb=2\n")
    }

    @Test func aReplacementThatStandsIsDone() throws {
        let grows = edit { $0.replace = [.init(match: "foo", with: "foobar")] }
        #expect(try grows.applied(to: "x foo y", isConfig: false) == "x foobar y")
        #expect(try grows.applied(to: "x foobar y", isConfig: false) == "x foobar y")
        let gone = edit { $0.replace = [.init(match: "old", with: "new")] }
        #expect(try gone.applied(to: "new", isConfig: false) == "new")
        let doubled = edit { $0.replace = [.init(match: "a", with: "aa")] }
        #expect(try doubled.applied(to: "aa", isConfig: false) == "aa")
        let dropped = edit { $0.replace = [.init(match: "drop\\n", with: "")] }
        #expect(try dropped.applied(to: "a\ndrop\nb\n", isConfig: false) == "a\nb\n")
        #expect(try dropped.applied(to: "a\nb\n", isConfig: false) == "a\nb\n")
    }

    @Test func refusesWhatDoesNotMatchOnce() {
        #expect(code(of: edit { $0.replace = [.init(match: "a", with: "b")] }, on: "xyz") == .notOneMatch)
        #expect(code(of: edit { $0.replace = [.init(match: "a", with: "b")] }, on: "a a") == .notOneMatch)
        #expect(code(of: edit { $0.replace = [.init(match: "a", with: "ab")] }, on: "a ab") == .notOneMatch)
        #expect(code(of: edit { $0.replace = [.init(match: "(", with: "b")] }, on: "a") == .badPattern)
        let chain = edit { $0.replace = [.init(match: "a", with: "b"), .init(match: "b", with: "c")] }
        #expect(code(of: chain, on: "a") == .notStable)
    }

    // MARK: Appended lines

    @Test func appendsOnlyWhatIsMissing() throws {
        let edit = edit { $0.append = ["one", "two\nthree"] }
        #expect(try edit.applied(to: "a", isConfig: false) == "a\none\ntwo\nthree\n")
        #expect(try edit.applied(to: "one\ntwo\nthree", isConfig: false) == "one\ntwo\nthree")
        #expect(try edit.applied(to: "three\r\n", isConfig: false) == "three\r\none\r\ntwo\r\nthree\r\n")
        #expect(try edit.applied(to: "", isConfig: false) == "one\ntwo\nthree\n")
    }
}
