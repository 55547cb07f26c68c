extension RemoteScripts {
    /// Runs a command of the plan, after a look at the locks of the host's installations.
    ///
    /// `$1` run, `$2` how many of the homes that follow must be locked by the run, `$3` how many homes follow; then homes, the
    /// command's text, its arguments. A code of our own comes with the line `zkops` before anything else on standard error.
    static let mutatingCommand =
        common + #"""
            run=$1 locked=$2 homes=$3
            shift 3
            while [ "$homes" -gt 0 ]; do
                have=$(sed -n 's/^run //p' "$1/.zkops/lock/owner" 2>/dev/null)
                if [ "$locked" -gt 0 ] || [ -n "$have" ]; then
                    [ "$have" = "$run" ] || fail 80 "zkops
            ${have:-nobody}"
                fi
                locked=$((locked - 1)) homes=$((homes - 1))
                shift
            done
            umask "$its_umask"
            script=$1
            shift
            exec sh -c "$script" sh "$@" </dev/null
            """#
}
