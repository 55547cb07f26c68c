/// POSIX sh for what a diagnosis needs of a host beyond facts; it runs on dash and on busybox, and changes nothing.
enum EvidenceScripts {
    /// `$1` home, `$2` pid or nothing, `$3` `$4` dataDir and dataLogDir, `$5` client port, `$6` `all` where no term holds, so that
    /// the whole end of the log counts, else `term`, `$7` patterns, one a line: name, `process` or `term`, expression; then host
    /// names to resolve.
    static let host = #"""
        set -u
        LC_ALL=C; export LC_ALL
        home=$1 pid=$2 data=$3 logs=$4 port=$5 whole=$6 patterns=$7
        shift 7

        """# + kernel + process + files + log

    private static let kernel = #"""
        printf 'clock %s\nstamp %s\n' "$(date +%s)" "$(date '+%Y-%m-%d %H:%M:%S')"
        for setting in net/core/somaxconn net/ipv4/tcp_max_syn_backlog; do
            # Not read: dash asks for one byte at a time, and the kernel gives these files' first byte only.
            value=$(cat "/proc/sys/$setting" 2>/dev/null) && printf 'setting %s %s\n' "${setting##*/}" "$value"
        done
        awk '/^TcpExt:/ {
            if (!n) { n = split($0, names); next }
            split($0, values)
            for (i = 2; i <= n; i++)
                if (names[i] ~ /^(ListenOverflows|ListenDrops|TCPReqQFullDrop)$/) print "counter", names[i], values[i]
        }' /proc/net/netstat 2>/dev/null

        hex=$(printf '%04X' "$port")
        queue() { # look
            cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v port=":$hex" -v look="$1" '
                $4 == "0A" && substr($2, length($2) - 4) == port { split($5, queue, ":"); print "queue", look, $2, queue[2] }'
        }
        seen=$(queue 1)
        printf '%s\n' "$seen"
        # A second look only where something waits: a healthy process may just have been busy.
        if printf '%s\n' "$seen" | grep -q ' 0*[1-9A-F][0-9A-F]*$'; then
            sleep 0.3 2>/dev/null || sleep 1
            queue 2
        fi
        # Connections that wait to be closed count against maxClientCnxns too.
        cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v port=":$hex" '
            ($4 == "01" || $4 == "08") && substr($2, length($2) - 4) == port {
                count[$2 " " substr($3, 1, index($3, ":") - 1)]++
            }
            END { for (ends in count) print count[ends], ends }' | sort -rn | head -n 40 | sed 's/^/peer /'
        for name in "$@"; do
            if command -v getent >/dev/null 2>&1; then
                printf 'resolve %s %s\n' "$name" "$(getent hosts "$name" | awk '{ printf "%s ", $1 }')"
            fi
        done

        """#

    private static let process = #"""
        out=
        if [ -n "$pid" ] && [ -d "/proc/$pid" ]; then
            awk '/^Max open files/ { print "files-limit", $4 }' "/proc/$pid/limits" 2>/dev/null
            printf 'files %s\n' "$(ls "/proc/$pid/fd" 2>/dev/null | wc -l)"
            tr '\0' '\n' < "/proc/$pid/cmdline" 2>/dev/null \
                | grep -E '^-X(mx|ms)|^-Djute[.]maxbuffer=|^-Dzookeeper[.]' | head -n 40 | sed 's/^/flag /'
            awk '/^VmRSS:/ { print "resident", $2 }' "/proc/$pid/status" 2>/dev/null
            out=$(readlink "/proc/$pid/fd/1" 2>/dev/null)
        fi

        """#

    private static let files = #"""
        for kind in data logs; do
            eval "dir=\$$kind"
            [ -n "$dir" ] && [ -d "$dir" ] || continue
            df -Pk "$dir" 2>/dev/null | tail -n 1 | awk -v kind="$kind" '{ print "disk-" kind, $2, $4, $6 }'
            if [ -d "$dir/version-2" ] && { [ "$kind" = data ] || [ "$logs" != "$data" ]; }; then
                find "$dir/version-2/" -maxdepth 1 -type f -exec stat -c "file-$kind %Y %b %s %n" {} + 2>/dev/null \
                    | sort -k 2,2n | { head -n 500; tail -n 500; }
            fi
        done
        hundredths() {
            read -r up rest < /proc/uptime
            echo "$((${up%.*} * 100 + 1${up#*.} - 100))"
        }
        newest=$(ls -t "$data"/version-2/snapshot.* 2>/dev/null | head -n 1)
        if [ -n "$newest" ] && [ "$(wc -c < "$newest")" -ge 1048576 ]; then
            # Past the page cache where the file system can: after a restart of the host nothing is in it.
            begun=$(hundredths)
            if dd if="$newest" of=/dev/null bs=1048576 count=64 iflag=direct 2>/dev/null; then :
            else
                begun=$(hundredths)
                dd if="$newest" of=/dev/null bs=1048576 count=64 2>/dev/null
            fi
            size=$(wc -c < "$newest")
            [ "$size" -le 67108864 ] || size=67108864
            printf 'read %s %s\n' "$size" "$(($(hundredths) - begun))"
        fi
        for file in "$home"/conf/log4j.properties; do
            [ -f "$file" ] || continue
            grep -E '^[[:blank:]]*log4j[.](rootLogger|appender[.][A-Za-z0-9_]+)[[:blank:]]*=' "$file" | head -n 20 \
                | sed 's/^/logging /'
        done
        for jar in "$home"/log4j-1*.jar "$home"/lib/log4j-1*.jar; do
            [ ! -e "$jar" ] || printf 'jar %s\n' "${jar##*/}"
        done

        """#

    /// The log is read from its end in blocks, back to the one where the current term began, and never more than eight: a log that was
    /// never rotated may have 20 GB.
    private static let log = #"""
        log=
        if [ -n "$out" ] && [ -f "$out" ]; then log=$out; fi
        set -- "$home"/logs/*.log "$home"/logs/*.out "$home"/zookeeper.log "$home"/zookeeper.out
        for file in "$@"; do
            [ -f "$file" ] || continue
            if [ -z "$log" ] || [ "$file" -nt "$log" ]; then log=$file; fi
        done
        [ -n "$log" ] || exit 0
        printf 'log %s\nlog-size %s\n' "$log" "$(stat -L -c '%s %b' "$log")"
        size=$(wc -c < "$log")
        block=1048576 last=$((size / 1048576)) blocks=1
        from=$last
        while [ "$blocks" -lt 8 ] && [ "$from" -gt 0 ]; do
            if [ "$whole" = term ] && dd if="$log" bs="$block" skip="$from" count=1 2>/dev/null | grep -aqE ' - LOOKING$'; then
                break
            fi
            from=$((from - 1)) blocks=$((blocks + 1))
        done
        joined=$(printf '%s\n' "$patterns" | sed 's/^[^ ]* [^ ]* //' | tr '\n' '|')
        {
            printf '%s\n--log--\n' "$patterns"
            dd if="$log" bs="$block" skip="$from" count="$((blocks + 1))" 2>/dev/null | tr -d '\000\r' \
                | grep -aE -B 1 "${joined}^(Caused by: )?[a-z]+[.][A-Za-z.$]+(Exception|Error)"
        } | awk -v whole="$whole" '
            !inLog && $0 == "--log--" { inLog = 1; next }
            !inLog {
                n++
                i = index($0, " "); name[n] = substr($0, 1, i - 1); $0 = substr($0, i + 1)
                i = index($0, " "); kept[n] = substr($0, 1, i - 1) == "process"; pattern[n] = substr($0, i + 1)
                next
            }
            { line++ }
            /^[0-9][0-9][0-9][0-9]-/ { time = substr($0, 1, 23) }
            # What an exception says stands on the line below, and its cause after the places that it came by.
            /^(Caused by: )?[a-z]+[.][A-Za-z.$]+(Exception|Error)/ {
                for (i = 1; i <= hits && told < 3; i++) text[hit[i]] = text[hit[i]] " | " substr($0, 1, 200)
                told++
            }
            /^[0-9][0-9][0-9][0-9]-/ { hits = told = 0 }
            whole == "term" && / - LOOKING$/ { for (k = 1; k <= n; k++) if (!kept[k]) count[k] = 0 }
            {
                for (k = 1; k <= n; k++) if ($0 ~ pattern[k]) {
                    c = ++count[k]
                    place = k " " (c <= 3 ? c : 4 + (c - 4) % 12)
                    # An exception alone has the time of the line above it.
                    text[place] = (/^[0-9]/ || time == "" ? "" : time " ") substr($0, 1, 400); at[place] = line
                    hit[++hits] = place
                }
            }
            END {
                for (k = 1; k <= n; k++) if (count[k]) {
                    print "hits", name[k], count[k]
                    for (c = 1; c <= 15 && c <= count[k]; c++) print "hit", name[k], at[k " " c], text[k " " c]
                }
            }'
        """#

    /// Has the JVM print the names of its threads to its standard output, which goes on as before (SIGQUIT).
    ///
    /// `$1` pid.
    static let threadDump = #"""
        set -u
        LC_ALL=C; export LC_ALL
        pid=$1
        out=$(readlink "/proc/$pid/fd/1") || exit 0
        [ -f "$out" ] || exit 0
        before=$(wc -c < "$out")
        kill -QUIT "$pid" || exit 1
        tries=0
        while [ "$tries" -lt 30 ]; do
            if tail -c "+$((before + 1))" "$out" | grep -aq 'JNI global ref'; then break; fi
            tries=$((tries + 1))
            sleep 0.1 2>/dev/null || { sleep 1; tries=$((tries + 9)); }
        done
        tail -c "+$((before + 1))" "$out" | head -c 2097152 | sed -n 's/^"\(.*\)" .*/thread \1/p' | head -n 1000
        """#
}
