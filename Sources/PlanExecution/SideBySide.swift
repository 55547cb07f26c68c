/// Runs `body` for all items side by side; the results come in the order of the items.
func sideBySide<Item: Sendable, Value: Sendable, Failure: Error>(
    _ items: [Item], _ body: @escaping @Sendable (Item) async throws(Failure) -> Value
) async -> [Result<Value, Failure>] {
    await withTaskGroup(of: (Int, Result<Value, Failure>).self) { group in
        for (index, item) in items.enumerated() {
            group.addTask {
                do throws(Failure) {
                    return (index, .success(try await body(item)))
                } catch {
                    return (index, .failure(error))
                }
            }
        }
        var results: [Int: Result<Value, Failure>] = [:]
        for await (index, result) in group { results[index] = result }
        return items.indices.compactMap { results[$0] }
    }
}

/// The outcome of `body` as a value.
func caught<Value, Failure: Error>(_ body: () async throws(Failure) -> Value) async -> Result<Value, Failure> {
    do throws(Failure) { return .success(try await body()) } catch { return .failure(error) }
}

func outcome<Value, Failure: Error>(of body: () throws(Failure) -> Value) -> Result<Value, Failure> {
    do throws(Failure) { return .success(try body()) } catch { return .failure(error) }
}
