extension RemoteScripts {
    /// What every change of a server's data begins with: the lock, a stopped server, the configuration as it was read,
    /// directories that are what they seem.
    ///
    /// `$1` home, `$2` configuration file, `$3` its sum, `$4` run, `$5` action, made fit for a file name, `$6` dataDir, `$7` dataLogDir.
    private static let dataGuard =
        common + sums + processes + #"""
            home=$1 config=$2 run=$4 action=$5 data=$6 logs=$7
            hold "$home" "$run"
            [ -f "$config" ] || fail 87 "$config"
            [ "$(sum_of "$config")" = "$3" ] || fail 81 "$config"
            if find_server "" ""; then fail 82 "$pid"; fi
            no_stranger "$data/zookeeper_server.pid"
            shift 7
            for dir in "$data" "$logs"; do
                case $dir in
                /*/..|/*/../*|/..|/../*) fail 88 "$dir" ;;
                /?*) ;;
                *) fail 88 "$dir" ;;
                esac
                # A link would lead what is moved, unpacked or removed to another place.
                for part in version-2 version-2.zkops-partial .zkops ".zkops/$run" ".zkops/$run/$action"; do
                    [ ! -L "$dir/$part" ] || fail 88 "$dir/$part"
                done
                if [ -e "$dir/version-2" ]; then
                    [ -d "$dir/version-2" ] || fail 88 "$dir/version-2"
                    # A mount of its own can't be renamed.
                    [ "$(stat -c %d "$dir/version-2")" = "$(stat -c %d "$dir")" ] || fail 88 "$dir/version-2"
                fi
            done
            [ "$(readlink -f "$logs")" != "$(readlink -f "$data")" ] || logs=$data
            files_in() { # directory
                if [ -d "$1" ]; then find "$1" -type f | wc -l; else echo 0; fi
            }
            keep_in() { # dataDir or dataLogDir: where this action keeps what it moves
                echo "$1/.zkops/$run/$action"
            }
            # Whether an action moved this directory's data aside; each backup tells of both.
            was_cleared() { # dataDir or dataLogDir
                grep -qxF "$1" "$(keep_in "$data")/cleared" "$(keep_in "$logs")/cleared" 2>/dev/null
            }

            """#

    static let clearData =
        dataGuard + #"""
            moved=0 moves=0
            for dir in "$data" "$logs"; do
                [ -d "$dir/version-2" ] || continue
                may_write "$dir"
                keep=$(keep_in "$dir")
                [ ! -e "$keep/version-2" ] || fail 81 "$keep/version-2"
                private_directory "$keep"
                count=$(files_in "$dir/version-2")
                mv "$dir/version-2" "$keep/" || fail 90 "$dir/version-2"
                rm -f "$keep/restored"
                [ "$(files_in "$keep/version-2")" = "$count" ] || fail 81 "$keep/version-2"
                hand_over "$dir" "$dir/.zkops"
                durable "$keep"; durable "$dir"
                moved=$((moved + count)) moves=$((moves + 1))
            done
            # Of two halves of the data, the one that is left tells of the one that is gone.
            for dir in "$data" "$logs"; do
                for beside in "$data" "$logs"; do
                    keep=$(keep_in "$beside")
                    [ -d "$(keep_in "$dir")/version-2" ] && [ -d "$keep/version-2" ] || continue
                    grep -qxF "$dir" "$keep/cleared" 2>/dev/null && continue
                    (umask 077; printf '%s\n' "$dir" >> "$keep/cleared") || fail 86 "$keep"
                    hand_over "$beside" "$keep/cleared"
                    durable "$keep/cleared"; durable "$keep"
                done
            done
            printf 'files %s\n' "$moved"
            if [ "$moves" = 0 ]; then printf 'result already\n'; else printf 'result changed\n'; fi
            """#

    /// `$8` `certain` where data were moved aside for sure: then they are here, or an earlier try moved them back and left word of it.
    static let restoreData =
        dataGuard + #"""
            certain=$1 moves=0 restored=
            # One half alone would leave a gap between the snapshots and the logs, and a server that serves without a word of it.
            for dir in "$data" "$logs"; do
                keep=$(keep_in "$dir")
                [ ! -f "$keep/restored" ] || restored=yes
                [ -d "$keep/version-2" ] || [ -f "$keep/restored" ] || ! was_cleared "$dir" || fail 92 "$keep/version-2"
            done
            for dir in "$data" "$logs"; do
                keep=$(keep_in "$dir")
                [ -d "$keep/version-2" ] || continue
                may_write "$dir"
                (umask 077; : > "$keep/restored") || fail 86 "$keep"
                durable "$keep"
                if [ -e "$dir/version-2" ]; then
                    number=1
                    while [ -e "$keep/replaced-$number" ]; do number=$((number + 1)); done
                    mkdir "$keep/replaced-$number" || fail 90 "$keep"
                    mv "$dir/version-2" "$keep/replaced-$number/" || fail 90 "$dir/version-2"
                fi
                mv "$keep/version-2" "$dir/" || fail 90 "$dir"
                durable "$dir"; durable "$keep"
                moves=$((moves + 1))
            done
            [ "$moves" != 0 ] || [ -n "$restored" ] || [ "$certain" != certain ] || fail 92 "$(keep_in "$data")/version-2"
            if [ "$moves" = 0 ]; then printf 'result already\n'; else printf 'result changed\n'; fi
            """#

    /// Whether a copy may begin, and what is left to do of an earlier try: `state done`, `state verified` (only the renaming remains)
    /// or `state fresh`.
    ///
    /// `$8` `$9` bytes that will come for dataDir and for dataLogDir.
    static let beginCopy =
        dataGuard + #"""
            keep=$(keep_in "$data")
            if [ -f "$keep/copied" ] && [ -d "$data/version-2" ]; then
                printf 'state done\n'
                exit 0
            fi
            if [ -f "$keep/verified" ]; then
                printf 'state verified\n'
                exit 0
            fi
            for dir in "$data" "$logs"; do
                [ -d "$dir" ] || { mkdir -p "$dir" && hand_over "$home" "$dir"; } || fail 90 "$dir"
                may_write "$dir"
                [ "$(files_in "$dir/version-2")" = 0 ] || fail 83 "$dir/version-2"
                rm -rf "$dir/version-2.zkops-partial"
            done
            room_of() { echo "$(($(df -Pk "$1" | tail -n 1 | awk '{ print $4 }') * 1024))"; }
            if [ "$(stat -c %d "$data")" = "$(stat -c %d "$logs")" ]; then
                [ "$(room_of "$data")" -gt "$(($1 + $2))" ] || fail 86 "$data has $(room_of "$data") bytes free, $(($1 + $2)) are needed"
            else
                [ "$(room_of "$data")" -gt "$1" ] || fail 86 "$data has $(room_of "$data") bytes free, $1 are needed"
                [ "$(room_of "$logs")" -gt "$2" ] || fail 86 "$logs has $(room_of "$logs") bytes free, $2 are needed"
            fi
            printf 'state fresh\n'
            """#

    /// Unpacks a tar stream of files into `version-2.zkops-partial`.
    ///
    /// `$8` `data` or `logs`.
    static let receiveCopy =
        dataGuard + #"""
            eval "into=\$$1/version-2.zkops-partial"
            [ -d "$into" ] || mkdir "$into" || fail 90 "$into"
            tar -x -o -f - -C "$into" || fail 86 "$into"
            # What follows the end of the archive must be read, or the sender gets a broken pipe.
            cat > /dev/null
            # An operator who slept meanwhile may have lost the lock. What came then is nobody's, unless another has begun here.
            is_held "$home" "$run" || [ -n "$have" ] || rm -rf "$into"
            hold "$home" "$run"
            """#

    /// Compares every file with the sums on standard input (`SUM  data/NAME`, `SUM  logs/NAME`) and puts the directories in place.
    ///
    /// `$8` how many files there are.
    static let finishCopy =
        dataGuard + #"""
            keep=$(keep_in "$data")
            if [ ! -f "$keep/verified" ]; then
                private_directory "$keep"
                (umask 077; cat > "$keep/sums")
                [ "$(wc -l < "$keep/sums")" -eq "$1" ] || fail 89 "$keep/sums"
                for kind in data logs; do
                    eval "dir=\$$kind"
                    grep -q "  $kind/" "$keep/sums" || continue
                    (cd "$dir/version-2.zkops-partial" \
                        && sed -n "s|  $kind/|  |p" "$keep/sums" | sha256sum -c - >"$keep/compared" 2>&1) \
                        || fail 89 "$(grep -v ': OK$' "$keep/compared" | head -n 3 | tr '\n' ' ')"
                done
                # Every file that was sent is there; so is nothing else.
                count=$(files_in "$data/version-2.zkops-partial")
                [ "$logs" = "$data" ] || count=$((count + $(files_in "$logs/version-2.zkops-partial")))
                [ "$count" -eq "$1" ] || fail 89 "$count files came, $1 were sent"
                for dir in "$data" "$logs"; do
                    [ -d "$dir/version-2.zkops-partial" ] || continue
                    hand_over "$dir" "$dir/version-2.zkops-partial"
                    sync -f "$dir" 2>/dev/null || sync
                done
                (umask 077; : > "$keep/verified")
                hand_over "$data" "$data/.zkops"
                durable "$keep/verified"; durable "$keep"
            else
                cat > /dev/null
            fi
            # The comparison takes minutes, in which an operator who slept may have lost the lock.
            hold "$home" "$run"
            # Logs first: a server that finds snapshots without their logs would serve an older state without a word.
            for dir in "$logs" "$data"; do
                [ -d "$dir/version-2.zkops-partial" ] || continue
                if [ -d "$dir/version-2" ]; then rmdir "$dir/version-2" || fail 83 "$dir/version-2"; fi
                mv "$dir/version-2.zkops-partial" "$dir/version-2" || fail 90 "$dir"
                durable "$dir"
            done
            mv -f "$keep/verified" "$keep/copied" || fail 90 "$keep"
            durable "$keep"
            printf 'result changed\n'
            """#

    static let removeCopiedData =
        dataGuard + #"""
            kept=$(keep_in "$data")
            moves=0
            for dir in "$data" "$logs"; do
                rm -rf "$dir/version-2.zkops-partial"
                { [ -f "$kept/copied" ] || [ -f "$kept/verified" ]; } && [ -d "$dir/version-2" ] || continue
                may_write "$dir"
                keep=$(keep_in "$dir")
                private_directory "$keep"
                number=1
                while [ -e "$keep/removed-$number" ]; do number=$((number + 1)); done
                mkdir "$keep/removed-$number" || fail 90 "$keep"
                mv "$dir/version-2" "$keep/removed-$number/" || fail 90 "$dir/version-2"
                hand_over "$dir" "$dir/.zkops"
                durable "$dir"
                moves=$((moves + 1))
            done
            rm -f "$kept/copied" "$kept/verified"
            if [ "$moves" = 0 ]; then printf 'result already\n'; else printf 'result changed\n'; fi
            """#
}
