#!/usr/bin/env bash
# Runs swift build with the given arguments, quietly; the output is shown only if the build fails.
set -euo pipefail
. "$(dirname "$0")/common.sh"

in_scratch
swift build --quiet "$@" > "$scratch/build.log" 2>&1 || {
  grep -E 'error|warning' "$scratch/build.log" | sort -u >&2 || cat "$scratch/build.log" >&2
  stop "The build failed: swift build $*"
}
