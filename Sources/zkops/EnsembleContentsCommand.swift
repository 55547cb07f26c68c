import ArgumentParser
import EnsembleAccess
import EnsembleModel
import PlanLanguage
import TerminalUI

struct EnsembleContentsCommand: ZkopsCommand {
    static let configuration = CommandConfiguration(
        commandName: "contents",
        abstract: "What fills the tree: bytes and znodes by path, ephemerals, the largest and the oldest znodes.",
        discussion: """
            From a snapshot's file, without any host: it is read as a stream, plain or compressed by gzip, and its checksum is compared. Or with \
            -i from a server that serves, an observer or a follower where there is one and --server names none: through a client session, without reading data, \
            hundreds of questions at a time. Bytes are what a znode takes in a snapshot.
            Example: zkops ensemble contents /data/version-2/snapshot.100004000 --depth 2
            Example: zkops ensemble contents -i inventory.yaml --server zk7@v3.4.14
            """)

    @Argument(help: "A snapshot's file.")
    var snapshot: String?

    @Option(name: [.customShort("i"), .long], help: ArgumentHelp("The inventory.", valueName: "file"))
    var inventory: String?

    @Option(help: ArgumentHelp("Read from this server.", valueName: "host@installation"))
    var server: String?

    @Option(help: "How many names of a path are added up as one.")
    var depth = 1

    @Option(help: "How many paths, and how many of the largest and oldest znodes are shown.")
    var top = 10

    @Option(help: "text, markdown or json")
    var format = DocumentFormat.text

    @OptionGroup var colour: ColourOption

    func validate() throws {
        if (snapshot == nil) == (inventory == nil) {
            throw ValidationError("give a snapshot's file, or an inventory with -i")
        }
        if server != nil, inventory == nil { throw ValidationError("--server is of use only with -i") }
        if !(1...100).contains(depth) { throw ValidationError("--depth wants 1 to 100") }
        if !(1...1000).contains(top) { throw ValidationError("--top wants 1 to 1000") }
    }

    func execute(_ environment: OperatorEnvironment) async throws(CommandFailure) {
        let view: ContentsView
        if let snapshot {
            view = try file(environment.absolute(snapshot))
        } else {
            view = try await live(environment)
        }
        switch format {
        case .text: try Terminal.result(view.text(colour.palette(.output, environment)))
        case .markdown: try Terminal.result(view.markdown)
        case .json: try Terminal.result(view.json)
        }
    }

    private func file(_ path: String) throws(CommandFailure) -> ContentsView {
        do throws(SnapshotError) {
            var reader = try SnapshotReader(path)
            var contents = TreeContents(depth: depth, top: top)
            let summary = try reader.read { contents.add($0) }
            return ContentsView(contents, source: path, summary: summary)
        } catch {
            throw CommandFailure(.failed, error.message)
        }
    }

    private func live(_ environment: OperatorEnvironment) async throws(CommandFailure) -> ContentsView {
        let inventory = try Files.inventory(inventory ?? "", environment, colour.palette(.errors, environment))
        let connections = Connections(inventory, environment)
        do throws(CommandFailure) {
            let server = try await chosen(inventory, connections)
            let contents: TreeContents
            do throws(AccessError) {
                contents = try await connections.control.contents(through: server, depth: depth, top: top)
            } catch {
                throw CommandFailure(error)
            }
            await connections.close()
            return ContentsView(contents, source: server.description, summary: nil)
        } catch {
            await connections.close()
            throw error
        }
    }

    /// The server that was named, else one that serves: rather an observer, whose slowness no quorum waits for, and the leader last.
    private func chosen(_ inventory: Inventory, _ connections: Connections) async throws(CommandFailure) -> ServerName {
        let names = inventory.orderedPlaces.map(\.name)
        if let server {
            if let name = names.first(where: { $0.description == server }) { return name }
            throw CommandFailure(
                .usage,
                "the inventory has no server \(server); it has \(names.map(\.description).joined(separator: ", "))")
        }
        let control = connections.control
        let pulses = await SideBySide.map(names) { name in try? await control.pulse(name) }
        for mode in [Mode.observer, .follower, .leader, .standalone] {
            if let index = pulses.firstIndex(where: { $0?.mode == mode }) { return names[index] }
        }
        throw CommandFailure(
            .refused, "no server of \(inventory.ensemble) serves, so its tree can't be read; a snapshot's file can")
    }
}
