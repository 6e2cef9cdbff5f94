#!/usr/bin/env bash
# Checks that a program does not itself link the other program's engine:
#   scripts/engines.sh PROGRAM PATTERN   fails where a library of the debug build's program matches the pattern
set -euo pipefail
. "$(dirname "$0")/common.sh"

needed="$(readelf --dynamic ".build/debug/$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')"
[ -n "$needed" ] || stop ".build/debug/$1 lists no libraries"
if foreign="$(grep -E "^($2)" <<< "$needed")"; then
  stop "$1 links" $foreign", which belongs to the other program"
fi
