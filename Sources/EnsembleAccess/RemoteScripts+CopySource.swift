extension RemoteScripts {
    /// Says which files a copy of this server's data is made of, `file KIND SIZE PATH`, and keeps them from changing.
    ///
    /// A stopped server's files are read where they are. Of a running one:
    /// - Everything but the newest transaction log is only ever appended to or deleted (autopurge), so a hard link and the size of now
    ///   hold it. A snapshot still being written is cut off there, and a server skips a snapshot without its end
    ///   (`FileSnap.findNValidSnapshots`).
    /// - The newest log is preallocated and written in place, so it is copied. A transaction cut in half at its end is dropped
    ///   when the log is read.
    /// - Logs are taken after snapshots: the logs cover whatever a fuzzy snapshot holds of the time in which it was written.
    /// - Epochs are read before and after. They differ, or differ from one another, while an election or a synchronization is
    ///   under way; that is waited for.
    ///
    /// `$1` home, `$2` configuration file, `$3` its sum, `$4` run, `$5` action, `$6` dataDir, `$7` dataLogDir.
    static let freezeSource =
        common + sums + processes + #"""
            home=$1 config=$2 run=$4 action=$5 data=$6 logs=$7
            hold "$home" "$run"
            [ "$(sum_of "$config")" = "$3" ] || fail 81 "$config"
            [ -r "$data/version-2" ] || [ ! -e "$data/version-2" ] || fail 90 "$data/version-2"
            [ -r "$logs/version-2" ] || [ ! -e "$logs/version-2" ] || fail 90 "$logs/version-2"
            frozen() { echo "$1/.zkops/$run/$action/source"; }
            for dir in "$data" "$logs"; do
                for part in .zkops ".zkops/$run" ".zkops/$run/$action"; do
                    [ ! -L "$dir/$part" ] || fail 88 "$dir/$part"
                done
            done
            rm -rf "$(frozen "$data")" "$(frozen "$logs")"

            names() { # directory pattern...: of files that a server reads, oldest first
                names_dir=$1; shift
                (cd "$names_dir/version-2" 2>/dev/null && for name in $*; do [ ! -f "$name" ] || echo "$name"; done) \
                    | awk '{ print length($0), $0 }' | sort -k1,1n -k2 | cut -d' ' -f2
            }
            epochs() {
                for name in acceptedEpoch currentEpoch; do
                    [ ! -f "$data/version-2/$name" ] || printf '%s ' "$(cat "$data/version-2/$name")"
                done
            }
            say_file() { # kind path
                printf 'file %s %s %s\n' "$1" "$(wc -c < "$2")" "$2"
            }

            if ! find_server "" ""; then
                printf 'live no\n'
                for name in $(names "$data" 'snapshot.*') $(names "$data" acceptedEpoch currentEpoch); do
                    say_file data "$data/version-2/$name"
                done
                for name in $(names "$logs" 'log.*'); do say_file logs "$logs/version-2/$name"; done
                exit 0
            fi

            printf 'live yes\n'
            tries=0
            while :; do
                tries=$((tries + 1))
                rm -rf "$(frozen "$data")" "$(frozen "$logs")"
                private_directory "$(frozen "$data")/data"
                private_directory "$(frozen "$logs")/logs"
                for name in $(names "$data" 'snapshot.*'); do
                    ln "$data/version-2/$name" "$(frozen "$data")/data/$name" || fail 90 "$data/version-2/$name"
                done
                before=$(epochs)
                newest=$(names "$logs" 'log.*' | tail -n 1)
                for name in $(names "$logs" 'log.*'); do
                    if [ "$name" = "$newest" ]; then
                        cp "$logs/version-2/$name" "$(frozen "$logs")/logs/$name" || fail 86 "$logs"
                    else
                        ln "$logs/version-2/$name" "$(frozen "$logs")/logs/$name" || fail 90 "$logs/version-2/$name"
                    fi
                done
                for name in $(names "$data" acceptedEpoch currentEpoch); do
                    cp "$data/version-2/$name" "$(frozen "$data")/data/$name" || fail 86 "$data"
                done
                # A log begun meanwhile may hold what the listed ones lack.
                again=$(names "$logs" 'log.*' | tail -n 1)
                set -- $before
                if [ "$before" = "$(epochs)" ] && [ "${1:-}" = "${2:-}" ] && [ "$again" = "$newest" ]; then break; fi
                [ "$tries" -lt 20 ] || {
                    rm -rf "$(frozen "$data")" "$(frozen "$logs")"
                    fail 81 "epochs $(epochs)"
                }
                sleep 0.25 2>/dev/null || sleep 1
            done
            hand_over "$data" "$data/.zkops"; hand_over "$logs" "$logs/.zkops"
            for kind in data logs; do
                eval "dir=\$$kind"
                (cd "$(frozen "$dir")/$kind" && ls) | while read -r name; do
                    say_file "$kind" "$(frozen "$dir")/$kind/$name"
                done
            done
            """#

    /// Writes the files named on standard input, `SIZE PATH` a line, one after the other, each cut at its size.
    static let sendSource =
        common + #"""
            while read -r size path; do
                head -c "$size" "$path" </dev/null || fail 87 "$path"
            done
            """#

    /// Prints the sum of each file named on standard input, cut at its size.
    static let sumSource =
        common + sums + #"""
            while read -r size path; do
                sum=$(head -c "$size" "$path" </dev/null | sha256sum) || fail 87 "$path"
                printf 'sum %s %s\n' "${sum%% *}" "$path"
            done
            """#

    /// `$1` `$2` dataDir and dataLogDir, `$3` run, `$4` action.
    static let thawSource =
        common + #"""
            for dir in "$1" "$2"; do
                [ ! -L "$dir/.zkops" ] && [ ! -L "$dir/.zkops/$3" ] && [ ! -L "$dir/.zkops/$3/$4" ] || continue
                rm -rf "$dir/.zkops/$3/$4/source"
                rmdir "$dir/.zkops/$3/$4" "$dir/.zkops/$3" "$dir/.zkops" 2>/dev/null
            done
            exit 0
            """#
}
