#!/bin/bash
# Makes the inventories and facts of examples/ anew, from real servers on the lab; names and addresses are then made to look
# like those of a site. The previews beside them follow with UPDATE_GOLDEN=1 swift test --filter TerminalUITests.
set -euo pipefail
cd "$(dirname "$0")/.."

bin=${ZKOPS:-.build/debug/zkops}
work=$(mktemp -d "${TMPDIR:-/tmp}/zkops-examples.XXXXXX")
lab=$work/lab
name=examples-$$

finish() {
    code=$?
    "$bin" lab down --name "$name" --dir "$lab" >/dev/null 2>&1 || true
    rm -rf "$work"
    exit $code
}
trap finish EXIT
trap 'exit 130' INT TERM

# Raises a lab with some znodes in it.
raise() {
    "$bin" lab up --name "$name" --dir "$lab" "$@" >/dev/null
    "$bin" lab load --name "$name" --dir "$lab" --znodes 2000
}

# A path of the lab or an address of loopback becomes what a site would have.
as_a_site() {
    sed -E -e "s|$lab/hosts/(zk[0-9]+\|\{host\})/zookeeper-|/opt/zookeeper-|g" \
        -e "s|$lab/hosts/zk[0-9]+/data/|/data/zookeeper/|g" \
        -e "s|$lab/hosts/zk[0-9]+/datalog/|/datalog/zookeeper/|g" \
        -e "s|127\.0\.[0-9]+\.([0-9]+)|10.0.0.\1|g" \
        -e "s|^ensemble: .*|ensemble: $1|"
}

# Captures what PLAN starts from into examples/FOLDER: `capture FOLDER PLAN ENSEMBLE HOST...`
capture() {
    local folder=examples/$1 plan=plans/$2.yaml ensemble=$3
    shift 3
    # Only the hosts that the plan is about.
    grep -vE "^  zk" "$lab/inventory.yaml" >"$work/inventory.yaml"
    for host in "$@"; do grep -E "^  $host: " "$lab/inventory.yaml"; done >>"$work/inventory.yaml"
    "$bin" ensemble facts -i "$work/inventory.yaml" --plan "$plan" -o "$work/facts.yaml"
    mkdir -p "$folder"
    as_a_site "$ensemble" <"$work/facts.yaml" >"$folder/facts.yaml"
    as_a_site "$ensemble" <"$work/inventory.yaml" | sed -E -e '/^#/d' -e '/^  port:/d' -e 's|^(  user:).*|\1 zk|' \
        -e 's|^(  identity_file:).*|\1 ~/.ssh/id_ed25519|' -e 's|^(  known_hosts:).*|\1 ~/.ssh/known_hosts|' \
        >"$folder/inventory.yaml"
    ln -sfn "../../$plan" "$folder/plan.yaml"
}

raise --version 3.4.6 --next-version 3.4.14
"$bin" lab break listener-death --name "$name" --dir "$lab"
capture staged-recovery staged-recovery-3-to-5 codis zk1 zk6 zk7 zk8 zk9 zk10
# The other way out of the same world.
mkdir -p examples/staged-recovery-no-lost-writes
for file in inventory.yaml facts.yaml; do ln -sfn "../staged-recovery/$file" "examples/staged-recovery-no-lost-writes/$file"; done
ln -sfn ../../plans/staged-recovery-no-lost-writes.yaml examples/staged-recovery-no-lost-writes/plan.yaml

raise -n 5 --spare zk4,zk5 --version 3.8.0
capture rolling-restart rolling-restart orders zk1 zk2 zk3
capture raise-init-and-sync-limits raise-init-and-sync-limits orders zk1 zk2 zk3
capture replace-server replace-server orders zk1 zk2 zk3 zk4
capture expand-3-to-5 expand-3-to-5 orders zk1 zk2 zk3 zk4 zk5
capture add-observers add-observers orders zk1 zk2 zk3 zk4 zk5

raise -n 5 --version 3.8.0
capture shrink-5-to-3 shrink-5-to-3 orders zk1 zk2 zk3 zk4 zk5

raise -n 3 --version 3.8.0 --next-version 3.9.3
capture rolling-upgrade rolling-upgrade orders zk1 zk2 zk3

# What ails a server or a setting.
raise -n 3 --version 3.8.0
for plan in enable-autopurge raise-connection-limit allow-four-letter-words set-jvm-flags same-configuration restart-leader \
    set-myid rebuild-server; do
    capture "$plan" "$plan" orders zk1 zk2 zk3
done

raise -n 3 --version 3.4.14
capture rotate-logs rotate-logs orders zk1 zk2 zk3

raise -n 3 --version 3.4.6
capture restart-deaf-servers restart-deaf-servers codis zk1 zk2 zk3
capture planned-outage planned-outage codis zk1 zk2 zk3
