#!/usr/bin/env bash
# Prints 1 if pip can download from PyPI, else 0; it decides whether network tests run.
set -euo pipefail
. "$(dirname "$0")/common.sh"

in_scratch
if timeout 20 pip download --quiet --no-input --no-deps --only-binary :all: --retries 0 --timeout 5 \
  --python-version 3.11 --implementation cp --abi cp311 --platform manylinux2014_x86_64 \
  --dest "$scratch" animeface==2.0.3 > /dev/null 2>&1; then
  echo 1
else
  echo 0
fi
