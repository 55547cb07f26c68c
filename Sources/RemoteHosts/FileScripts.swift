/// The scripts that move files on a host, and what their exit codes say. They run on dash and busybox.
enum FileScripts {
    enum Code {
        static let notFound: Int32 = 90
        static let notPermitted: Int32 = 91
        static let sumDiffers: Int32 = 92
        static let noSumProgram: Int32 = 93
        static let isDirectory: Int32 = 94
        static let noSpace: Int32 = 95
        static let failed: Int32 = 96
        static let readOnly: Int32 = 97
    }

    /// Tells whether a file system is full: `full DIRECTORY`. Its number of free blocks is the fourth column (df(1p)).
    private static let full = """
        full() { set -- $(df -Pk -- "$1" 2>/dev/null | tail -n 1); [ $# -ge 4 ] && [ "$4" -lt 64 ]; }
        """

    /// Why a file can't be made in a directory: `refused DIRECTORY` exits with the code of the reason.
    static let refused = """
        \(full)
        refused() {
            full "$1" && exit \(Code.noSpace)
            at=$(df -P -- "$1" 2>/dev/null | tail -n 1 | sed 's/.*% *//') found=
            while read -r device place type options rest; do [ "$place" != "$at" ] || found=$options; done </proc/mounts
            case ,$found, in *,ro,*) exit \(Code.readOnly) ;; esac
            [ -w "$1" ] || exit \(Code.notPermitted)
            exit \(Code.failed)
        }
        """

    /// Standard input to a temporary file beside the target. `$1` path, `$2` nonce.
    /// Prints the temporary path and the target, links followed, each ended by NUL.
    static let store = """
        \(refused)
        p=$1
        if [ -L "$p" ]; then p=$(readlink -f -- "$p") || exit \(Code.failed); fi
        [ ! -d "$p" ] || exit \(Code.isDirectory)
        case $p in */*) d=${p%/*}; d=${d:-/} ;; *) d=. ;; esac
        [ -d "$d" ] || exit \(Code.notFound)
        t=$d/.${p##*/}.zkops-$2
        umask 077
        (set -C; : >"$t") || refused "$d"
        cat >"$t" || { full "$d"; r=$?; rm -f -- "$t"; [ $r -ne 0 ] || exit \(Code.noSpace); exit \(Code.failed); }
        printf '%s\\0%s\\0' "$t" "$p"
        """

    /// A stored temporary file to its place, once its sum is the one expected.
    /// `$1` temporary path, `$2` target, `$3` mode in octal, `$4` SHA-256 in hexadecimal. Prints the sum that was found.
    static let place = """
        t=$1 p=$2
        fail() { rm -f -- "$t"; exit "$1"; }
        [ ! -d "$p" ] || fail \(Code.isDirectory)
        if command -v sha256sum >/dev/null 2>&1; then s=$(sha256sum <"$t")
        elif command -v busybox >/dev/null 2>&1 && busybox sha256sum </dev/null >/dev/null 2>&1; then
            s=$(busybox sha256sum <"$t")
        elif command -v openssl >/dev/null 2>&1; then s=$(openssl dgst -sha256 -r <"$t")
        elif command -v shasum >/dev/null 2>&1; then s=$(shasum -a 256 <"$t")
        else fail \(Code.noSumProgram)
        fi
        s=${s%% *}
        printf %s "$s"
        [ "$s" = "$4" ] || fail \(Code.sumDiffers)
        if [ -e "$p" ]; then o=$(stat -c %u:%g -- "$p" 2>/dev/null) && chown "$o" "$t" 2>/dev/null; fi
        chmod "$3" "$t" || fail \(Code.failed)
        sync -- "$t" 2>/dev/null || sync
        mv -f -- "$t" "$p" || fail \(Code.notPermitted)
        case $p in */*) d=${p%/*}; d=${d:-/} ;; *) d=. ;; esac
        sync -- "$d" 2>/dev/null || :
        """

    static let remove = #"rm -f -- "$1""#

    /// Why a file can't be made in a directory, by the exit code.
    static let whyRefused = """
        \(refused)
        refused "$1"
        """

    static let read = """
        [ -e "$1" ] || exit \(Code.notFound)
        [ ! -d "$1" ] || exit \(Code.isDirectory)
        [ -r "$1" ] || exit \(Code.notPermitted)
        cat -- "$1"
        """
}
