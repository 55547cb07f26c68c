#!/bin/bash
# Runs the demo in a terminal (tmux), takes the frame in the middle of applying as docs/demo.svg, and puts how the demo ended
# into README.md, below its mark. Everything that they show was printed by the run.
set -euo pipefail
cd "$(dirname "$0")/.."

for program in tmux python3; do
    command -v "$program" >/dev/null || { echo "$0 needs $program" >&2; exit 69; }
done
work=$(mktemp -d "${TMPDIR:-/tmp}/zkops-record.XXXXXX")
session=zkops-record-$$
export LC_ALL=C.UTF-8

tmux() { command tmux -u -L "$session" "$@"; }
finish() {
    tmux kill-server 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT

tmux -f /dev/null new-session -d -x 104 -y 40 -s demo "sleep 1000"
tmux set-option -g remain-on-exit on
tmux set-option -g history-limit 5000
tmux respawn-pane -k -t demo "scripts/demo.sh"

# Says so when the demo has ended. How it ended shows in what it printed, since tmux does not always learn the exit code.
ended() { tmux display-message -p -t demo '#{?pane_dead,ended,}'; }
# The second server moves over, and something is being waited for.
until tmux capture-pane -p -t demo | tee "$work/frame" | grep -q '▸ 8 ' && grep -q 'waiting: ' "$work/frame"; do
    if [ -n "$(ended)" ]; then
        tmux capture-pane -p -t demo >&2
        echo "the demo ended before there was anything to see" >&2
        exit 1
    fi
    sleep 0.05
done
# Without the end of the preview, which has not scrolled away yet.
tmux capture-pane -p -e -t demo | sed -n '/ run demo-/,$p' >"$work/frame"
until [ -n "$(ended)" ]; do sleep 0.5; done
tmux capture-pane -p -J -S - -t demo >"$work/all"
grep -q '^The run took ' "$work/all" || { tail -20 "$work/all" >&2; exit 1; }

python3 scripts/terminal-to-svg.py <"$work/frame" >"$work/demo.svg"
python3 - "$work/all" README.md <<'END'
import re, sys
shown, readme = (open(name, encoding="utf-8").read() for name in sys.argv[1:])
lines = [line.rstrip() for line in shown.splitlines()]
first = next(n for n, line in enumerate(lines) if re.match(r"\S+ succeeded in ", line))
wanted = re.compile(r"succeeded in |.*: a quorum serves|the same: ")
end = "\n".join(line for n, line in enumerate(lines) if n == first or n > first and wanted.match(line))
assert end.count("\n") == 2, "the run did not end as it should: " + end
mark = "<!-- printed by scripts/record-demo.sh -->\n"
block = re.compile(re.escape(mark) + r"```.*?```", re.S)
assert block.search(readme), "README.md has no mark"
open(sys.argv[2], "w", encoding="utf-8").write(block.sub(lambda _: f"{mark}```\n{end}\n```", readme))
END
mv "$work/demo.svg" docs/demo.svg
echo "docs/demo.svg and README.md show this run"
