#!/usr/bin/env bash
# Trains on several datasets and measures each run on the same test images: does curating help? Builds and downloads nothing.
#
#   Benchmarks/gpu/curating.sh BUNDLE DATASETS OUT
#
# BUNDLE is a folder of scripts/bundle.sh. DATASETS contains one dataset in each folder, with trainA, trainB, testA and testB. OUT
# receives curating.md, curating.jsonl, and sheets.tar with the last sample sheet and the log of each run.
#
# CURATING_RUNS="raw:1 curated:1" are the runs, each a dataset and a seed; CURATING_TESTS="raw curated" the datasets whose test images
# are used (default: all); CURATING_SIDE=128, CURATING_BATCH=4 and CURATING_DEVICE=cuda. CURATING_FEATURES is an efficientnet-lite0
# weights file.
#
# CURATING_SECONDS=600 is the time of everything. All runs make the same number of steps: as many as fit, or CURATING_STEPS.
# CURATING_JOBS=1 is the number of runs that share the device. NVIDIA's MPS, if it is installed, lets them compute at the same time.
# CURATING_PARTS=4 is the number of checkpoints of a run.
set -uo pipefail

[ $# = 3 ] || { echo "usage: curating.sh BUNDLE DATASETS OUT" >&2; exit 64; }
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
mkdir -p "$3" || exit 1
train="$(cd "$1" && pwd)/train.sh" && datasets="$(cd "$2" && pwd)" && out="$(cd "$3" && pwd)" || exit 1
all="$(cd "$datasets" && ls -d */ | sed 's|/$||')"
seconds="${CURATING_SECONDS:-600}" side="${CURATING_SIDE:-128}" batch="${CURATING_BATCH:-4}" device="${CURATING_DEVICE:-cuda}"
jobs="${CURATING_JOBS:-1}" parts="${CURATING_PARTS:-4}"
runs="${CURATING_RUNS:-$(for seed in 1 2; do for name in $all; do echo "$name:$seed"; done; done)}"
tests="${CURATING_TESTS:-$all}"
width=() features=()
[ -z "${CURATING_WIDTH-}" ] || width=(--width "$CURATING_WIDTH")
[ -z "${CURATING_FEATURES-}" ] || features=(--features "efficientnet-lite0=$CURATING_FEATURES")
work="$(mktemp -d)"
# Runs that share a machine share its cores. With 16 threads each, eight runs on 16 cores took two to four times their benchmark's time.
threads=(--jobs "$(($(nproc) / jobs > 0 ? $(nproc) / jobs : 1))")
export PYTHONDONTWRITEBYTECODE=1

finish() {
  trap - EXIT
  [ -z "${CUDA_MPS_PIPE_DIRECTORY-}" ] || echo quit | nvidia-cuda-mps-control > /dev/null 2>&1
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

# benchmarks NUMBER: the seconds that NUMBER processes, which train at the same time, need for one step of each; empty if one fails.
benchmarks() {
  local job
  for job in $(seq "$1"); do
    timeout -k 5 90 "$train" benchmark --device "$device" --model ugatit-light --size "$side" --batch "$batch" --precision bf16 \
      --steps "${CURATING_TIMED:-200}" --json "${threads[@]}" ${width[@]+"${width[@]}"} > "$work/benchmark-$job.jsonl" 2> "$work/benchmark-$job.log" &
  done
  wait
  python3 - "$work" "$1" << 'PYTHON' 2> /dev/null
import json, pathlib, sys
work, jobs = pathlib.Path(sys.argv[1]), int(sys.argv[2])
print(max(json.loads((work / f"benchmark-{job}.jsonl").read_text().splitlines()[0])["seconds"] for job in range(1, jobs + 1)))
PYTHON
}

if [ "$jobs" -gt 1 ] && [ "$device" != cpu ] && command -v nvidia-cuda-mps-control > /dev/null; then
  export CUDA_MPS_PIPE_DIRECTORY="$work/mps" CUDA_MPS_LOG_DIRECTORY="$work/mps-log"
  mkdir -p "$CUDA_MPS_PIPE_DIRECTORY" "$CUDA_MPS_LOG_DIRECTORY"
  if nvidia-cuda-mps-control -d && timeout 60 "$train" check-device --list 2>&1 | grep -q cuda; then
    echo "runs compute at the same time (MPS)"
  else
    echo quit | timeout 10 nvidia-cuda-mps-control > /dev/null 2>&1
    unset CUDA_MPS_PIPE_DIRECTORY CUDA_MPS_LOG_DIRECTORY
    echo "MPS does not start here; runs take turns"
  fi
fi
steps="${CURATING_STEPS-}"
if [ -z "$steps" ]; then
  step="$(benchmarks "$jobs")"
  if [ -z "$step" ]; then
    tail -n 2 "$work"/benchmark-*.log
    exit 1
  fi
  echo "a step takes $step s in each of $jobs runs at the same time; $SECONDS s so far"
  # A fifth of the time, and 25 seconds for each group of runs, are left for starts, checkpoints and measurements.
  steps="$(python3 -c '
import sys
seconds, step, runs, jobs = float(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
groups = -(-runs // jobs)
print(max(4, int((0.8 * seconds / groups - 25) / step) // 4 * 4))' \
    $((seconds - SECONDS)) "$step" "$(wc -w <<< "$runs")" "$jobs")"
fi
echo "$steps steps in each run"

settings=(--size "$side" --model ugatit-light --device "$device" --precision bf16 --set "train.batch=$batch" --set train.keep=10
  --set "train.save-every=$((steps / parts))" --set "train.sample-every=$((steps / 2))"
  "${threads[@]}")
[ -z "${CURATING_WIDTH-}" ] || settings+=(--set "train.width=$CURATING_WIDTH")
[ -z "${CURATING_FEATURES-}" ] || settings+=(--set "train.features=efficientnet-lite0=$CURATING_FEATURES")

# one NAME:SEED: trains, then measures all its checkpoints on the test images of each dataset.
one() {
  local name="${1%:*}" seed="${1#*:}" start=$SECONDS left=$((seconds - SECONDS - 45)) status=0 test
  local run="$work/$name-$seed"
  # SIGINT ends a run that would take too long, after a checkpoint.
  timeout --foreground -s INT -k 30 "$((left > 5 ? left : 5))" "$train" train "$datasets/$name" --to "$run" "${settings[@]}" \
    --set "train.seed=$seed" --steps "$steps" < /dev/null > "$run.log" 2>&1 || status=$?
  echo "trained on $name with seed $seed: status $status, $((SECONDS - start)) s"
  [ -d "$run/checkpoints" ] || { tail -n 3 "$run.log"; return; }
  for test in $tests; do
    timeout -k 5 120 "$train" evaluate "$datasets/$test" --run "$run" --step all --device "$device" --json "${threads[@]}" \
      ${features[@]+"${features[@]}"} 2> "$run.evaluate.log" < /dev/null \
      | python3 -c '
import json, sys
for line in sys.stdin:
    print(json.dumps({"dataset": sys.argv[1], "seed": int(sys.argv[2]), "test": sys.argv[3], **json.loads(line)}))' \
        "$name" "$seed" "$test" >> "$run.jsonl" || tail -n 3 "$run.evaluate.log"
  done
  # Lines of runs that end at the same time are not mixed: each is appended at once.
  cat "$run.jsonl" >> "$out/curating.jsonl"
  rm -rf "$run/checkpoints"
  echo "measured $name with seed $seed: $((SECONDS - start)) s in all, $((seconds - SECONDS)) s left"
}

: > "$out/curating.jsonl"
for run in $runs; do
  while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do wait -n; done
  one "$run" &
done
wait
python3 "$here/curating.py" "$work" "$out"
cat "$out/curating.md"
