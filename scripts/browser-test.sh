#!/bin/bash
# Tries report pages in headless Chromium: those of Tests/Golden, or those that are named. What it needs of PyPI goes to .build/browser-test.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/install-packages.sh chromium python3-venv
place=.build/browser-test
wanted='playwright==1.65.2 axe-core-python==0.1.0'
if [ "$(cat "$place/installed" 2>/dev/null)" != "$wanted" ]; then
    rm -rf "$place"
    /usr/bin/python3 -m venv "$place"
    # shellcheck disable=SC2086 # two words
    "$place/bin/pip" install --quiet --disable-pip-version-check $wanted
    echo "$wanted" >"$place/installed"
fi
[ $# -gt 0 ] || set -- Tests/Golden/TerminalUI/*.html
exec "$place/bin/python" scripts/browser-test.py "$@"
