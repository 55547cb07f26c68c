#!/bin/bash
# Installs with apt what zkops, its lab and its tests need and this machine lacks, and says so before it does.
# Arguments are further packages, such as those that only a benchmark needs.
set -euo pipefail

needed=(
    libssh2-1-dev          # SSH
    libgcrypt20-dev        # checksums; libssh2 brings it along
    zlib1g-dev             # compressed snapshots; libssh2 brings it along
    libzookeeper-mt-dev    # ZooKeeper's own C client
    openssh-server         # the lab's hosts are sshd processes
    openssh-client         # keys of the lab, `ssh -G`
    default-jre-headless   # the lab's ZooKeeper servers
    zookeeper              # ZooKeeper 3.8.0 for the lab
    python3-pip            # fetches other ZooKeeper versions for the lab
    iproute2               # ss
    curl                   # fetches the metrics of probes, in a test
    python3-prometheus-client  # reads them as Prometheus does
    busybox                # a second userland for the tests of remote scripts
    patch                  # applies the diffs of previews, in a test
    procps                 # ps
    iptables               # `lab break block-port`
    strace                 # `lab break slow-disk`
    pkg-config
)

missing=()
for package in "${needed[@]}" "$@"; do
    dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed ||
        missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

echo "Installing with apt-get: ${missing[*]}" >&2
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! sudo -n true 2>/dev/null; then
        echo "This needs root. Run: sudo apt-get install --no-install-recommends ${missing[*]}" >&2
        exit 1
    fi
    as_root=(sudo -n)
fi
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}"
