import Foundation
import TestSupport

/// A real bash with the script that zkops gives.
enum BashCompletion {
    /// What is offered for the last of `words`, in a folder whose runs are in `state/`.
    static func offers(_ words: String..., in folder: URL) throws -> [String] {
        let script = """
            cd "$1" && export XDG_STATE_HOME="$1/state" PATH="$(dirname "$2"):$PATH" || exit 1
            source <(zkops --generate-completion-script bash) || exit 1
            shift 2
            COMP_WORDS=(zkops "$@") COMP_CWORD=$# COMP_LINE="zkops $*" COMP_POINT=${#COMP_LINE} COMP_WORDBREAKS=$' \\n'
            function_name=$(complete -p zkops | sed -E 's/.*-F ([^ ]+) .*/\\1/')
            "$function_name" zkops "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
            printf '%s\\n' "${COMPREPLY[@]}"
            """
        let offered = try Command.output(["/bin/bash", "-c", script, "bash", folder.path, ZkopsBinary.path] + words)
        return offered.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.sorted()
    }
}
