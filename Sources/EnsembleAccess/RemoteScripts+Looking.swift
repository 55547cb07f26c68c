extension RemoteScripts {
    /// Everything of a server that lies on its host, in one round trip.
    ///
    /// `$1` home, `$2` configuration file, `$3` `$4` dataDir and dataLogDir where the caller knows them better than a plain
    /// reading of the file does, or nothing; then further files.
    static let observe =
        common + processes + #"""
            home=$1 config=$2 data=$3 logs=$4
            shift 4
            find_server "" "" || :
            say_process
            if [ -f "$config" ]; then
                config_mtime=$(stat -L -c %Y "$config")
                printf 'config-mtime %s\n' "$config_mtime"
                say_config
                [ -n "$data" ] || data=$(property dataDir "$config")
                [ -n "$logs" ] || logs=$(property dataLogDir "$config")
            fi
            [ -n "$logs" ] || logs=$data
            printf 'data %s\nlogs %s\n' "$data" "$logs"
            if [ -n "$pid" ]; then
                printf 'began %s\n' "$(began_at "$start")"
                # What the process was started with, where a start of ours or an edit of ours kept it.
                if [ "$(cat "$home/.zkops/loaded.process" 2>/dev/null)" = "$pid $start $say_boot" ]; then
                    [ ! -f "$home/.zkops/loaded.config" ] || blob loaded-config "$home/.zkops/loaded.config"
                    [ ! -f "$home/.zkops/loaded.myid" ] || blob loaded-myid "$home/.zkops/loaded.myid"
                fi
            fi
            if [ -n "$data" ]; then
                printf 'clock %s\n' "$(date +%s)"
                [ ! -f "$data/myid" ] || blob myid "$data/myid"
                for name in acceptedEpoch currentEpoch; do
                    if [ -f "$data/version-2/$name" ]; then
                        printf '%s %s\n' "$name" "$(head -c 20 "$data/version-2/$name" | tr -cd '0-9')"
                    fi
                done
                for kind in data logs; do
                    eval "dir=\$$kind"
                    if [ -d "$dir" ]; then
                        room=$(df -Pk "$dir" | tail -n 1 | awk '{ print $4 }')
                        printf 'room-%s %s\n' "$kind" "$((room * 1024))"
                        if [ -d "$dir/version-2" ]; then
                            find "$dir/version-2/" -maxdepth 1 -type f -exec stat -c "file-$kind %s %Y %n" {} +
                        fi
                    fi
                done
            fi
            for jar in "$home"/zookeeper-[0-9]*.jar "$home"/lib/zookeeper-[0-9]*.jar; do
                [ ! -e "$jar" ] || printf 'jar %s\n' "${jar##*/}"
            done
            number=0
            for file in "$@"; do
                case $file in
                /*) ;;
                *) file=$home/$file ;;
                esac
                [ ! -f "$file" ] || blob "extra-$number" "$file"
                number=$((number + 1))
            done
            """#

    /// The process, and the configuration where it is not the one that the caller has read before.
    ///
    /// `$1` home, `$2` configuration file, `$3` `$4` pid and start of the process last seen, `$5` what `config-stat` said then.
    static let pulse =
        common + processes + #"""
            home=$1 config=$2
            find_server "$3" "$4" || :
            say_process
            if [ -f "$config" ]; then
                config_stat=$(stat -L -c '%i:%s:%Y:%y' "$config" | tr ' ' '_')
                printf 'config-stat %s\n' "$config_stat"
                if [ "$config_stat" != "$5" ]; then
                    printf 'config-mtime %s\n' "$(stat -L -c %Y "$config")"
                    say_config
                fi
            fi
            if [ -n "$pid" ] && { [ "$pid" != "$3" ] || [ "$start" != "$4" ]; }; then
                printf 'began %s\n' "$(began_at "$start")"
                if [ "$(cat "$home/.zkops/loaded.process" 2>/dev/null)" = "$pid $start $say_boot" ]; then
                    [ ! -f "$home/.zkops/loaded.config" ] || blob loaded-config "$home/.zkops/loaded.config"
                fi
            fi
            """#

    /// The last lines of what the server writes to its log: for the mode of a server that refuses to say it.
    ///
    /// `$1` home, `$2` configuration file, `$3` pid.
    static let logTail =
        common + #"""
            home=$1 pid=$3
            # The file that the process writes standard output to, else the usual places.
            out=$(readlink "/proc/$pid/fd/1" 2>/dev/null) || out=
            set --
            for log in "$out" "$home"/logs/*.log "$home"/logs/*.out "$home"/zookeeper.log "$home"/zookeeper.out; do
                [ ! -f "$log" ] || set -- "$@" "$log"
            done
            [ $# -gt 0 ] || exit 0
            newest=$(ls -t "$@" | head -n 1)
            printf 'log %s\n' "$newest"
            tail -c 262144 "$newest" \
                | grep -E 'LEADER ELECTION TOOK| - (LOOKING|LEADING|FOLLOWING|OBSERVING)$|Peer state changed|GOODBYE|shutdown Leader|Exception when (following|observing)' \
                | tail -n 20 | sed 's/^/line /'
            """#

    /// Connections to the quorum port of a leader: they change when a learner comes or goes.
    ///
    /// `$1` port.
    static let learners =
        common + #"""
            port=$(printf '%04X' "$1")
            cat /proc/net/tcp /proc/net/tcp6 2>/dev/null \
                | awk -v port=":$port" '$4 == "01" && substr($2, length($2) - 4) == port { print "learner", $2, $3 }'
            """#

    /// What the host's kernel and the process tell of listening ports, without connecting to any.
    ///
    /// `$1` pid or nothing; then ports.
    static let listeners =
        common + #"""
            pid=$1
            shift
            for look in 1 2; do
                # A listening socket's receive queue holds what the process has not accepted (tcp_diag, ss(8)); a closing
                # connection of inode 0 was never handed to a process at all.
                seen=$(for port in "$@"; do
                    cat /proc/net/tcp /proc/net/tcp6 2>/dev/null \
                        | awk -v port=":$(printf '%04X' "$port")" -v look="$look" '
                            substr($2, length($2) - 4) != port { next }
                            $4 == "0A" { split($5, queue, ":"); print "listening", look, $2, queue[2] }
                            $4 == "08" && $10 == 0 { print "orphan", look, $2, $3 }'
                done)
                [ -z "$seen" ] || printf '%s\n' "$seen"
                # A second look only where something waits: a healthy process may just have been busy.
                if [ "$look" = 1 ]; then
                    printf '%s\n' "$seen" | grep -q '^listening .* 0*[1-9A-F][0-9A-F]*$' || break
                    sleep 0.3 2>/dev/null || sleep 1
                fi
            done
            if [ -n "$pid" ] && [ -r "/proc/$pid/stat" ]; then
                read -r line < "/proc/$pid/stat"
                set -- ${line##*) }
                printf 'state %s\n' "$1"
                cat "/proc/$pid"/task/*/comm 2>/dev/null | sort -u | sed 's/^/thread /'
            fi
            """#

    static let hostIdentity =
        common + #"""
            read -r boot < /proc/sys/kernel/random/boot_id
            printf 'boot %s\nclock %s\n' "$boot" "$(date +%s)"
            """#

    /// `$1` path, `$2` the most bytes that are read.
    static let readFile =
        common + #"""
            [ -e "$1" ] || { printf 'missing\n'; exit 0; }
            [ -f "$1" ] || fail 87 "$1 is not a file"
            [ -r "$1" ] || fail 90 "$1"
            size=$(wc -c < "$1")
            [ "$size" -le "$2" ] || fail 87 "$1 holds $size bytes, more than $2"
            printf 'mode %s\n' "$(stat -L -c %a "$1")"
            blob content "$1"
            """#

    /// `$1` `yes` where an environment is given; then a command of the operator's own, `sh`, its arguments.
    static let command =
        common + environment + #"""
            given=$1
            shift
            account_locale
            take_environment "$given"
            exec sh -c "$@" </dev/null
            """#
}
