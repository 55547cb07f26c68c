import EnsembleModel

/// Kernel parameters, at once and after the next boot.
struct Sysctl: StepKind {
    static let verb = "sysctl"
    static let documentation = StepDocumentation(
        summary: "runtime and persistent kernel parameters",
        keys: [
            KeyRule("hosts", .oneOrMore(.host), required: true, "where"),
            KeyRule("set", .named(by: .text, .text), required: true, "parameters and their values"),
        ],
        example: "- sysctl: {hosts: [zk6, zk8], set: {net.core.somaxconn: 1024}}")

    let hosts: [String]
    let parameters: [TextEdit.KeyValue]

    init?(_ value: YAMLValue, reader: inout PlanReader) {
        guard let keys = reader.keys(of: value, in: "`sysctl`", Self.documentation.keys) else { return nil }
        let hosts = keys["hosts"].flatMap { reader.hosts($0) }
        let entries = keys["set"].flatMap {
            reader.entries(of: $0, wanted: "a mapping of kernel parameters and values")
        }
        var parameters: [TextEdit.KeyValue] = []
        for entry in entries ?? [] {
            // A parameter ends up in file names, so nothing else is let through.
            let isName = entry.key.value.wholeMatch(of: #/[a-z][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)+/#) != nil
            if !isName {
                reader.error(
                    at: entry.key.range, "`\(shortened(entry.key.value))` is not a kernel parameter",
                    hint: "such as net.core.somaxconn")
            }
            if let text = reader.line(entry.value, wanted: "the parameter's value"), isName {
                parameters.append(.init(key: entry.key.value, value: text))
            }
        }
        guard let hosts, let entries, parameters.count == entries.count else { return nil }
        self.hosts = hosts
        self.parameters = parameters
    }

    var compensation: Compensation { .automatic }
    var title: String {
        titled("sysctl", parameters.map { "\($0.key)=\($0.value)" }) + " on " + hosts.joined(separator: ", ")
    }

    /// A group a parameter, since one may allow the next; the hosts side by side.
    func lower(in scope: inout ResolutionScope) -> [[Operation]] {
        parameters.map { parameter in
            hosts.map { host in
                .command(
                    .init(
                        host: host, title: "sysctl \(parameter.key)=\(parameter.value)", script: SysctlScripts.apply,
                        arguments: [
                            parameter.key, parameter.value, SysctlScripts.stateFolder, SysctlScripts.configFolder,
                        ],
                        check: SysctlScripts.check, undo: SysctlScripts.undo))
            }
        }
    }
}

/// POSIX sh. Each gets the parameter, its value, the folder that keeps what was before, and the folder of sysctl.d(5).
///
/// A parameter has a file of its own, `90-zkops-net.core.somaxconn.conf`, so that undoing one touches no other. What was before is kept on
/// the host until it is undone or set anew; a mark says that it is complete, so that a run cut short in the middle does not take half-made
/// changes for what was before.
enum SysctlScripts {
    static let stateFolder = "/var/lib/zkops/sysctl"
    static let configFolder = "/etc/sysctl.d"

    private static let names = """
        set -eu
        [ $# -eq 4 ] || { echo "four arguments are needed: parameter, value, two folders" >&2; exit 64; }
        PATH=$PATH:/usr/sbin:/sbin
        parameter=$1 value=$2 saved=$3/$1 file=$4/90-zkops-$1.conf
        words() { tr -s '[:space:]' ' ' | sed 's/^ //; s/ $//'; }
        current() { sysctl -n "$parameter" | words; }
        line="$parameter = $value"
        """

    static let check =
        names + "\n" + """
            [ "$(current)" = "$(printf '%s' "$value" | words)" ] || exit 1
            [ -f "$file" ] && [ "$(cat "$file")" = "$line" ]
            """

    static let apply =
        names + "\n" + """
            if [ ! -e "$saved.begun" ]; then
                mkdir -p "$3"
                current > "$saved.value"
                if [ -e "$file" ]; then cp -p "$file" "$saved.conf"; else rm -f "$saved.conf"; fi
                : > "$saved.begun"
            fi
            mkdir -p "$4"
            printf '%s\\n' "$line" > "$file.new"
            mv -f "$file.new" "$file"
            sysctl -w "$parameter=$value" > /dev/null
            rm -f "$saved.begun"
            """

    static let undo =
        names + "\n" + """
            [ -e "$saved.value" ] || exit 0
            sysctl -w "$parameter=$(cat "$saved.value")" > /dev/null
            if [ -e "$saved.conf" ]; then cp -p "$saved.conf" "$file.new"; mv -f "$file.new" "$file"; else rm -f "$file"; fi
            rm -f "$saved.begun" "$saved.value" "$saved.conf"
            """
}
