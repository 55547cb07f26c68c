#!/bin/bash
# Runs the tests of modules that are built already, and ends with what was skipped, and why.
# Each argument is a round: the names of modules that run side by side, `EnsembleModel|PlanLanguage`, or one whose tests drive real
# processes. Of such a module up to three tests that failed beside the others get a second try by themselves; they are named at the end.
set -euo pipefail
said=$(mktemp)
last=$(mktemp)
twice=
finish() {
    if grep -q ' skipped' "$said"; then
        echo
        echo "Skipped on this machine, and so not shown by this run:"
        grep ' skipped' "$said" | sort -u
    fi
    [ -z "$twice" ] || printf '\nFailed beside other tests, and passed alone:%s\n' "$twice"
    rm -f "$said" "$last"
}
trap finish EXIT

run() { swift test --skip-build "$@" | tee "$last" | tee -a "$said"; }

once_more() { # round
    local names
    names=$(sed -nE 's/^✘ Test ([A-Za-z0-9_]+)\(.* failed after .*/\1/p' "$last" | sort -u)
    [[ $1 != *'|'* && -n $names && $(wc -l <<<"$names") -le 3 ]] || return 1
    echo "Once more, one after the other: ${names//$'\n'/, }"
    run --no-parallel --filter "^$1Tests\..*/(${names//$'\n'/|})\(" && grep -q 'Test run with [1-9]' "$last" || return 1
    twice+=$'\n'"$1: ${names//$'\n'/, }"
}

for round in "$@"; do
    run --filter "^($round)Tests" --skip '^EndToEndTests.Truth' || once_more "$round"
done
