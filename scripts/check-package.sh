#!/bin/bash
# Unpacks a Debian package of zkops into a folder of its own and runs what is in it, with no Swift in reach: `check-package.sh PACKAGE`.
set -euo pipefail
cd "$(dirname "$0")/.."

package=$(realpath "${1:?names no package}")
work=$(mktemp -d "${TMPDIR:-/tmp}/zkops-package.XXXXXX")
trap 'rm -rf "$work"' EXIT
fail() {
    echo "$package: $*" >&2
    exit 1
}
# Nothing of the builder's environment.
unpacked() { env -i HOME="$work" PATH=/usr/bin:/bin LC_ALL=C.UTF-8 "$work/root/usr/bin/zkops" "$@"; }

dpkg-deb -x "$package" "$work/root"
dpkg-deb -e "$package" "$work/control"
(cd "$work/root" && md5sum --quiet -c "$work/control/md5sums") || fail 'a checksum is wrong'
for name in libc6 libssh2 libgcrypt20 libzookeeper-mt2 zlib1g; do
    grep -q "^Depends:.*\b$name" "$work/control/control" || fail "it does not depend on $name"
done
libraries=$(env -i PATH=/usr/bin:/bin ldd "$work/root/usr/bin/zkops")
! grep -E 'not found|libswift|libFoundation' <<<"$libraries" || fail 'it needs libraries that are not there'

versions=$(unpacked --version)
for line in 'zkops [0-9]' 'libssh2 1\.' 'ZooKeeper client 3\.'; do
    grep -qE "^$line" <<<"$versions" || fail "--version does not name $line: $versions"
done
share=$work/root/usr/share
cp -r --dereference examples/staged-recovery "$work/world"
cp "$share/zkops/plans/staged-recovery-3-to-5.yaml" "$work/world/plan.yaml"
unpacked plan check "$work/world/plan.yaml" | grep -q ': safe' || fail 'a plan of the package is not verified'
unpacked plan preview "$work/world/plan.yaml" --format json | python3 -m json.tool >/dev/null || fail 'a preview is no JSON'
for kind in plan inventory facts drill; do
    unpacked plan schema "$kind" | cmp - "$share/zkops/schema/$kind.schema.json" || fail "the schema of $kind is another"
done

bash -n "$share/bash-completion/completions/zkops"
grep -q '^#compdef zkops' "$share/zsh/vendor-completions/_zkops" || fail 'no completion for zsh'
grep -q -- '-c .*zkops' "$share/fish/vendor_completions.d/zkops.fish" || fail 'no completion for fish'
for page in zkops zkops-plan-apply zkops-run-rollback; do
    said=$(groff -man -ww -Tutf8 -z <(gunzip -c "$share/man/man1/$page.1.gz") 2>&1) || fail "no page $page"
    [ -z "$said" ] || fail "$page: $said"
done
if command -v lintian >/dev/null; then
    lintian --fail-on error,warning "$package"
else
    echo 'lintian is not installed, so it was not asked' >&2
fi
echo "$package is well: $(du -h "$package" | cut -f1), its binary $(du -h --apparent-size "$work/root/usr/bin/zkops" | cut -f1)"
