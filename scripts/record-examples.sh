#!/bin/bash
# Makes the inventories and facts of examples/ anew, from real servers on the lab; names and addresses are then made to look
# like those of a site. With names of plans, only these. The previews beside them follow with
# UPDATE_GOLDEN=1 swift test --filter TerminalUITests.
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

# The lab that the captures after it are of: what `lab up` and, each in one word, `lab break` are given.
world() {
    up=("$@")
    breaks=()
    is_up=
}

# Raises it with some znodes in it, unless it is up.
raise() {
    [ -z "$is_up" ] || return 0
    "$bin" lab up --name "$name" --dir "$lab" "${up[@]}" >/dev/null
    "$bin" lab load --name "$name" --dir "$lab" --znodes 2000
    for fault in "${breaks[@]}"; do
        # shellcheck disable=SC2086 # a kind and its options
        "$bin" lab break --name "$name" --dir "$lab" $fault
    done
    is_up=yes
}

# A path of the lab or an address of loopback becomes what a site would have.
as_a_site() {
    sed -E -e "s|$lab/hosts/(zk[0-9]+\|\{host\})/zookeeper-|/opt/zookeeper-|g" \
        -e "s|$lab/hosts/zk[0-9]+/data/|/data/zookeeper/|g" \
        -e "s|$lab/hosts/zk[0-9]+/datalog/|/datalog/zookeeper/|g" \
        -e "s|127\.0\.[0-9]+\.([0-9]+)|10.0.0.\1|g" \
        -e "s|^ensemble: .*|ensemble: $1|"
}

# Captures what a plan starts from, on the hosts that it is about: `capture PLAN ENSEMBLE HOST...`
capture() {
    local plan=$1 ensemble=$2 folder=examples/$1
    shift 2
    [ "$plan" != staged-recovery-3-to-5 ] || folder=examples/staged-recovery
    [ ${#only[@]} -eq 0 ] || [[ " ${only[*]} " == *" $plan "* ]] || return 0
    raise
    grep -vE "^  zk" "$lab/inventory.yaml" >"$work/inventory.yaml"
    for host in "$@"; do grep -E "^  $host: " "$lab/inventory.yaml"; done >>"$work/inventory.yaml"
    "$bin" ensemble facts -i "$work/inventory.yaml" --plan "plans/$plan.yaml" -o "$work/facts.yaml"
    mkdir -p "$folder"
    as_a_site "$ensemble" <"$work/facts.yaml" >"$folder/facts.yaml"
    as_a_site "$ensemble" <"$work/inventory.yaml" | sed -E -e '/^#/d' -e '/^  port:/d' -e 's|^(  user:).*|\1 zk|' \
        -e 's|^(  identity_file:).*|\1 ~/.ssh/id_ed25519|' -e 's|^(  known_hosts:).*|\1 ~/.ssh/known_hosts|' \
        >"$folder/inventory.yaml"
    for kind in facts inventory; do
        sed -i "1i # yaml-language-server: \$schema=../../schema/$kind.schema.json" "$folder/$kind.yaml"
    done
    ln -sfn "../../plans/$plan.yaml" "$folder/plan.yaml"
}

# What no lab can be brought into at will: `pretend PLAN SERVER SUBSTITUTION` changes the server's facts, as sed says.
pretend() {
    [ ${#only[@]} -eq 0 ] || [[ " ${only[*]} " == *" $1 "* ]] || return 0
    sed -i -E "/^  $2:/,/^  zk/ $3" "examples/$1/facts.yaml"
}

only=("$@")
world --version 3.4.6 --next-version 3.4.14
breaks=(listener-death)
capture staged-recovery-3-to-5 codis zk1 zk6 zk7 zk8 zk9 zk10
# The other way out of the same world.
mkdir -p examples/staged-recovery-no-lost-writes
for file in inventory.yaml facts.yaml; do ln -sfn "../staged-recovery/$file" "examples/staged-recovery-no-lost-writes/$file"; done
ln -sfn ../../plans/staged-recovery-no-lost-writes.yaml examples/staged-recovery-no-lost-writes/plan.yaml

world -n 5 --spare zk4,zk5 --version 3.8.0
for plan in rolling-restart raise-init-and-sync-limits enable-autopurge raise-connection-limit set-jvm-flags restart-leader; do
    capture $plan orders zk1 zk2 zk3
done
capture replace-server orders zk1 zk2 zk3 zk4
capture expand-3-to-5 orders zk1 zk2 zk3 zk4 zk5
capture add-observers orders zk1 zk2 zk3 zk4 zk5
# It looks for a leader beside a working quorum (ZOOKEEPER-1732).
pretend restart-leader zk1@v3.8.0 "s/mode: .*/mode: looking/"

world -n 5 --version 3.8.0
capture shrink-5-to-3 orders zk1 zk2 zk3 zk4 zk5

world -n 3 --version 3.8.0 --next-version 3.9.3
capture rolling-upgrade orders zk1 zk2 zk3

world -n 3 --version 3.8.0 --no-whitelist
capture allow-four-letter-words orders zk1 zk2 zk3

world -n 5 --spare zk5 --version 3.8.0
capture add-server orders zk1 zk2 zk3 zk4 zk5

world -n 3 --version 3.8.0
capture same-configuration orders zk1 zk2 zk3
pretend same-configuration zk1@v3.8.0 "s/initLimit=10/initLimit=5/"

world -n 3 --version 3.8.0
breaks=("kill --server zk1")
capture rebuild-server orders zk1 zk2 zk3

world -n 3 --version 3.8.0
breaks=("small-heap --server zk1")
capture raise-heap orders zk1 zk2 zk3

world -n 3 --version 3.8.0
breaks=("wrong-myid --server zk1")
capture set-myid orders zk1 zk2 zk3

world -n 3 --version 3.4.14
capture rotate-logs codis zk1 zk2 zk3

world -n 3 --version 3.4.6
capture restart-deaf-servers codis zk1 zk2 zk3
pretend restart-deaf-servers zk1@v3.4.6 "s/election_listener: .*/election_listener: dead/"
breaks=(listener-death)
is_up=
capture planned-outage codis zk1 zk2 zk3
capture raise-limits-in-an-outage codis zk1 zk2 zk3
