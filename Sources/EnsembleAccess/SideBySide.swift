/// Does the same for many servers or hosts at once.
package enum SideBySide {
    /// The results in the order of `items`, whatever order they came in.
    /// - Parameter limit: how many are under way at any moment.
    package static func map<Item: Sendable, Value: Sendable>(
        _ items: [Item], atMost limit: Int = 256, _ body: @escaping @Sendable (Item) async -> Value
    ) async -> [Value] {
        await withTaskGroup(of: (Int, Value).self) { group in
            var values = [Value?](repeating: nil, count: items.count)
            var next = 0
            while next < min(limit, items.count) {
                let index = next
                group.addTask { (index, await body(items[index])) }
                next += 1
            }
            while let (done, value) = await group.next() {
                values[done] = value
                guard next < items.count else { continue }
                let index = next
                group.addTask { (index, await body(items[index])) }
                next += 1
            }
            return values.compactMap { $0 }
        }
    }

    /// The value, or the error as a value, so that one server's failure doesn't end the others' work.
    package static func attempt<Value: Sendable>(
        _ body: () async throws(AccessError) -> Value
    ) async -> Result<Value, AccessError> {
        do {
            return .success(try await body())
        } catch {
            return .failure(error)
        }
    }
}
