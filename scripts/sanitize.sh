#!/bin/bash
# Builds the tests with a sanitizer, address or thread, and runs those whose names match; what is built stays out of the usual products.
# Usage: sanitize.sh SANITIZER FILTER
set -euo pipefail

sanitizer=$1 filter=$2
here=$PWD
options=(--sanitize "$sanitizer" --scratch-path "$here/.build/sanitize-$sanitizer")

# What libraries keep to their end is no leak of ours; a first finding ends the run.
export ASAN_OPTIONS=detect_leaks=0:halt_on_error=1
export TSAN_OPTIONS=halt_on_error=1:suppressions=$here/scripts/thread-sanitizer/suppressions.txt
# Seconds for one input; all else that is bounded has patience enough.
export FUZZ_BOUND=60

# The thread sanitizer does not see the locks of Synchronization.Mutex: a copy of the sources has one in its place that it knows.
if [ "$sanitizer" = thread ]; then
    copy=$here/.build/sanitize-thread-sources
    rm -rf "$copy"
    mkdir -p "$copy"
    git ls-files -z --cached --others --exclude-standard --deduplicate | xargs -0 cp -pP --parents -t "$copy"
    cd "$copy"
    grep -rl --include='*.swift' '^import Synchronization' Sources Tests | cut -d/ -f1,2 | sort -u \
        | while read -r module; do cp -p "$here/scripts/thread-sanitizer/Mutex.swift" "$module/ThreadSanitizerMutex.swift"; done
fi

# Those that do the same again some thousand times take hours here, and would show no other code.
skipped='EnsembleAccessTests.Lab|CrashMatrixTests|theFullSearchFindsNothingElseInAHazard'

swift build --build-tests "${options[@]}"
# One after the other: tests that wait for a limit to pass have no patience with the sanitizers' pace of many at once.
swift test --skip-build --no-parallel "${options[@]}" --filter "$filter" --skip "$skipped"
