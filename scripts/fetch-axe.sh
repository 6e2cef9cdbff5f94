#!/usr/bin/env bash
# Downloads axe-core (MPL-2.0), which the browser tests use to check accessibility, to .build/axe.min.js.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
pip3 download --quiet --no-deps --dest "$folder" axe-playwright-python==0.1.8 2> "$folder/log" || {
  cat "$folder/log" >&2
  exit 1
}
mkdir -p .build
unzip -p "$folder"/axe_playwright_python-*.whl axe_playwright_python/axe.min.js > .build/axe.min.js
