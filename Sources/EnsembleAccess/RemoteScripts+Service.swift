extension RemoteScripts {
    /// Keeps what a process was started with, for telling later what it runs with although the files have been edited.
    private static let loaded = #"""
        keep_loaded() { # needs pid start home config
            keep_dir=$home/.zkops
            private_directory "$keep_dir"
            read -r keep_boot < /proc/sys/kernel/random/boot_id
            keep_data=$(property dataDir "$config")
            rm -f "$keep_dir/loaded.process" "$keep_dir/loaded.myid"
            (umask 077
                cp "$config" "$keep_dir/loaded.config"
                [ ! -f "$keep_data/myid" ] || cp "$keep_data/myid" "$keep_dir/loaded.myid"
                printf '%s\n' "$pid $start $keep_boot" > "$keep_dir/loaded.process") || return 0
            hand_over "$home" "$keep_dir/loaded.process" "$keep_dir/loaded.config"
        }

        """#

    /// `$1` home. Says the end of the newest log: its errors where there are any.
    static let lastWords =
        common + logs + #"""
            home=$1
            newest=$(newest_log)
            [ -n "$newest" ] || exit 0
            printf 'log %s\n' "$newest"
            said=$(tail -n 200 "$newest" | grep -E 'ERROR|FATAL|Exception' | tail -n 3)
            [ -n "$said" ] || said=$(tail -n 3 "$newest")
            [ -z "$said" ] || printf 'said %s\n' "$(printf '%s\n' "$said" | cut -c 1-240 | tr '\n' '|' | sed 's/|$//; s/|/ | /g')"
            """#

    /// Where the server's own scripts let it write its logs.
    private static let logs = #"""
        log_directory() {
            log_found=$(cd "$home" && ZOOBINDIR=$home/bin bash -c '. bin/zkEnv.sh && cd "$ZOO_LOG_DIR" && pwd -P' </dev/null 2>/dev/null)
            echo "${log_found:-$home/logs}"
        }

        newest_log() {
            log_dir=$(log_directory)
            ls -t "$home"/zookeeper.out "$home"/logs/*.out "$home"/logs/*.log "$log_dir"/*.out "$log_dir"/*.log 2>/dev/null \
                | head -n 1
        }

        """#

    /// Before a file is edited that a running process was started with: keeps what it was, unless a start of ours has.
    static let loadedBeforeEdit =
        processes + loaded + #"""
            keep_loaded_before_edit() { # edited file
                find_server "" "" || return 0
                read -r edit_boot < /proc/sys/kernel/random/boot_id
                [ "$(cat "$home/.zkops/loaded.process" 2>/dev/null)" != "$pid $start $edit_boot" ] || return 0
                # Edited after the start already: what the process was started with is not known.
                [ "$(stat -L -c %Y "$1")" -le "$(began_at "$start")" ] || return 0
                keep_loaded
            }

            """#

    /// `$1` home, `$2` configuration file, `$3` run, `$4` directory for backups, `$5` `commands` or `systemd`, `$6` the first word of the
    /// command or the unit, `$7` the rest of the command, `$8` the longest that the process may take to appear, in
    /// hundredths of a second.
    static let start =
        common + processes + service + loaded + logs + #"""
            home=$1 config=$2 backup=$4
            hold "$home" "$3"
            [ -f "$config" ] || fail 87 "$config"
            if find_server "" ""; then
                say_process
                printf 'result already\n'
                exit 0
            fi
            no_stranger "$(pid_file)"
            private_directory "$backup"

            # A start truncates the log (zkServer.sh, `>`), so it is put aside first. Moving costs no room; what lies on another
            # file system, or is no plain file, gives its last 64 MB.
            log_dir=$(log_directory)
            for log in "$home"/zookeeper.out "$home"/logs/*.out "$log_dir"/*.out; do
                [ -s "$log" ] || continue
                into=$backup/${log##*/}
                copy=1
                while [ -e "$into" ]; do copy=$((copy + 1)); into=$backup/${log##*/}.$copy; done
                if [ -L "$log" ] || [ ! -f "$log" ] || [ "$(stat -c %d "$log")" != "$(stat -c %d "$backup")" ]; then
                    [ ! -f "$log" ] || tail -c 67108864 "$log" > "$into"
                else
                    mv "$log" "$into"
                fi
                [ ! -f "$into" ] || printf 'collected %s\n' "$into"
            done

            # The pid file names no process of this server; by now its number may be another process's, which zkServer.sh
            # would take for ours, and start nothing.
            pid_file=$(pid_file)
            [ ! -f "$pid_file" ] || mv -f "$pid_file" "$backup/zookeeper_server.pid"

            (umask 077; : > "$backup/start.log") && hand_over "$home" "$backup"
            case $5 in
            systemd) systemctl start "$6" </dev/null >"$backup/start.log" 2>&1 ;;
            *) service "$backup/start.log" "$6" "$7" ;;
            esac
            code=$?
            printf 'command-code %s\n' "$code"

            begun=$(now)
            until find_server "" ""; do
                waited=$(($(now) - begun))
                [ "$waited" -lt "$8" ] || break
                # The command's own word for it: a pid file whose process is gone is a server that has died already.
                if [ "$waited" -ge 50 ] && [ -f "$pid_file" ] && ! look_at "$(cat "$pid_file")"; then break; fi
                [ "$code" = 0 ] || [ "$waited" -lt 50 ] || break
                short_sleep
            done
            if [ -n "$pid" ]; then
                keep_loaded
                say_process
                printf 'result changed\n'
                exit 0
            fi
            {
                tail -n 8 "$backup/start.log"
                [ "$5" != systemd ] || journalctl -u "$6" -n 20 --no-pager 2>/dev/null
                newest=$(newest_log)
                [ -z "$newest" ] || { printf '%s:\n' "$newest"; tail -n 20 "$newest"; }
            } >&2
            exit 84
            """#

    /// Ends the process and watches it go. `-9` is never ours to send.
    ///
    /// `$1` home, `$2` configuration file, `$3` run, `$4` directory for backups, `$5` `commands` or `systemd`, `$6` `$7` as for start,
    /// `$8` the limit in hundredths of a second, `$9` the process that is meant, `PID START BOOT`, or nothing.
    static let stop =
        common + processes + service + #"""
            home=$1 config=$2 backup=$4 limit=$8 meant=$9
            hold "$home" "$3"
            if ! find_server "" ""; then
                printf 'result already\n'
                exit 0
            fi
            read -r boot < /proc/sys/kernel/random/boot_id
            if [ -n "$meant" ] && [ "$meant" != "$pid $start $boot" ]; then
                [ "${meant##* }" = "$boot" ] || fail 81 "the host was rebooted, and process $pid was started since"
                fail 81 "process $pid runs in place of process ${meant%% *}"
            fi
            private_directory "$backup"
            (umask 077; : > "$backup/stop.log") && hand_over "$home" "$backup"
            target=$pid began=$start
            gone() { ! look_at "$target" || [ "$start" != "$began" ]; }

            pid_file=$(pid_file)
            named=none
            [ ! -f "$pid_file" ] || named=$(tr -cd '0-9' < "$pid_file")
            stopper=
            if [ "$5" = systemd ]; then
                systemctl stop "$6" </dev/null >"$backup/stop.log" 2>&1 &
                stopper=$!
            elif [ "$named" = none ] || [ "$named" = "$target" ]; then
                # `exec`, since a redirection of the function alone keeps our channel open in a copy (dash).
                (exec </dev/null >/dev/null 2>&1; service "$backup/stop.log" "$6" "$7") &
                stopper=$!
            else
                # The pid file names another process, and the stop command would end that one.
                kill -TERM "$target"
            fi

            asked=$(now)
            signalled=
            while ! gone; do
                waited=$(($(now) - asked))
                if [ "$waited" -ge "$limit" ]; then
                    { printf 'process %s\n' "$target"; tail -n 8 "$backup/stop.log"; } >&2
                    exit 85
                fi
                # A command that has ended and had no pid file to go by knew nothing of this process.
                if [ -z "$signalled" ] && [ "$named" != "$target" ] && [ "$waited" -ge 200 ] && [ -n "$stopper" ] \
                    && ! look_at "$stopper"; then
                    kill -TERM "$target"
                    signalled=yes
                fi
                short_sleep
            done
            # The command removes the pid file after it has ended the process, and must not remove that of the next one.
            while [ -n "$stopper" ] && look_at "$stopper"; do
                [ "$5" = systemd ] || [ "$named" != "$target" ] || [ -e "$pid_file" ] || break
                [ $(($(now) - asked)) -lt "$limit" ] || break
                short_sleep
            done
            if [ "$named" = "$target" ] && [ -f "$pid_file" ] && [ "$(tr -cd '0-9' < "$pid_file")" = "$target" ]; then
                rm -f "$pid_file"
            fi
            printf 'result changed\n'
            """#
}
