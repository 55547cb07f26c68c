import Testing

/// What the plans of `examples/hazards/` do to real servers, one world at a time.
@Suite(.serialized) enum Truth {}
