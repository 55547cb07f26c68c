#!/bin/bash
# The main job on the built-in lab. ENSEMBLE_VERSION=3.4.6 (default): a five-server ensemble whose election listeners died
# comes back on 3.4.14. ENSEMBLE_VERSION=3.8.0: a rolling upgrade to 3.9.3, then growing to five.
set -euo pipefail
cd "$(dirname "$0")/.."

version=${ENSEMBLE_VERSION:-3.4.6}
znodes=${ZNODES:-20000}
bin=${ZKOPS:-.build/debug/zkops}
work=$(mktemp -d "${TMPDIR:-/tmp}/zkops-demo.XXXXXX")
lab=$work/lab
if [ -t 1 ]; then bold=$'\e[1m' plain=$'\e[0m'; else bold='' plain=''; fi

finish() {
    code=$?
    "$bin" lab down --name demo --dir "$lab" >/dev/null 2>&1 || true
    rm -rf "$work"
    exit $code
}
trap finish EXIT
trap 'exit 130' INT TERM

say() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
zkops() {
    printf '%s$ zkops %s%s\n' "$bold" "${*//$work/DEMO}" "$plain"
    "$bin" "$@"
}
run_plan() {
    plan=$1
    shift
    zkops ensemble facts -i "$lab/inventory.yaml" --plan "plans/$plan.yaml" -o "$work/facts.yaml" "$@"
    say "What the plan would do, checked offline from the facts:"
    zkops plan preview "plans/$plan.yaml" -i "$lab/inventory.yaml" --facts "$work/facts.yaml" "$@" >"$work/preview.txt"
    head -n 40 "$work/preview.txt"
    echo "... ($(wc -l <"$work/preview.txt") lines in all)"
    say "And now for real, over SSH:"
    began=$(date +%s.%N)
    zkops plan apply "plans/$plan.yaml" -i "$lab/inventory.yaml" --facts "$work/facts.yaml" --yes --state "$work/state" "$@"
    took=$(awk -v a="$began" -v b="$(date +%s.%N)" 'BEGIN { printf "%.1f", b - a }')
}

case $version in
3.4.6)
    say "1. A spare and five servers of ZooKeeper 3.4.6, each with an sshd of its own, $znodes znodes:"
    zkops lab fetch 3.4.6 3.4.14
    zkops lab up --name demo --dir "$lab" --version 3.4.6 --next-version 3.4.14
    zkops lab load --name demo --dir "$lab" --znodes "$znodes"
    say "2. A port scan kills the election listeners (ZOOKEEPER-2186). Then somebody restarts two servers:"
    zkops lab break listener-death --name demo --dir "$lab"
    zkops lab tree --name demo --dir "$lab" -o "$work/before"
    zkops ensemble status -i "$lab/inventory.yaml"
    say "3. The staged recovery, on 3.4.14:"
    run_plan staged-recovery-3-to-5
    ;;
3.8.0)
    say "1. Three servers of ZooKeeper 3.8.0 and two spare hosts, each with an sshd of its own, $znodes znodes:"
    zkops lab fetch 3.8.0 3.9.3
    zkops lab up --name demo --dir "$lab" -n 5 --spare zk4,zk5 --version 3.8.0 --next-version 3.9.3
    zkops lab load --name demo --dir "$lab" --znodes "$znodes"
    zkops lab tree --name demo --dir "$lab" -o "$work/before"
    zkops ensemble status -i "$lab/inventory.yaml"
    say "2. A rolling upgrade to 3.9.3:"
    run_plan rolling-upgrade
    say "3. Two more servers:"
    run_plan expand-3-to-5 --var installed=v3.9.3
    ;;
*)
    echo "ENSEMBLE_VERSION is 3.4.6 or 3.8.0, not $version" >&2
    exit 64
    ;;
esac

say "4. The ensemble now:"
zkops ensemble status -i "$lab/inventory.yaml"
say "5. Every znode's path, data and version, before and after (those of the clients that hold a session come and go with it):"
zkops lab tree --name demo --dir "$lab" -o "$work/after"
zkops lab compare "$work/before" "$work/after"
say "The run took $took s, its preview and the looks at the hosts before it included."
