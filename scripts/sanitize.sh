#!/bin/bash
# Builds the tests with a sanitizer, address or thread, and runs those whose names match; what is built stays out of the usual products.
# Usage: sanitize.sh SANITIZER FILTER
set -euo pipefail

sanitizer=$1 filter=$2
options=(--sanitize "$sanitizer" --scratch-path ".build/sanitize-$sanitizer")

# What libraries keep to their end is no leak of ours; a first finding ends the run.
export ASAN_OPTIONS=detect_leaks=0:halt_on_error=1 TSAN_OPTIONS=halt_on_error=1:suppressions=$PWD/scripts/thread-sanitizer.txt

# Those that do the same again some thousand times take hours here, and would show no other code.
skipped='EnsembleAccessTests.Lab|CrashMatrixTests|theFullSearchFindsNothingElseInAHazard'

swift build --build-tests "${options[@]}"
swift test --skip-build "${options[@]}" --filter "$filter" --skip "$skipped"
