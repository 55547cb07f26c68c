package import EnsembleModel

extension RemoteEnsemble {
    /// Walks the tree through one server, a few hundred questions at a time, and adds up what is in it. What comes and goes meanwhile is
    /// counted or not. No data are read: a znode's stat tells its size.
    package func contents(
        through server: ServerName, depth: Int, top: Int
    ) async throws(AccessError) -> TreeContents {
        try await withClient(server, "reading the tree") { client throws(ZooKeeperClientError) in
            try await client.sync()
            var contents = TreeContents(depth: depth, top: top)
            // The deepest first: what is yet to be asked is then never more than the children of one line of ancestors.
            var ahead = ["/"]
            while !ahead.isEmpty {
                let batch = Array(ahead.suffix(256))
                ahead.removeLast(batch.count)
                let visits = await SideBySide.map(batch) { path in await Self.visit(path, client) }
                for (path, visit) in zip(batch, visits) {
                    guard let visit = try visit.get() else { continue }
                    contents.add(ZnodeSize(path: path, stat: visit.stat))
                    if visit.children == nil { contents.unreadable += 1 }
                    ahead += (visit.children ?? []).map { path == "/" ? "/\($0)" : "\(path)/\($0)" }
                }
            }
            return contents
        }
    }

    private struct Visit: Sendable {
        var stat: ZnodeStat
        /// nil where they may not be listed.
        var children: [String]?
    }

    /// nil where the znode has gone.
    private static func visit(
        _ path: String, _ client: ZooKeeperClient
    ) async -> Result<Visit?, ZooKeeperClientError> {
        do throws(ZooKeeperClientError) {
            guard let stat = try await client.exists(path) else { return .success(nil) }
            guard stat.childrenCount > 0 else { return .success(Visit(stat: stat, children: [])) }
            do throws(ZooKeeperClientError) {
                return .success(Visit(stat: stat, children: try await client.children(of: path)))
            } catch {
                guard error.code == .notAuthorised else { throw error }
                return .success(Visit(stat: stat, children: nil))
            }
        } catch {
            return error.code == .noNode ? .success(nil) : .failure(error)
        }
    }
}
