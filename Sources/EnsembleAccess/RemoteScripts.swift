/// The POSIX sh scripts that look at hosts and change them. They run on dash and on busybox sh, with the utilities of
/// either; arguments reach them as `$1`, `$2`…, never pasted into the text.
///
/// A script answers in lines (``ScriptReply``) and ends with a code of ``ScriptExit``; on standard error stands what a person needs to
/// know. A script that changes something looks first, so that it can be repeated after any interruption.
///
/// What belongs to runs lies beside what it protects, modes 0700 and 0600:
/// `HOME/.zkops/lock/owner`, `HOME/.zkops/backups/RUN/ACTION/` for files, `DATADIR/.zkops/RUN/ACTION/` for data (the same file
/// system, so that moving is renaming).
enum RemoteScripts {
    /// Functions that every script begins with.
    ///
    /// The first argument of every script, taken off here, names the attempt at a run that calls it; it is empty where nothing is locked.
    static let common = #"""
        set -u
        # Our own words are read by a program; a server and a plan's commands keep the locale of the account.
        its_locale=${LC_ALL-none}
        LC_ALL=C; export LC_ALL
        attempt=$1; shift
        its_umask=$(umask)

        fail() { # code text...
            fail_code=$1; shift
            printf '%s\n' "$*" >&2
            exit "$fail_code"
        }

        # Whether the lock of an installation is this run's, and this attempt's; sets have to whose it is.
        is_held() { # home run
            have=$(sed -n -e 's/^run //p' -e 's/^attempt //p' "$1/.zkops/lock/owner" 2>/dev/null)
            [ "$have" != "$2
        $attempt" ] || return 0
            have=${have%%
        *}
            [ "$have" != "$2" ] || have="$2 in another process"
            return 1
        }

        hold() { # home run
            is_held "$1" "$2" || fail 80 "${have:-nobody}"
        }

        account_locale() {
            if [ "$its_locale" = none ]; then unset LC_ALL; else LC_ALL=$its_locale; fi
        }

        may_write() { # directory
            [ -w "$1" ] || fail_write "$1"
        }

        # Root may write everywhere but there, and anybody else is to hear the same.
        fail_write() { # directory
            ro_place=$(df -P "$1" 2>/dev/null | tail -n 1 | sed 's/.*% *//')
            ro_options=
            while read -r ro_device ro_at ro_type ro_now ro_rest; do
                [ "$ro_at" != "$ro_place" ] || ro_options=$ro_now
            done < /proc/mounts
            case ,$ro_options, in
            *,ro,*) fail 91 "$1" ;;
            esac
            fail 90 "$1"
        }

        # Made with all that is missing above it, and handed over to whom the place belongs to.
        private_directory() { # path
            [ ! -d "$1" ] || return 0
            private_top=$1
            while [ -n "${private_top%/*}" ] && [ ! -d "${private_top%/*}" ]; do private_top=${private_top%/*}; done
            (umask 077; mkdir -p "$1") || fail 90 "$1"
            hand_over "${private_top%/*}/" "$private_top"
        }

        # A file of any content, with its length before it.
        blob() { # name file
            blob_size=$(wc -c < "$2") || return 0
            printf 'blob %s %d\n' "$1" "$blob_size"
            head -c "$((blob_size))" < "$2"
            printf '\n'
        }

        # Makes what was written to a file or directory survive a crash of the host.
        durable() { # path
            sync "$1" 2>/dev/null || { [ -f "$1" ] && dd if=/dev/null of="$1" conv=notrunc,fsync 2>/dev/null; } || sync
        }

        # What we make as root belongs to whom the place belongs to.
        hand_over() { # reference path...
            [ "$(id -u)" = 0 ] || return 0
            hand_owner=$(stat -c '%u:%g' "$1") || return 0
            shift
            chown -Rh "$hand_owner" "$@"
        }

        # Seconds may have fractions in both shells' utilities; where they may not, a whole second it is.
        short_sleep() { sleep 0.05 2>/dev/null || sleep 1; }

        # Hundredths of a second since boot.
        now() {
            read -r now_up now_rest < /proc/uptime
            now_whole=${now_up%.*}; now_part=${now_up#*.}
            now_part=${now_part#0}
            echo "$((now_whole * 100 + now_part))"
        }

        """#

    /// For scripts that make sums. A lock is refused too where none can be made, before anything is changed; looks need none.
    static let sums = #"""
        # Whatever of the host makes sums is called sha256sum below.
        if ! command -v sha256sum >/dev/null 2>&1; then
            if command -v busybox >/dev/null 2>&1 && busybox sha256sum </dev/null >/dev/null 2>&1; then
                sum_by() { busybox sha256sum; }
            elif command -v openssl >/dev/null 2>&1; then sum_by() { openssl dgst -sha256 -r; }
            elif command -v shasum >/dev/null 2>&1; then sum_by() { shasum -a 256; }
            else fail 87 "a program that makes SHA-256 sums: install sha256sum (coreutils), busybox or openssl"
            fi
            sha256sum() { # of standard input; -c - compares by a list on it
                if [ "${1:-}" != -c ]; then sum_by; return; fi
                sum_wrong=0
                while read -r sum_wanted sum_name; do
                    sum_found=$(sum_by < "$sum_name")
                    sum_word=OK
                    [ "${sum_found%% *}" = "$sum_wanted" ] || { sum_word=FAILED; sum_wrong=1; }
                    printf '%s: %s\n' "$sum_name" "$sum_word"
                done
                return "$sum_wrong"
            }
        fi

        sum_of() { # file
            sum_text=$(sha256sum < "$1") || return 1
            printf '%s\n' "${sum_text%% *}"
        }

        """#

    /// Finding a server's process. A pid file may be stale, or name a later process of the same number, and a server may have
    /// been started by hand; so what counts is a JVM whose arguments name this server's configuration file.
    static let processes = #"""
        # Sets state and start of a process; fails where there is none, or only its remains.
        look_at() { # pid
            { read -r look_line < "/proc/$1/stat"; } 2>/dev/null || return 1
            # The name in parentheses may hold blanks and parentheses; nothing after it does.
            set -- ${look_line##*) }
            state=$1; start=${20}
            [ "$state" != Z ] && [ "$state" != X ]
        }

        # The configuration file without symbolic links and dots.
        real_config() {
            config_real=$(readlink -f "$config" 2>/dev/null) || config_real=$config
            [ -n "$config_real" ] || config_real=$config
        }

        # Whether a process is the JVM of this server.
        is_server() { # pid
            look_at "$1" || return 1
            is_args=$(tr '\0' '\n' < "/proc/$1/cmdline" 2>/dev/null) || return 1
            case $is_args in
            *QuorumPeerMain*) is_after=${is_args##*QuorumPeerMain} ;;
            *ZooKeeperServerMain*) is_after=${is_args##*ZooKeeperServerMain} ;;
            *) return 1 ;;
            esac
            is_pid=$1 is_ifs=$IFS
            IFS='
        '
            set -f
            set -- $is_after
            set +f
            IFS=$is_ifs
            for is_arg in "$@"; do
                [ "$is_arg" = "$config" ] && return 0
                case $is_arg in
                /*) ;;
                *) is_arg=$(readlink "/proc/$is_pid/cwd" 2>/dev/null)/$is_arg ;;
                esac
                [ "$(readlink -f "$is_arg" 2>/dev/null)" = "$config_real" ] && return 0
            done
            return 1
        }

        # Sets pid, state, start; fails where the server has no process.
        # The hint is a process known from before: PID START, or nothing.
        find_server() { # hint-pid hint-start
            if [ -n "${1:-}" ] && look_at "$1" && [ "$start" = "$2" ]; then
                pid=$1
                return 0
            fi
            real_config
            for find_dir in /proc/[0-9]*; do
                { read -r find_name < "$find_dir/comm"; } 2>/dev/null || continue
                case $find_name in
                *java*|jsvc*) ;;
                *) continue ;;
                esac
                pid=${find_dir#/proc/}
                is_server "$pid" && return 0
            done
            pid= state= start=
            return 1
        }

        # A key of a plainly written configuration: the last one wins, as for Java.
        property() { # key file
            sed -n "s/^[[:blank:]]*$1[[:blank:]]*[=:][[:blank:]]*//p" "$2" 2>/dev/null | tail -n 1 \
                | sed 's/[[:space:]]*$//'
        }

        # The data may be used by a server that was started with another configuration file.
        no_stranger() { # pid-file
            [ -f "$1" ] || return 0
            stranger=$(tr -cd '0-9' < "$1")
            [ -n "$stranger" ] && look_at "$stranger" || return 0
            case $(tr '\0' ' ' < "/proc/$stranger/cmdline" 2>/dev/null) in
            *QuorumPeerMain*|*ZooKeeperServerMain*) fail 82 "$stranger" ;;
            esac
        }

        say_process() {
            read -r say_boot < /proc/sys/kernel/random/boot_id
            printf 'boot %s\n' "$say_boot"
            if [ -n "$pid" ]; then printf 'process %s %s %s\n' "$pid" "$start" "$state"; fi
        }

        # Seconds since 1970 when a process began.
        began_at() { # start
            began_ticks=$(getconf CLK_TCK 2>/dev/null) || began_ticks=100
            began_boot=$(sed -n 's/^btime //p' /proc/stat)
            echo "$((began_boot + $1 / began_ticks))"
        }

        # The configuration, and the file that holds its members where a dynamic configuration is in use (3.5 and later).
        say_config() {
            blob config "$config"
            say_dynamic=$(property dynamicConfigFile "$config")
            if [ -n "$say_dynamic" ] && [ -f "$say_dynamic" ]; then blob dynamic "$say_dynamic"; fi
        }

        # The pid file that zkServer.sh uses.
        pid_file() {
            if [ -n "${ZOOPIDFILE:-}" ]; then echo "$ZOOPIDFILE"; else echo "$(property dataDir "$config")/zookeeper_server.pid"; fi
        }

        """#

    /// Running the service's commands. As root, a server is started and stopped as the owner of its data: what a server of
    /// root leaves behind, one of that owner can't read.
    static let service = #"""
        # Runs a service command and waits for its end. Nothing of it holds our channel open.
        service() { # output-file word rest
            service_out=$1 service_word=$2 service_rest=$3
            case $service_word in
            /*) ;;
            *) if [ -x "$home/$service_word" ]; then service_word=$home/$service_word; fi ;;
            esac
            service_owner=$(id -un)
            if [ "$(id -u)" = 0 ]; then
                service_data=$(property dataDir "$config")
                for service_dir in "$service_data" "$home"; do
                    [ -d "$service_dir" ] || continue
                    service_owner=$(stat -c %U "$service_dir")
                    break
                done
                [ "$service_owner" != UNKNOWN ] || service_owner=root
            fi
            service_line="cd \"\$1\" && umask $its_umask && exec \"\$0\" $service_rest"
            if [ "$service_owner" = "$(id -un)" ]; then
                (account_locale; exec sh -c "$service_line" "$service_word" "$home") </dev/null >"$service_out" 2>&1
            else
                (account_locale; exec su -s /bin/sh -c "$service_line" "$service_owner" -- "$service_word" "$home") \
                    </dev/null >"$service_out" 2>&1
            fi
        }

        """#
}

/// How a script ended, beyond 0. Above what utilities use for themselves.
enum ScriptExit: Int32, Sendable {
    case lockHeld = 79
    case lockLost = 80
    case hostChanged = 81
    case serverRunning = 82
    case dataNotEmpty = 83
    case startFailed = 84
    case stopFailed = 85
    case noRoom = 86
    case fileMissing = 87
    case configurationInvalid = 88
    case checksumDiffers = 89
    case permissionDenied = 90
    case readOnly = 91
    case backupMissing = 92
}
