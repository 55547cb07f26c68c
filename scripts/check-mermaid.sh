#!/bin/bash
# Parses the pictures of previews, or of the files that are named, with Mermaid's own grammar. marimo's wheel on PyPI brings Mermaid.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/install-packages.sh nodejs python3-pip
work=$(mktemp -d "${TMPDIR:-/tmp}/zkops-mermaid.XXXXXX")
trap 'rm -rf "$work"' EXIT
/usr/bin/python3 -m pip download --quiet --no-deps --only-binary :all: -d "$work" marimo==0.25.2
python3 -m zipfile -e "$work"/marimo-*.whl "$work/wheel"

cat >"$work/parse.mjs" <<'END'
import { readFileSync, readdirSync } from 'node:fs'
const [assets, ...files] = process.argv.slice(2)
const name = readdirSync(assets).find(name => name.startsWith('ganttDiagram'))
const { diagram } = await import(`${assets}/${name}`)
const parser = diagram.parser.parser ?? diagram.parser
let [good, bad] = [0, 0]
for (const file of files) {
  for (const [, chart] of readFileSync(file, 'utf8').matchAll(/```mermaid\n([\s\S]*?)```/g)) {
    // What the grammar reports goes nowhere; only whether it takes the text counts.
    parser.yy = Object.fromEntries(Object.keys(diagram.db).map(name => [name, () => '']))
    try {
      parser.parse(chart.replace(/^---\n[\s\S]*?\n---\n/, ''))
      good += 1
    } catch (error) {
      bad += 1
      console.log(`${file}: ${error.message}`)
    }
  }
}
console.log(`${good} parsed, ${bad} refused`)
process.exit(bad > 0 || good === 0 ? 1 : 0)
END
[ $# -gt 0 ] || set -- examples/*/preview.md Tests/Golden/TerminalUI/preview.md
node "$work/parse.mjs" "$work/wheel/marimo/_static/assets" "$@"
