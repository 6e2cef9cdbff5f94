#!/usr/bin/env bash
# Trains on several datasets and measures each run on the same test images: does curating help? Builds and downloads nothing.
#
#   Benchmarks/gpu/curating.sh BUNDLE DATASETS OUT
#
# BUNDLE is a folder of scripts/bundle.sh. DATASETS contains one dataset in each folder, with trainA, trainB, testA and testB. OUT
# receives curating.md, curating.jsonl, and sheets.tar with the last sample sheet and the log of each run.
#
# CURATING_RUNS="raw:1 curated:1" are the runs, each a dataset and a seed; CURATING_TESTS="raw curated" the datasets whose test images
# are used (default: all); CURATING_SECONDS=75 the time of each run; CURATING_SIDE=128, CURATING_BATCH=4 and CURATING_DEVICE=cuda. All runs make the
# same number of steps. CURATING_FEATURES is an efficientnet-lite0 weights file.
set -uo pipefail

[ $# = 3 ] || { echo "usage: curating.sh BUNDLE DATASETS OUT" >&2; exit 64; }
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
mkdir -p "$3" || exit 1
train="$(cd "$1" && pwd)/train.sh" && datasets="$(cd "$2" && pwd)" && out="$(cd "$3" && pwd)" || exit 1
all="$(cd "$datasets" && ls -d */ | sed 's|/$||')"
seconds="${CURATING_SECONDS:-75}" side="${CURATING_SIDE:-128}" batch="${CURATING_BATCH:-4}" device="${CURATING_DEVICE:-cuda}"
runs="${CURATING_RUNS:-$(for seed in 1 2; do for name in $all; do echo "$name:$seed"; done; done)}"
tests="${CURATING_TESTS:-$all}"
width=() features=()
[ -z "${CURATING_WIDTH-}" ] || width=(--width "$CURATING_WIDTH")
[ -z "${CURATING_FEATURES-}" ] || features=(--features "efficientnet-lite0=$CURATING_FEATURES")
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export PYTHONDONTWRITEBYTECODE=1

# The number of steps that fit, the same for all runs; a tenth of the time is left for checkpoints and measurements.
"$train" benchmark --device "$device" --model ugatit-light --size "$side" --batch "$batch" --precision bf16 --steps 20 --json \
  ${width[@]+"${width[@]}"} > "$work/benchmark.jsonl" || exit 1
steps="$(python3 - "$work/benchmark.jsonl" "$seconds" << 'PYTHON'
import json, sys
row = json.loads(open(sys.argv[1]).readline())
print(max(4, int(0.9 * (float(sys.argv[2]) - 12) / row["seconds"]) // 4 * 4))
PYTHON
)" || exit 1
echo "$(cut -c 1-200 "$work/benchmark.jsonl")"
echo "$steps steps in each run"

settings=(--size "$side" --model ugatit-light --device "$device" --precision bf16 --set "train.batch=$batch" --set train.keep=10
  --set "train.save-every=$((steps / 4))" --set "train.sample-every=$steps")
[ -z "${CURATING_WIDTH-}" ] || settings+=(--set "train.width=$CURATING_WIDTH")
[ -z "${CURATING_FEATURES-}" ] || settings+=(--set "train.features=efficientnet-lite0=$CURATING_FEATURES")
: > "$out/curating.jsonl"
for run in $runs; do
  name="${run%:*}" seed="${run#*:}" start=$SECONDS
  # SIGINT ends a run that takes much longer than planned, after a checkpoint.
  timeout --foreground -s INT -k 30 $((seconds + 30)) "$train" train "$datasets/$name" --to "$work/$name-$seed" "${settings[@]}" \
    --set "train.seed=$seed" --steps "$steps" < /dev/null > "$work/$name-$seed.log" 2>&1
  echo "trained on $name with seed $seed: status $?, $((SECONDS - start)) s"
  [ -d "$work/$name-$seed/checkpoints" ] || tail -n 3 "$work/$name-$seed.log"
  for test in $tests; do
    start=$SECONDS
    timeout -k 5 120 "$train" evaluate "$datasets/$test" --run "$work/$name-$seed" --step all --device "$device" --json \
      ${features[@]+"${features[@]}"} 2> "$work/evaluate.log" < /dev/null \
      | python3 -c '
import json, sys
for line in sys.stdin:
    print(json.dumps({"dataset": sys.argv[1], "seed": int(sys.argv[2]), "test": sys.argv[3], **json.loads(line)}))' \
        "$name" "$seed" "$test" >> "$out/curating.jsonl" || tail -n 3 "$work/evaluate.log"
    echo "measured $name-$seed on $test: $((SECONDS - start)) s"
  done
  rm -rf "$work/$name-$seed/checkpoints"
  python3 "$here/curating.py" "$work" "$out" || true
done
cat "$out/curating.md"
