#!/usr/bin/env bash
# Installs the missing dependencies of Easel on Debian 12 and prints them. A second run changes nothing.
#   scripts/setup.sh                everything
#   scripts/setup.sh --train-only   the dependencies of `swift build --product easel-train`: no OpenCV, no models
#   scripts/setup.sh --package      everything, and what `make package` needs
#   scripts/setup.sh --cuda         the dependencies of `make cuda`: as --train-only, with a libtorch for NVIDIA GPUs instead of Debian's
set -euo pipefail
. "$(dirname "$0")/common.sh"

train_only=false
cuda=false
package=false
case "${1-}" in
  '') ;;
  --train-only) train_only=true ;;
  --package) package=true ;;
  --cuda) train_only=true cuda=true ;;
  *) say "usage: scripts/setup.sh [--train-only | --package | --cuda]"; exit 64 ;;
esac

command -v swift > /dev/null || stop "Swift 6.3 or newer was not found: install it as swift.org/install says \
(swiftly does it in one command), put its usr/bin on PATH, and run this again."

# The libraries of the toolchain, the C++ headers for its clang, and the build tools.
packages=(libncurses6 libsqlite3-0 libcurl4 libxml2 libc6-dev libstdc++-12-dev binutils make git ca-certificates)
packages+=(libjpeg-dev libpng-dev libwebp-dev libgif-dev libtiff-dev libheif-dev liblcms2-dev nettle-dev libjemalloc-dev)
if $cuda; then
  packages+=(unzip)
  command -v pip > /dev/null || packages+=(python3-pip)
elif [ -z "${LIBTORCH-}" ]; then
  # Headers of Gloo, with which processes exchange gradients; the library comes with libtorch.
  packages+=(libtorch-dev libgloo-dev libopenblas-dev)
fi
if ! $train_only; then
  packages+=(libopencv-core-dev libopencv-imgproc-dev libopencv-objdetect-dev libopencv-dnn-dev opencv-data)
  packages+=(libopenblas-dev libsqlite3-dev ffmpeg curl unzip)
  # The X client library of easel capture, and the virtual display of its tests.
  packages+=(libxcb1-dev xvfb)
  # pip is only used to download from PyPI.
  command -v pip > /dev/null || packages+=(python3-pip)
fi
# The static Foundation is linked with libcurl and libxml2.
if $package; then packages+=(dpkg-dev libcurl4-openssl-dev libxml2-dev); fi

# install PACKAGE...: installs with apt, quietly; the log is shown if it fails.
install() {
  command -v apt-get > /dev/null || stop "This machine has no apt-get; install the contents of these Debian packages: $*"
  local root=() log
  if [ "$(id -u)" != 0 ]; then
    command -v sudo > /dev/null || stop "Run this as root, or install: apt-get install $*"
    root=(sudo)
  fi
  mkdir -p "$cache"
  log="$cache/apt.log"
  say "Installing from Debian: $*"
  {
    "${root[@]}" apt-get update -qq \
      && "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
  } > "$log" 2>&1 || {
    tail -n 5 "$log" >&2
    stop "apt-get failed; the whole log is in $log"
  }
}

# The packages that are not installed.
missing="$(comm -13 \
  <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' 2> /dev/null | sed -n 's/^installed //p' | sort -u) \
  <(printf '%s\n' "${packages[@]}" | sort -u))"
# shellcheck disable=SC2086
[ -z "$missing" ] || install $missing

version="$(swift --version 2> /dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)"
[ "$(printf '%s\n' 6.3 "${version:-0}" | sort -V | head -n 1)" = 6.3 ] \
  || stop "Easel needs Swift 6.3 or newer, and $(command -v swift) is ${version:-not usable}: see swift.org/install."

# The anime face detector: a library in a wheel, which is opened at run time. Easel's model list contains the same digests.
library="$cache/models/libnvxs-07331812.so.0.0.0"
digest=a0bcc9efa3df3aa6e9f6f3f762ac4d2911e52e2b6b1d25668dc130d48054be64
if ! $train_only && ! has_digest "$library" $digest; then
  say "Downloading from PyPI: animeface 2.0.3 (finds anime faces)"
  in_scratch
  mkdir -p "${library%/*}"
  if wheel animeface 2.0.3 9f3710bb44a5d9181e7ac2611835ccb761521e329ed73513f6f1fc29194ae6cc \
    --python-version 3.11 --implementation cp --abi cp311 --platform manylinux2014_x86_64; then
    unzip -p "$wheel" "animeface.libs/${library##*/}" > "$scratch/library"
    keep "$scratch/library" $digest "$library"
  else
    say "Easel works without it, but finds fewer anime faces; to get it later: easel models fetch animeface"
  fi
fi

if $cuda; then scripts/cuda.sh; fi
