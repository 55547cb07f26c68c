extension RemoteScripts {
    /// Makes a run the holder of an installation's lock. The file `owner` comes into being whole, by a link of a file written
    /// before: a crash leaves no lock without a name.
    ///
    /// A lock of the same run is taken over from a process that has ended: under the same lock of the operator's that lock says so; of
    /// another, where somebody may have copied the run's folder to, it is known only by its silence.
    ///
    /// `$1` home, `$2` run, `$3` operator, `$4` machine, `$5` since, `$6` origin, `$7` seconds of silence.
    static let lock =
        common + sums + lockAge + #"""
            home=$1 run=$2
            if [ ! -d "$home" ]; then
                mkdir -p "$home" || fail 90 "$home"
                made=yes
            fi
            may_write "$home"
            private_directory "$home/.zkops/lock"
            [ -z "${made:-}" ] || : > "$home/.zkops/made-home"
            owner=$home/.zkops/lock/owner
            mine=$home/.zkops/lock/.mine.$run.$attempt
            umask 077
            printf 'run %s\noperator %s\nmachine %s\nsince %s\norigin %s\nattempt %s\n' \
                "$run" "$3" "$4" "$5" "$6" "$attempt" > "$mine" \
                || fail 90 "$mine"
            # A lock comes into being with its name; a file without one is nobody's.
            [ ! -f "$owner" ] || [ -s "$owner" ] || rm -f "$owner"
            for again in 1 2 3; do
                if ln "$mine" "$owner" 2>/dev/null; then
                    rm -f "$mine"
                    hand_over "$home" "$home/.zkops"
                    exit 0
                fi
                have=$(sed -n 's/^run //p' "$owner" 2>/dev/null)
                if [ "$have" = "$run" ]; then
                    there=$(sed -n 's/^origin //p' "$owner" 2>/dev/null)
                    if [ "$there" = "$6" ] || [ "$(lock_age "$owner")" -ge "$7" ]; then
                        mv -f "$mine" "$owner" || fail 90 "$owner"
                        exit 0
                    fi
                fi
                if [ -n "$have" ]; then
                    rm -f "$mine"
                    say_lock "$owner"
                    exit 79
                fi
            done
            rm -f "$mine"
            fail 90 "$owner"
            """#

    /// `$1` home, `$2` run.
    static let renewLock =
        common + #"""
            hold "$1" "$2"
            touch -c "$1/.zkops/lock/owner" || fail 90 "$1/.zkops/lock/owner"
            """#

    /// `$1` home, `$2` run.
    static let requireLock =
        common + #"""
            hold "$1" "$2"
            """#

    /// `$1` home, `$2` run, `$3` the attempt whose lock it is; empty for any. A home that was made only to hold the lock goes with it.
    static let unlock =
        common + #"""
            home=$1
            owner=$home/.zkops/lock/owner
            [ -e "$owner" ] || exit 0
            [ -s "$owner" ] || rm -f "$owner"
            [ -e "$owner" ] || exit 0
            attempt=${3:-$(sed -n 's/^attempt //p' "$owner" 2>/dev/null)}
            hold "$home" "$2"
            rm -f "$owner" "$home/.zkops/lock/.mine.$2".* || fail 90 "$owner"
            rmdir "$home/.zkops/lock" 2>/dev/null
            if [ -e "$home/.zkops/made-home" ] && [ "$(ls -A "$home")" = .zkops ] \
                && [ "$(ls -A "$home/.zkops")" = made-home ]; then
                rm -f "$home/.zkops/made-home"
                rmdir "$home/.zkops" "$home" 2>/dev/null
            else
                rm -f "$home/.zkops/made-home"
                rmdir "$home/.zkops" 2>/dev/null
            fi
            exit 0
            """#

    /// `$1` home.
    static let heldLock =
        common + lockAge + #"""
            owner=$1/.zkops/lock/owner
            [ -e "$owner" ] || exit 0
            [ -r "$owner" ] || fail 90 "$owner"
            say_lock "$owner"
            """#

    private static let lockAge = #"""
        # Seconds since a lock was renewed, by the clock that its time is of.
        lock_age() { # owner
            renewed=$(stat -c %Y "$1") && echo "$(($(date +%s) - renewed))"
        }

        say_lock() { # owner
            cat "$1"
            age=$(lock_age "$1") && printf 'age %s\n' "$age"
        }

        """#
}
