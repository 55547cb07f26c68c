#!/usr/bin/env python3
"""Draws what a terminal shows, `tmux capture-pane -p -e` on standard input, as an SVG that needs nothing but itself.

It has a dark background of its own, so that it can be read on light and dark pages. Every run of characters is put in
its column, so that no font moves it.
"""
import re
import sys
from html import escape

WIDTH, HEIGHT, MARGIN = 8.4, 18, 14
COLOURS = {31: "red", 32: "green", 33: "yellow", 34: "blue", 35: "magenta", 36: "cyan"}
STYLE = """
text { font: 14px ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; fill: #d8dee9; white-space: pre; }
.bold { font-weight: bold; fill: #ffffff; } .faint { fill: #8a94a6; }
.red { fill: #ff7b72; } .green { fill: #7ee787; } .yellow { fill: #e3b341; }
.blue { fill: #79c0ff; } .magenta { fill: #d2a8ff; } .cyan { fill: #56d4dd; }
"""


def pieces(line, state):
    """The line's runs of one look: (column, text, classes). `state` outlives the line, as it does on a terminal."""
    column = 0
    for part in re.split(r"(\x1b\[[0-9;]*m)", line):
        codes = re.fullmatch(r"\x1b\[([0-9;]*)m", part)
        if codes:
            for code in (int(number or 0) for number in codes[1].split(";")):
                if code == 0:
                    state.clear()
                elif code in (1, 2):
                    state["weight"] = {1: "bold", 2: "faint"}[code]
                elif code == 22:
                    state.pop("weight", None)
                elif code in COLOURS:
                    state["colour"] = COLOURS[code]
                elif code == 39:
                    state.pop("colour", None)
        else:
            # Runs of spaces only move what follows.
            for run in re.finditer(r"\S+(?: \S+)*", part):
                yield column + run.start(), run[0], " ".join(state.values())
            column += len(part)


def main():
    lines = sys.stdin.read().split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    columns = max(len(re.sub(r"\x1b\[[0-9;]*m", "", line)) for line in lines)
    width, height = columns * WIDTH + 2 * MARGIN, len(lines) * HEIGHT + 2 * MARGIN
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}">')
    print(f"<style>{STYLE}</style>")
    print('<rect width="100%" height="100%" rx="8" fill="#161b22"/>')
    state = {}
    for row, line in enumerate(lines):
        for column, text, look in pieces(line, state):
            x, y = MARGIN + column * WIDTH, MARGIN + (row + 0.75) * HEIGHT
            style = f' class="{look}"' if look else ""
            print(f'<text x="{x:g}" y="{y:g}" textLength="{len(text) * WIDTH:g}"{style}>{escape(text)}</text>')
    print("</svg>")


if __name__ == "__main__":
    main()
