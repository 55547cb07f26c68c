extension RemoteScripts {
    /// Replaces a file by what comes on standard input.
    ///
    /// `$1` path, `$2` lock: home, or nothing for a file of no installation, `$3` run, `$4` directory for backups, `$5` name of the backup,
    /// `$6` expected sum or `none`, `$7` sum of the new content, `$8` mode or nothing, `$9` configuration file of the
    /// server that reads the file when it starts, or nothing.
    static let replaceFile =
        common + sums + loadedBeforeEdit + #"""
            path=$1 home=$2 run=$3 backup=$4 name=$5 expected=$6 wanted=$7 mode=$8 config=$9
            [ -z "$home" ] || hold "$home" "$run"

            # What a link leads to is replaced, never the link.
            target=$path
            [ ! -L "$path" ] || target=$(readlink -f "$path") || fail 87 "$path"
            have=none
            if [ -e "$target" ]; then
                [ -f "$target" ] || fail 87 "$target is not a file"
                [ -r "$target" ] || fail 90 "$target"
                have=$(sum_of "$target")
            fi
            if [ "$have" = "$wanted" ]; then
                [ -z "$mode" ] || [ "$(stat -c %a "$target")" = "${mode#0}" ] || {
                    chmod "$mode" "$target" || fail 90 "$target"
                }
                cat > /dev/null
                printf 'result already\n'
                exit 0
            fi
            [ "$have" = "$expected" ] || { cat > /dev/null; fail 81 "$have"; }

            directory=$(dirname "$target")
            [ -d "$directory" ] || mkdir -p "$directory" || fail 90 "$directory"
            may_write "$directory"
            [ -z "$config" ] || keep_loaded_before_edit "$target"

            private_directory "$backup"
            meta=$backup/$name.meta
            rm -f "$meta"
            if [ "$have" != none ]; then
                cp -p "$target" "$backup/$name" || fail 86 "$backup"
                chmod 600 "$backup/$name"
                durable "$backup/$name"
                mode_now=$(stat -c %a "$target") owner_now=$(stat -c %u:%g "$target")
            else
                mode_now=644 owner_now=
            fi
            (umask 077; printf 'path %s\nold %s\nnew %s\nmode %s\nowner %s\n' \
                "$path" "$have" "$wanted" "$mode_now" "$owner_now" > "$meta") || fail 86 "$backup"
            durable "$meta"
            hand_over "${home:-$directory}" "$backup"

            # Of a name that the next try, or the way back, has too: what a killed one leaves goes then.
            fresh=$directory/.zkops.$name
            (umask 077; cat > "$fresh") || { rm -f "$fresh"; fail 86 "$directory"; }
            [ "$(sum_of "$fresh")" = "$wanted" ] || { rm -f "$fresh"; fail 89 "$fresh"; }
            if [ -n "$owner_now" ]; then
                chown "$owner_now" "$fresh" || { rm -f "$fresh"; fail 90 "$target"; }
            else
                hand_over "$directory" "$fresh"
            fi
            chmod "${mode:-$mode_now}" "$fresh"
            durable "$fresh"
            # Between the first look and here, somebody may have written.
            now_have=none
            [ ! -e "$target" ] || now_have=$(sum_of "$target")
            [ "$now_have" = "$expected" ] || { rm -f "$fresh"; fail 81 "$now_have"; }
            mv -f "$fresh" "$target" || { rm -f "$fresh"; fail 90 "$target"; }
            durable "$directory"
            printf 'result changed\n'
            """#

    /// Puts back what ``replaceFile`` replaced. Content that is neither the old nor the new one is somebody else's.
    ///
    /// `$1` path, `$2` lock, `$3` run, `$4` directory for backups, `$5` name of the backup.
    static let restoreFile =
        common + sums + #"""
            path=$1 home=$2 run=$3 backup=$4 name=$5
            [ -z "$home" ] || hold "$home" "$run"
            meta=$backup/$name.meta
            if [ ! -f "$meta" ]; then
                printf 'result already\n'
                exit 0
            fi
            old=$(sed -n 's/^old //p' "$meta")
            new=$(sed -n 's/^new //p' "$meta")
            target=$path
            [ ! -L "$path" ] || target=$(readlink -f "$path") || fail 87 "$path"
            have=none
            [ ! -e "$target" ] || have=$(sum_of "$target")
            rm -f "$(dirname "$target")/.zkops.$name"
            if [ "$have" = "$old" ]; then
                printf 'result already\n'
                exit 0
            fi
            [ "$have" = "$new" ] || fail 81 "$have"
            directory=$(dirname "$target")
            may_write "$directory"
            if [ "$old" = none ]; then
                rm -f "$target" || fail 90 "$target"
            else
                [ "$(sum_of "$backup/$name")" = "$old" ] || fail 89 "$backup/$name"
                fresh=$directory/.zkops.$name
                (umask 077; cp "$backup/$name" "$fresh") || { rm -f "$fresh"; fail 86 "$directory"; }
                chown "$(sed -n 's/^owner //p' "$meta")" "$fresh" || { rm -f "$fresh"; fail 90 "$target"; }
                chmod "$(sed -n 's/^mode //p' "$meta")" "$fresh"
                durable "$fresh"
                mv -f "$fresh" "$target" || { rm -f "$fresh"; fail 90 "$target"; }
            fi
            durable "$directory"
            printf 'result changed\n'
            """#
}
