extension RemoteScripts {
    /// Replaces a file by what comes on standard input.
    ///
    /// `$1` path, `$2` lock: home, or nothing for a file of no installation, `$3` run, `$4` directory for backups, `$5` name of the backup,
    /// `$6` expected sum or `none`, `$7` sum of the new content, `$8` mode or nothing, `$9` configuration file of the
    /// server that reads the file when it starts, or nothing.
    static let replaceFile =
        common + sums + workshop + loadedBeforeEdit + #"""
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
                rm -rf "$(dirname "$target")/.zkops.$name"
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

            open_workshop "$directory" "$name"
            cat > new || { close_workshop; fail 86 "$directory"; }
            [ "$(sum_of new)" = "$wanted" ] || { close_workshop; fail 89 "$target"; }
            if [ -n "$owner_now" ]; then
                chown "$owner_now" new || { close_workshop; fail 90 "$target"; }
            else
                hand_over "$directory" new
            fi
            chmod "${mode:-$mode_now}" new
            durable new
            # Between the first look and here, somebody may have written.
            now_have=none
            [ ! -e "$target" ] || now_have=$(sum_of "$target")
            [ "$now_have" = "$expected" ] || { close_workshop; fail 81 "$now_have"; }
            mv -f new "$target" || { close_workshop; fail 90 "$target"; }
            close_workshop
            durable "$directory"
            printf 'result changed\n'
            """#

    /// Where a new file is made, beside the one that it replaces. Whoever may write in that directory could put a link or a file of its own in
    /// the place of a name that it knows; but not of one in a folder of ours that we stand in.
    private static let workshop = #"""
        # Of a name that the next try, or the way back, has too: what a killed one leaves goes then.
        open_workshop() { # directory name
            shop=$1/.zkops.$2
            rm -rf "$shop"
            mkdir -m 700 "$shop" && cd "$shop" || fail 86 "$1"
            # In a directory that hands its group down, the mode is 2700.
            case $(stat -c '%u %a' .) in "$(id -u) 700" | "$(id -u) 2700") ;; *) fail 88 "$shop" ;; esac
            # Only a file that is not there yet is written.
            set -C
            umask 077
        }

        close_workshop() {
            cd / && rm -rf "$shop"
        }

        """#

    /// Puts back what ``replaceFile`` replaced. Content that is neither the old nor the new one is somebody else's.
    ///
    /// `$1` path, `$2` lock, `$3` run, `$4` directory for backups, `$5` name of the backup, `$6` `certain` where it was replaced for sure,
    /// `$7` as `$9` of ``replaceFile``.
    static let restoreFile =
        common + sums + workshop + loadedBeforeEdit + #"""
            path=$1 home=$2 run=$3 backup=$4 name=$5 certain=$6 config=$7
            [ -z "$home" ] || hold "$home" "$run"
            meta=$backup/$name.meta
            if [ ! -f "$meta" ]; then
                [ "$certain" != certain ] || fail 92 "$meta"
                printf 'result already\n'
                exit 0
            fi
            old=$(sed -n 's/^old //p' "$meta")
            new=$(sed -n 's/^new //p' "$meta")
            target=$path
            [ ! -L "$path" ] || target=$(readlink -f "$path") || fail 87 "$path"
            have=none
            [ ! -e "$target" ] || have=$(sum_of "$target")
            rm -rf "$(dirname "$target")/.zkops.$name"
            if [ "$have" = "$old" ]; then
                printf 'result already\n'
                exit 0
            fi
            [ "$have" = "$new" ] || fail 81 "$have"
            directory=$(dirname "$target")
            may_write "$directory"
            [ -z "$config" ] || [ "$have" = none ] || keep_loaded_before_edit "$target"
            if [ "$old" = none ]; then
                rm -f "$target" || fail 90 "$target"
            else
                [ -f "$backup/$name" ] || fail 92 "$backup/$name"
                [ "$(sum_of "$backup/$name")" = "$old" ] || fail 89 "$backup/$name"
                open_workshop "$directory" "$name"
                cp "$backup/$name" new || { close_workshop; fail 86 "$directory"; }
                chown "$(sed -n 's/^owner //p' "$meta")" new || { close_workshop; fail 90 "$target"; }
                chmod "$(sed -n 's/^mode //p' "$meta")" new
                durable new
                mv -f new "$target" || { close_workshop; fail 90 "$target"; }
                close_workshop
            fi
            durable "$directory"
            printf 'result changed\n'
            """#

    /// The server's process, where it began after ``replaceFile`` replaced a file.
    ///
    /// `$1` configuration file, `$2` what that wrote down of the file.
    static let startedSince =
        common + processes + #"""
            config=$1 meta=$2
            [ -f "$meta" ] && find_server "" "" || exit 0
            # Of a process that began in the same second, the file may be the earlier one or the later.
            [ "$(began_at "$start")" -gt "$(stat -c %Y "$meta")" ] || exit 0
            say_process
            """#
}
