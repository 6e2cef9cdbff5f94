#!/usr/bin/env bash
# Names the files of the demo that a person should open.
set -euo pipefail
. "$(dirname "$0")/common.sh"

sheet="$(find build/demo/run/samples -name '*.png' | sort | tail -n 1)"
translated="$(find build/demo/translated -name '*.png' | sort | head -n 3)"
[ -f build/demo/report/index.html ] && [ -n "$sheet" ] && [ -n "$translated" ] \
  || stop "The demo did not make what it should have: look at build/demo"
say "Open these:"
printf '  %s\n' "$PWD/build/demo/report/index.html  (what was kept, what was left out, and why)" \
  "$PWD/$sheet  (the newest sample sheet: photographs, drawings, and what the networks make of them)" >&2
sed "s|^|  $PWD/|" <<< "$translated" >&2
