# Functions that control a headless Chromium by the DevTools protocol over two pipes; sourced by scripts that make screenshots.

# browser_start FOLDER WIDTH HEIGHT: starts Chromium with one empty page; its profile and pipes are in FOLDER.
browser_start() {
  mkdir -p "$1"
  mkfifo "$1/in" "$1/out"
  exec 7<> "$1/in" 8<> "$1/out"
  chromium --headless --no-sandbox --disable-gpu --no-first-run --hide-scrollbars --force-color-profile=srgb \
    --remote-debugging-pipe --user-data-dir="$1/profile" about:blank 3< "$1/in" 4> "$1/out" > /dev/null 2>&1 &
  browser=$!
  browser_count=0
  browser_session=
  devtools Target.createTarget '{"url":"about:blank"}'
  devtools Target.attachToTarget "{\"targetId\":\"$(field targetId)\",\"flatten\":true}"
  browser_session="$(field sessionId)"
  devtools Emulation.setDeviceMetricsOverride "{\"width\":$2,\"height\":$3,\"deviceScaleFactor\":1,\"mobile\":false}"
}

browser_stop() {
  kill "$browser" 2> /dev/null || true
  wait "$browser" 2> /dev/null || true
}

# devtools METHOD PARAMETERS: sends a command, and sets $answer to its response.
devtools() {
  browser_count=$((browser_count + 1))
  printf '{"id":%d,"method":"%s","params":%s%s}\0' "$browser_count" "$1" "$2" \
    "${browser_session:+,\"sessionId\":\"$browser_session\"}" >&7
  while IFS= read -r -d '' -t 60 answer <&8; do
    case "$answer" in "{\"id\":$browser_count,"*) return ;; esac
  done
  stop "Chromium does not answer $1"
}

# field NAME: a text of the last response.
field() {
  local rest="${answer#*\"$1\":\"}"
  printf '%s' "${rest%%\"*}"
}

# evaluate SCRIPT: runs JavaScript in the page; it must not contain double quotes or backslashes.
evaluate() {
  devtools Runtime.evaluate "{\"expression\":\"$1\",\"returnByValue\":true,\"awaitPromise\":true}"
  case "$answer" in *'"exceptionDetails"'*) stop "The page cannot run: $1" ;; esac
}

# wait_until CONDITION: waits until the JavaScript condition holds in the page.
wait_until() {
  local end=$((SECONDS + 60))
  until evaluate "!!($1)" && case "$answer" in *'"value":true'*) true ;; *) false ;; esac; do
    [ $SECONDS -lt $end ] || stop "The page never came to: $1"
    sleep 0.1
  done
}

# painted SELECTOR: waits until the images on the screen that SELECTOR finds are decoded and painted.
painted() {
  local seen="[...document.querySelectorAll('$1')].filter((i) => i.offsetHeight && i.getBoundingClientRect().top < innerHeight)"
  wait_until "$seen.length && $seen.every((i) => i.complete && i.naturalWidth)"
  evaluate "Promise.all($seen.map((i) => i.decode())).then(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))).then(() => 1)"
}

# screenshot FILE: writes what the page shows as a PNG file.
screenshot() {
  devtools Page.captureScreenshot '{"format":"png"}'
  field data | base64 -d > "$1"
}
