#!/usr/bin/env bash
# Lists the files of the demo that the user should open.
set -euo pipefail
. "$(dirname "$0")/common.sh"

sheet="$(find build/demo/run/samples -name '*.png' | sort | tail -n 1)"
translated="$(find build/demo/translated -name '*.png' | sort | head -n 3)"
[ -f build/demo/report/index.html ] && [ -n "$sheet" ] && [ -n "$translated" ] \
  || stop "The demo did not write all its files: look at build/demo"
say "Open these:"
printf '  %s\n' "$PWD/build/demo/report/index.html  (kept and rejected samples, with the reasons)" \
  "$PWD/build/demo/run/index.html  (the training: losses, distances, test images)" \
  "$PWD/$sheet  (the newest sample sheet: inputs and translations)" >&2
sed "s|^|  $PWD/|" <<< "$translated" >&2
