#!/usr/bin/env bash
# Makes the images of README.md in docs/images, from images whose licences allow it:
#   portraits  Eileen Collins (NASA) from scikit-image, Grace Hopper (US Navy) from matplotlib; both public domain
#   sprites    the Ren'Py tutorial and The Question (Expat licence), see docs/samples.md
#   scripts/pictures.sh [RUN]   RUN: the training run whose newest sample sheet is shown; build/demo/run by default
set -euo pipefail
. "$(dirname "$0")/common.sh"
. scripts/browser.sh

run="${1:-build/demo/run}"
for program in convert chromium; do
  command -v "$program" > /dev/null || stop "$program was not found: apt-get install imagemagick chromium"
done
easel="$PWD/.build/release/easel"
[ -x "$easel" ] || easel="$PWD/.build/debug/easel"
[ -x "$easel" ] || stop "Build it first: scripts/build.sh"
scripts/samples.sh
in_scratch
work="$scratch/pictures"
mkdir -p "$work"/{photos,sprites} docs/images

wheel matplotlib 3.10.0 5439f4c5a3e2e8eab18e2f8c3ef929772fd5641876db71f08127eed95ab64683 \
  --python-version 3.11 --implementation cp --abi cp311 --platform manylinux2014_x86_64 || exit 1
unzip -q -p "$wheel" matplotlib/mpl-data/sample_data/grace_hopper.jpg > "$work/photos/hopper.jpg"
wheel scikit_image 0.25.0 d4287052dcd8fe63934daa6cbe28b2abe817d75e9b952290fdb4de42254740fc \
  --python-version 3.11 --implementation cp --abi cp311 --platform manylinux2014_x86_64 || exit 1
unzip -q -p "$wheel" skimage/data/astronaut.png > "$work/photos/collins.png"
cp build/samples/sprites/*.png "$work/sprites"
cat > "$work/datasets.yaml" << 'YAML'
name: pictures
output: out
size: 256
domains:
  A: { sources: [{ photos: photos }], crop: { min-face: 48 } }
  B: { sources: [{ sprites: sprites }], crop: { min-face: 48 } }
curate: { split: { test: 1, seed: 0 } }
YAML

# square FILE OUT: scales an image to a height of 256 pixels, with a grey background.
square() {
  convert "$1" -resize x256 -gravity north -crop 256x256+0+0 +repage "$work/part.png"
  convert -size 256x256 'xc:#d5dae3' "$work/part.png" -gravity center -composite "$2"
}

(
  cd "$work"
  "$easel" crop photos --to crops --domain photo --size 256 --quiet || [ $? = 2 ]
  "$easel" crop sprites --to drawn --domain anime --size 256 --quiet || [ $? = 2 ]
  "$easel" mask crops --to cutouts --background transparent --quiet || [ $? = 2 ]
  "$easel" mask drawn --to drawn-cutouts --background transparent --quiet || [ $? = 2 ]
  "$easel" run --quiet || [ $? = 2 ]
)
sprite="$(find "$work/drawn" -name '*.png' | sort | head -n 1)"
sprite="$(basename "${sprite%.png}")"
square "$work/photos/collins.png" "$work/1.png"
square "$work/crops/collins.png" "$work/2.png"
square "$work/cutouts/collins.png" "$work/3.png"
square "$work/sprites/$sprite.png" "$work/4.png"
square "$work/drawn/$sprite.png" "$work/5.png"
square "$work/drawn-cutouts/$sprite.png" "$work/6.png"
convert -background white \( "$work/1.png" "$work/2.png" "$work/3.png" +append \) \
  \( "$work/4.png" "$work/5.png" "$work/6.png" +append \) -append -quality 88 docs/images/steps.jpg

# shot NAME: makes a screenshot of what the page shows now.
shot() {
  screenshot "$work/$1.png"
  convert "$work/$1.png" -resize 1000x -quality 82 "docs/images/$1.jpg"
}

browser_start "$scratch/browser" 1400 1000
trap 'browser_stop; kill "${server:-}" 2> /dev/null; rm -rf "$scratch"' EXIT
devtools Page.navigate "{\"url\":\"file://$work/out/report/index.html\"}"
painted img
shot report

# The review page with one sample in the close view.
(cd "$work" && exec "$easel" review --no-open) > "$work/address" &
server=$!
for _ in {1..100}; do
  [ ! -s "$work/address" ] || break
  sleep 0.2
done
devtools Emulation.setDeviceMetricsOverride '{"width":1280,"height":760,"deviceScaleFactor":1,"mobile":false}'
devtools Page.navigate "{\"url\":\"$(cat "$work/address")\"}"
painted '.cell:not([hidden]) img'
evaluate "[...document.querySelectorAll('.cell')].find((cell) => cell.title.includes('collins')).click()"
evaluate "document.querySelector('footer [data-do=open]').click()"
wait_until "document.querySelectorAll('#story li').length > 3"
wait_until "document.getElementById('overlay-picture').getAttribute('href')"
evaluate "(() => { const i = new Image(); i.src = document.getElementById('overlay-picture').getAttribute('href'); return i.decode() })()"
painted '#detail .tiles img, #detail .strip img'
shot review

# The half of the demo's sample sheet that begins with sprites; the licence of the demo's photos does not allow the other half.
sheet="$(find "$run/samples" -name '*.png' 2> /dev/null | sort | tail -n 1)"
if [ -n "$sheet" ]; then
  read -r width height < <(identify -format '%w %h\n' "$sheet")
  side=$((height / 7))
  convert "$sheet" -gravity east -crop "$((width / 2 / side * side))x$height+0+0" +repage -resize 900x -quality 82 docs/images/samples.jpg
fi
find docs/images -size +200k -print | while read -r large; do say "Larger than 200 kB: $large"; done
ls -l docs/images >&2
