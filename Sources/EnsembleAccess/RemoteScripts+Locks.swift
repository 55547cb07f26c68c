extension RemoteScripts {
    /// Makes a run the holder of an installation's lock. The file `owner` comes into being whole, by a link of a file written
    /// before: a crash leaves no lock without a name.
    ///
    /// `$1` home, `$2` run, `$3` operator, `$4` machine, `$5` since.
    static let lock =
        common + sums + #"""
            home=$1 run=$2
            if [ ! -d "$home" ]; then
                mkdir -p "$home" || fail 90 "$home"
                made=yes
            fi
            may_write "$home"
            private_directory "$home/.zkops/lock"
            [ -z "${made:-}" ] || : > "$home/.zkops/made-home"
            owner=$home/.zkops/lock/owner
            mine=$home/.zkops/lock/.mine.$run
            umask 077
            printf 'run %s\noperator %s\nmachine %s\nsince %s\n' "$run" "$3" "$4" "$5" > "$mine" || fail 90 "$mine"
            for attempt in 1 2 3; do
                if ln "$mine" "$owner" 2>/dev/null; then
                    rm -f "$mine"
                    hand_over "$home" "$home/.zkops"
                    exit 0
                fi
                have=$(sed -n 's/^run //p' "$owner" 2>/dev/null)
                if [ "$have" = "$run" ]; then
                    mv -f "$mine" "$owner" || fail 90 "$owner"
                    exit 0
                fi
                if [ -n "$have" ]; then
                    rm -f "$mine"
                    cat "$owner"
                    renewed=$(stat -c %Y "$owner") && printf 'age %s\n' "$(($(date +%s) - renewed))"
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
            touch "$1/.zkops/lock/owner" || fail 90 "$1/.zkops/lock/owner"
            """#

    /// `$1` home, `$2` run.
    static let requireLock =
        common + #"""
            hold "$1" "$2"
            """#

    /// `$1` home, `$2` run. A home that was made only to hold the lock goes with it.
    static let unlock =
        common + #"""
            home=$1
            [ -e "$home/.zkops/lock/owner" ] || exit 0
            hold "$home" "$2"
            rm -f "$home/.zkops/lock/owner" "$home/.zkops/lock/.mine.$2" || fail 90 "$home/.zkops/lock/owner"
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
        common + #"""
            owner=$1/.zkops/lock/owner
            [ -e "$owner" ] || exit 0
            [ -r "$owner" ] || fail 90 "$owner"
            cat "$owner"
            renewed=$(stat -c %Y "$owner") && printf 'age %s\n' "$(($(date +%s) - renewed))"
            """#
}
