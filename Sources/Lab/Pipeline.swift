/// Carries out `work` for every item with at most `window` under way, and gives the results in the items' order.
/// The first error ends it; what is under way then is waited for.
func pipeline<Item: Sendable, Value: Sendable, Failure: Error>(
    _ items: [Item], window: Int = 512, _ work: @escaping @Sendable (Item) async throws(Failure) -> Value
) async throws(Failure) -> [Value] {
    let outcome: Result<[Value], Failure> = await withTaskGroup(of: (Int, Result<Value, Failure>).self) { group in
        var values = [Value?](repeating: nil, count: items.count)
        var next = 0
        var failure: Failure?
        func add() {
            guard failure == nil, next < items.count else { return }
            let place = next
            next += 1
            group.addTask {
                do throws(Failure) {
                    return (place, .success(try await work(items[place])))
                } catch {
                    return (place, .failure(error))
                }
            }
        }
        for _ in 0..<min(window, items.count) { add() }
        while let (place, result) = await group.next() {
            switch result {
            case .success(let value): values[place] = value
            case .failure(let error): failure = failure ?? error
            }
            add()
        }
        if let failure { return .failure(failure) }
        return .success(values.compactMap { $0 })
    }
    return try outcome.get()
}
