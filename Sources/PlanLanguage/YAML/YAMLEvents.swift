internal import CYaml

/// A place in a YAML text as libyaml counts it: both numbers from 0, columns in Unicode scalars.
struct YAMLMark: Sendable, Hashable {
    var line: Int
    var column: Int

    init(_ mark: yaml_mark_t) {
        line = Int(clamping: mark.line)
        column = Int(clamping: mark.column)
    }
}

/// Text that is not YAML. libyaml can't go on after one of these.
struct YAMLSyntaxError: Error, Sendable {
    /// libyaml's words, such as `did not find expected key`.
    var problem: String
    var mark: YAMLMark
    /// What was being read, such as `while parsing a block mapping`, and where that began.
    var context: String?
    var contextMark: YAMLMark?
}

struct YAMLEvent: Sendable {
    struct Properties: Sendable {
        var anchor: String?
        var tag: String?
    }

    enum Style: Sendable { case plain, quoted, block }

    enum Kind: Sendable {
        case streamStart, streamEnd, documentStart, documentEnd
        case alias(String)
        case scalar(String, Style, Properties)
        case listStart(Properties)
        case listEnd
        case mappingStart(Properties, flow: Bool)
        case mappingEnd
    }

    var kind: Kind
    var start: YAMLMark
    var end: YAMLMark
}

/// The events of a YAML text, one after the other, by libyaml's parser (the `CYaml` target of Yams). Yams' own `Node` is not used:
/// it stops at the first duplicate key, and marks the mapping instead of the key (docs/decisions/yaml.md).
@safe
struct YAMLEventReader: ~Copyable {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let input: UnsafeMutableBufferPointer<UInt8>

    init(_ text: String) {
        unsafe parser = .allocate(capacity: 1)
        unsafe parser.initialize(to: yaml_parser_t())
        // Not once in the sources does initialisation fail for another reason than memory.
        let ready = unsafe yaml_parser_initialize(parser)
        precondition(ready == 1, "no memory for a YAML parser")
        let bytes = Array(text.utf8)
        unsafe input = .allocate(capacity: max(bytes.count, 1))
        _ = unsafe input.initialize(fromContentsOf: bytes)
        unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        unsafe yaml_parser_set_input_string(parser, input.baseAddress, bytes.count)
    }

    deinit {
        unsafe yaml_parser_delete(parser)
        unsafe parser.deallocate()
        unsafe input.deallocate()
    }

    mutating func next() throws(YAMLSyntaxError) -> YAMLEvent {
        var event = unsafe yaml_event_t()
        guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw failure() }
        defer { unsafe yaml_event_delete(&event) }
        return unsafe YAMLEvent(
            kind: kind(of: event), start: YAMLMark(event.start_mark), end: YAMLMark(event.end_mark))
    }

    private func kind(of event: yaml_event_t) -> YAMLEvent.Kind {
        switch unsafe event.type {
        case YAML_DOCUMENT_START_EVENT: return .documentStart
        case YAML_DOCUMENT_END_EVENT: return .documentEnd
        case YAML_STREAM_END_EVENT: return .streamEnd
        case YAML_ALIAS_EVENT:
            return unsafe .alias(text(event.data.alias.anchor) ?? "")
        case YAML_SCALAR_EVENT:
            let scalar = unsafe event.data.scalar
            let bytes = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            let properties = unsafe YAMLEvent.Properties(anchor: text(scalar.anchor), tag: text(scalar.tag))
            return unsafe .scalar(String(decoding: bytes, as: UTF8.self), style(scalar.style), properties)
        case YAML_SEQUENCE_START_EVENT:
            let start = unsafe event.data.sequence_start
            return unsafe .listStart(.init(anchor: text(start.anchor), tag: text(start.tag)))
        case YAML_SEQUENCE_END_EVENT: return .listEnd
        case YAML_MAPPING_START_EVENT:
            let start = unsafe event.data.mapping_start
            let properties = unsafe YAMLEvent.Properties(anchor: text(start.anchor), tag: text(start.tag))
            return unsafe .mappingStart(properties, flow: start.style == YAML_FLOW_MAPPING_STYLE)
        case YAML_MAPPING_END_EVENT: return .mappingEnd
        default: return .streamStart
        }
    }

    private func style(_ style: yaml_scalar_style_t) -> YAMLEvent.Style {
        switch style {
        case YAML_PLAIN_SCALAR_STYLE: .plain
        case YAML_LITERAL_SCALAR_STYLE, YAML_FOLDED_SCALAR_STYLE: .block
        default: .quoted
        }
    }

    private func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        guard let pointer = unsafe pointer else { return nil }
        return unsafe String(cString: pointer)
    }

    private func failure() -> YAMLSyntaxError {
        let state = unsafe parser.pointee
        let context = unsafe state.context.map { unsafe String(cString: $0) }
        return unsafe YAMLSyntaxError(
            problem: state.problem.map { unsafe String(cString: $0) } ?? "not YAML",
            mark: YAMLMark(state.problem_mark), context: context,
            contextMark: context == nil ? nil : YAMLMark(state.context_mark))
    }
}
