extension RemoteScripts {
    /// Runs a command of the plan, after a look at the locks of the host's installations.
    ///
    /// `$1` run, `$2` how many of the homes that follow must be locked by the run, `$3` how many homes follow, `$4` `yes` where an
    /// environment is given; then homes, the command's text, `sh`, its arguments. A code of our own comes with the line `zkops` before
    /// anything else on standard error.
    static let mutatingCommand =
        common + environment + #"""
            run=$1 locked=$2 homes=$3 given=$4
            shift 4
            while [ "$homes" -gt 0 ]; do
                if ! is_held "$1" "$run" && { [ "$locked" -gt 0 ] || [ -n "$have" ]; }; then
                    fail 80 "zkops
            ${have:-nobody}"
                fi
                locked=$((locked - 1)) homes=$((homes - 1))
                shift
            done
            umask "$its_umask"
            account_locale
            take_environment "$given"
            exec sh -c "$@" </dev/null
            """#

    /// Variables come as assignments on standard input, where no list of processes shows their values. Whatever their names, nothing
    /// but positional parameters is used afterwards.
    static let environment = #"""
        take_environment() { # yes, or anything else
            [ "$1" = yes ] || return 0
            given=$(cat; printf x)
            eval "unset given; ${given%x}"
        }

        """#
}
