#!/usr/bin/env bash
# Checks that a program does not directly link the other program's libraries:
#   scripts/engines.sh PROGRAM PATTERN   fails if a library of the debug build matches the pattern
set -euo pipefail
. "$(dirname "$0")/common.sh"

needed="$(readelf --dynamic ".build/debug/$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')"
[ -n "$needed" ] || stop ".build/debug/$1 lists no libraries"
if foreign="$(grep -E "^($2)" <<< "$needed")"; then
  stop "$1 links" $foreign", which belongs to the other program"
fi
