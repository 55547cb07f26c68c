extension RemoteScripts {
    /// `$1` home. Says the sum of the archive that the installation was unpacked from.
    static let installed =
        common + #"""
            [ ! -f "$1/.zkops/installed" ] || cat "$1/.zkops/installed"
            """#

    /// Unpacks the archive on standard input. Three phases, told apart by a file, so that an interrupted one goes on where it was:
    /// unpacked; moving the old aside; moving the new in.
    ///
    /// `$1` home, `$2` configuration file, `$3` run, `$4` directory for backups, `$5` sum, `$6` bytes of the archive.
    static let install =
        common + sums + processes + #"""
            home=$1 config=$2 run=$3 backup=$4 wanted=$5 size=$6
            hold "$home" "$run"
            if find_server "" ""; then fail 82 "$pid"; fi
            if [ "$(sed -n 's/^archive //p' "$home/.zkops/installed" 2>/dev/null)" = "$wanted" ]; then
                cat > /dev/null
                printf 'result already\n'
                exit 0
            fi
            may_write "$home"
            private_directory "$backup"
            rm -f "$backup/uninstalled"
            unpacked=$home/.zkops/unpacked phase=$backup/install.phase
            if [ -f "$phase" ]; then
                cat > /dev/null
            else
                room=$(($(df -Pk "$home" | tail -n 1 | awk '{ print $4 }') * 1024))
                [ "$room" -gt "$((size * 4))" ] || fail 86 "$home has $room bytes free, about $((size * 4)) are needed"
                archive=$home/.zkops/archive.tar.gz
                rm -rf "$unpacked" "$archive"
                (umask 077; cat > "$archive") || { rm -f "$archive"; fail 86 "$home"; }
                [ "$(sum_of "$archive")" = "$wanted" ] || { rm -f "$archive"; fail 89 "$archive"; }
                if tar -tzf "$archive" | grep -qE '^/|(^|/)\.\.(/|$)'; then rm -f "$archive"; fail 88 "$archive"; fi
                mkdir "$unpacked"
                tar -xzf "$archive" -o -C "$unpacked" || { rm -rf "$unpacked" "$archive"; fail 86 "$home"; }
                rm -f "$archive"
                # A distribution holds one directory, `zookeeper-3.4.14/`; its content is the home.
                only=$(ls -A "$unpacked")
                if [ -d "$unpacked/$only" ] && [ ! -L "$unpacked/$only" ] && [ "$only" != bin ]; then
                    rm -rf "$home/.zkops/root"
                    mv "$unpacked/$only" "$home/.zkops/root"
                    rmdir "$unpacked"
                    mv "$home/.zkops/root" "$unpacked" || fail 90 "$home"
                fi
                sync -f "$unpacked" 2>/dev/null || sync
                echo old > "$phase" || fail 86 "$backup"
                durable "$phase"
            fi
            entries() { ls -A "$1" | grep -v '^\.zkops$'; }
            # The archive took minutes to come, in which an operator who slept may have lost the lock.
            hold "$home" "$run"
            if [ "$(cat "$phase")" = old ]; then
                private_directory "$backup/home"
                entries "$home" | while IFS= read -r entry; do
                    mv "$home/$entry" "$backup/home/" || exit 1
                done || fail 90 "$home"
                echo new > "$phase" || fail 86 "$backup"
                durable "$phase"
            fi
            if [ -d "$unpacked" ]; then
                entries "$unpacked" | while IFS= read -r entry; do
                    mv "$unpacked/$entry" "$home/" || exit 1
                done || fail 90 "$home"
            fi
            entries "$home" | while IFS= read -r entry; do hand_over "$home" "$home/$entry"; done
            rm -rf "$unpacked"
            (umask 077; printf 'archive %s\naction %s\n' "$wanted" "$backup" > "$home/.zkops/installed")
            rm -f "$phase"
            hand_over "$home" "$home/.zkops"
            durable "$home"
            printf 'result changed\n'
            """#

    /// Puts back what ``install`` moved aside.
    ///
    /// `$1` home, `$2` configuration file, `$3` run, `$4` directory for backups, `$5` `certain` where something was moved aside for sure:
    /// then it is here, or an earlier try moved it back and left word of it.
    static let uninstall =
        common + processes + #"""
            home=$1 config=$2 run=$3 backup=$4 certain=$5
            hold "$home" "$run"
            if find_server "" ""; then fail 82 "$pid"; fi
            if [ ! -d "$backup/home" ] && [ ! -f "$backup/install.phase" ] && [ ! -f "$backup/uninstalling" ]; then
                [ -f "$backup/uninstalled" ] || [ "$certain" != certain ] || fail 92 "$backup/home"
                rm -rf "$home/.zkops/unpacked"
                printf 'result already\n'
                exit 0
            fi
            may_write "$home"
            entries() { ls -A "$1" | grep -v '^\.zkops$'; }
            phase=$backup/install.phase
            # While the old was still being moved aside, nothing new had come.
            if [ "$(cat "$phase" 2>/dev/null)" != old ] && [ ! -f "$backup/uninstalling" ]; then
                private_directory "$backup/installed"
                entries "$home" | while IFS= read -r entry; do
                    rm -rf "$backup/installed/$entry"
                    mv "$home/$entry" "$backup/installed/" || exit 1
                done || fail 90 "$home"
            fi
            : > "$backup/uninstalling" || fail 86 "$backup"
            durable "$backup/uninstalling"
            if [ -d "$backup/home" ]; then
                entries "$backup/home" | while IFS= read -r entry; do
                    mv "$backup/home/$entry" "$home/" || exit 1
                done || fail 90 "$home"
                rmdir "$backup/home"
            fi
            rm -rf "$home/.zkops/unpacked" "$home/.zkops/installed" "$phase"
            durable "$home"
            mv -f "$backup/uninstalling" "$backup/uninstalled" || fail 90 "$backup"
            durable "$backup"
            printf 'result changed\n'
            """#
}
