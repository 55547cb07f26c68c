#!/bin/bash
# Runs the tests of modules that are built already, and ends with what was skipped, and why.
# Each argument is a round: the names of modules that run side by side, `EnsembleModel|PlanLanguage`.
set -euo pipefail
said=$(mktemp)
finish() {
    if grep -q ' skipped' "$said"; then
        echo
        echo "Skipped on this machine, and so not shown by this run:"
        grep ' skipped' "$said" | sort -u
    fi
    rm -f "$said"
}
trap finish EXIT
for round in "$@"; do
    swift test --skip-build --filter "^($round)Tests" --skip '^EndToEndTests.Truth' | tee -a "$said"
done
