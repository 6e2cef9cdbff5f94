#!/usr/bin/env bash
# Downloads the sample input of `make demo` from Debian and PyPI to build/samples; docs/samples.md describes it.
set -euo pipefail
. "$(dirname "$0")/common.sh"

samples=build/samples
done_mark="$samples/.complete-1"
[ -f "$done_mark" ] && exit 0
in_scratch
new="$scratch/samples"
mkdir -p "$new"/{photos,sprites,screenshots,backgrounds,video}

# deb PACKAGE VERSION SHA256: unpacks a Debian package to $scratch/root without installing it.
deb() {
  local file="$cache/debs/$1_${2}_all.deb"
  if ! has_digest "$file" "$3"; then
    mkdir -p "$cache/debs" "$scratch/debs"
    say "Downloading from Debian: $1 $2"
    apt_download "$1=$2" || stop "apt-get could not download $1 $2: $(tail -n 1 "$scratch/apt.log")"
    keep "$scratch/debs/${file##*/}" "$3" "$file"
  fi
  dpkg-deb -x "$file" "$scratch/root"
}

# apt_download PACKAGE=VERSION: downloads as root, because apt's sandbox user cannot write to this folder.
apt_download() {
  (cd "$scratch/debs" && apt-get download -qq -o APT::Sandbox::User=root "$1") > "$scratch/apt.log" 2>&1
}

deb renpy-thequestion 8.0.3+dfsg-1 aee15e3230dd4ea84295ffc98e2793ad9dd48780991b6a0e8a8db47fda1b0bfa
deb renpy-demo 8.0.3+dfsg-1 b7599368598cd7a96e89772d48d7c89327fcc8d4490e0760eceda0bd792025d5
games="$scratch/root/usr/share/games/renpy"
cp "$games"/the_question/game/images/sylvie*.png "$games"/demo/game/images/{eileen,lucy}*.png "$new/sprites"
cp "$games"/demo/game/images/concert*.png "$new/screenshots"
cp "$games"/the_question/game/images/bg*.jpg "$games"/demo/game/images/bg*.{jpg,webp} "$new/backgrounds"
cp "$games"/demo/game/oa4_launch.webm "$new/video"

[ -f "$cache/wheels/pyvision_toolkit-1.3.6.whl" ] || say "Downloading from PyPI: pyvision_toolkit 1.3.6"
wheel pyvision_toolkit 1.3.6 216587b4d9ce273a5eca99fbdd4b03d2ff0300244d3b03a6e00200eba86b40ae || exit 1
unzip -q -j "$wheel" 'pyvision/data/csuScrapShots/*.pgm' -d "$scratch/shots"
# The first five digits of the file name are the person; two images of each are used, so that no person dominates.
find "$scratch/shots" -name '*.pgm' | sort | awk -F/ 'seen[substr($NF, 1, 5)]++ < 2' \
  | xargs -d '\n' cp -t "$new/photos"

cp docs/samples.md "$new/LICENSES.md"
touch "$new/${done_mark##*/}"
rm -rf "$samples" "$samples.part"
mkdir -p "${samples%/*}"
cp -r "$new" "$samples.part"
mv "$samples.part" "$samples"
say "Sample input in $samples: $(find "$samples/photos" -type f | wc -l) photos, \
$(find "$samples/sprites" -type f | wc -l) sprites, $(find "$samples/screenshots" -type f | wc -l) illustrations, one video"
