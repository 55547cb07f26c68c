#!/bin/bash
# Makes a Debian package of a built zkops: `make-deb.sh BINARY FOLDER`; prints the package's path. The same binary gives the same bytes.
set -euo pipefail
cd "$(dirname "$0")/.."

binary=$(realpath "${1:?names no binary}")
folder=${2:?names no folder}
version=$("$binary" --version | sed -n 's/^zkops //p')
architecture=$(dpkg --print-architecture)
maintainer=${DEBFULLNAME:-$(git log -1 --format=%an)}" <"${DEBEMAIL:-$(git log -1 --format=%ae)}">"
# dpkg-deb gives newer files this time.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH

work=$(mktemp -d "${TMPDIR:-/tmp}/zkops-deb.XXXXXX")
trap 'rm -rf "$work"' EXIT
root=$work/root
umask 022
DESTDIR=$root PREFIX=/usr ZSH_COMPLETIONS=share/zsh/vendor-completions scripts/install.sh "$binary" >&2

doc=$root/usr/share/doc/zkops
mkdir -p "$doc"
license() { sed -e 's/^[[:space:]]*$/./' -e 's/^/ /' "$1"; }
{
    cat <<END
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: zkops
Comment: The binary has the runtime libraries of Swift in it, and the Swift packages that are named here.

Files: *
Copyright: the authors of zkops
License: Apache-2.0

Files: swift-runtime swift-argument-parser
Copyright: Apple Inc. and the Swift project authors
License: Apache-2.0 with Runtime Library Exception

Files: yams
Copyright: 2016 JP Simard
License: Expat

Files: libyaml
Copyright: 2006-2016 Kirill Simonov, 2017-2020 Ingy dot Net
License: Expat
Comment: Yams brings it along, changed.

License: Apache-2.0
 On Debian systems the text is in /usr/share/common-licenses/Apache-2.0.

License: Apache-2.0 with Runtime Library Exception
 On Debian systems the text of the Apache License is in /usr/share/common-licenses/Apache-2.0.
 .
END
    sed -n '/^## Runtime Library Exception/,$p' .build/checkouts/swift-argument-parser/LICENSE.txt | license /dev/stdin
    printf '\nLicense: Expat\n'
    sed -n '/^Permission is hereby/,$p' .build/checkouts/Yams/LICENSE | license /dev/stdin
} >"$doc/copyright"
{
    printf 'zkops (%s) unstable; urgency=medium\n\n  * Built from commit %s.\n\n' "$version" "$(git rev-parse --short=12 HEAD)"
    printf ' -- %s  %s\n' "$maintainer" "$(date -u -R -d "@$SOURCE_DATE_EPOCH")"
} | gzip -9n >"$doc/changelog.gz"

# Yams has a libyaml of its own inside, with changes that Debian's lacks.
mkdir -p "$root/usr/share/lintian/overrides"
echo 'zkops: embedded-library libyaml *' >"$root/usr/share/lintian/overrides/zkops"

# What the binary links to, with the versions that its symbols need; dpkg-shlibdeps reads a source package's control file.
mkdir -p "$work/source/debian" "$root/DEBIAN"
printf 'Source: zkops\n\nPackage: zkops\nArchitecture: any\n' >"$work/source/debian/control"
depends=$(cd "$work/source" && dpkg-shlibdeps -O "$root/usr/bin/zkops" | sed -n 's/^shlibs:Depends=//p')

cat >"$root/DEBIAN/control" <<END
Package: zkops
Version: $version
Architecture: $architecture
Maintainer: $maintainer
Installed-Size: $(du -k --apparent-size -s "$root/usr" | cut -f1)
Depends: $depends
Recommends: openssh-client
Suggests: default-jre-headless, openssh-server, python3-pip, zookeeper
Section: admin
Priority: optional
Description: plans, verifies and carries out work on ZooKeeper ensembles
 A plan says which servers of an ensemble stop, change and start, and what must
 hold in between. It is verified offline over every order of elections and
 crashes, previewed as diffs, and carried out over SSH, journaled, so that it
 can be resumed and rolled back.
 .
 The lab, which raises real ensembles on loopback, needs the suggested packages.
END
(cd "$root" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum >DEBIAN/md5sums)

mkdir -p "$folder"
package=$folder/zkops_${version}_$architecture.deb
dpkg-deb --root-owner-group -Zxz --build "$root" "$package" >&2
echo "$package"
