#!/bin/bash
# Installs a built zkops: `install.sh BINARY`. PREFIX is where it is to stand (default /usr/local), DESTDIR a folder to put in front of that.
# The binary itself writes its completions and its manual.
set -euo pipefail
cd "$(dirname "$0")/.."

binary=${1:?names no binary}
prefix=${PREFIX:-/usr/local}
root=${DESTDIR:-}$prefix
# Debian's packages leave site-functions to the machine's own.
zsh=${ZSH_COMPLETIONS:-share/zsh/site-functions}

put() { install -D -m 644 "$1" "$root/$2"; }

install -D -m 755 "$binary" "$root/bin/zkops"
# Its tables of names are needed at run time, its symbols and debugger's notes are not.
strip --strip-all --remove-section=.comment --remove-section=.note "$root/bin/zkops"

work=$(mktemp -d "${TMPDIR:-/tmp}/zkops-install.XXXXXX")
trap 'rm -rf "$work"' EXIT
for shell in bash zsh fish; do "$root/bin/zkops" --generate-completion-script "$shell" >"$work/$shell"; done
# A shell reads it, nobody runs it.
sed -i '1{/^#!/d}' "$work/bash"
put "$work/bash" share/bash-completion/completions/zkops
put "$work/zsh" "$zsh/_zkops"
put "$work/fish" share/fish/vendor_completions.d/zkops.fish

"$root/bin/zkops" manual "$work/man1"
gzip -9n "$work"/man1/*.1
for page in "$work"/man1/*.1.gz; do put "$page" "share/man/man1/${page##*/}"; done

for file in plans/*.yaml schema/*.json examples/notify/*.sh examples/github/* examples/gitlab/.gitlab-ci.yml; do
    put "$file" "share/zkops/$file"
done
chmod 755 "$root"/share/zkops/examples/notify/*.sh
echo "installed below $root: bin/zkops, completions, manual, share/zkops/{plans,schema,examples}"
