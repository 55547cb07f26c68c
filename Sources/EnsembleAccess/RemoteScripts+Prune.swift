extension RemoteScripts {
    /// Counts what a run keeps in the folders named, `files N` and `kilobytes N`, and removes it where asked to.
    ///
    /// `$1` run, `$2` `count` or `remove`, `$3`… folders that hold one folder a run.
    static let prune =
        common + #"""
            run=$1 deed=$2 files=0 kilobytes=0
            shift 2
            case $run in '' | .* | */*) fail 88 "$run" ;; esac
            for folder; do
                keep=$folder/$run
                [ -d "$keep" ] && [ ! -L "$keep" ] && [ ! -L "$folder" ] && [ ! -L "${folder%/.zkops*}/.zkops" ] || continue
                files=$((files + $(find "$keep" -type f | wc -l)))
                kilobytes=$((kilobytes + $(du -sk "$keep" | cut -f1)))
                [ "$deed" = remove ] || continue
                rm -rf "$keep" || fail 90 "$keep"
                # Folders of ours that held nothing else.
                while [ "${folder%/.zkops*}" != "$folder" ] && rmdir "$folder" 2>/dev/null; do folder=${folder%/*}; done
            done
            printf 'files %s\nkilobytes %s\n' "$files" "$kilobytes"
            """#
}
