#!/usr/bin/env bash
# Measures Easel on a GPU, beside UGATIT-pytorch, in at most eight minutes. Builds and downloads nothing.
#
#   Benchmarks/gpu/proof.sh BUNDLE IMAGES OUT
#
# BUNDLE is a folder of scripts/bundle.sh, IMAGES one with trainA, trainB, testA and testB, OUT receives table.md, results.jsonl,
# sample sheets and logs. The Python on PATH needs torch with CUDA. Parts, each of which may fail without ending the others:
#   a  check-device: the card computes what the processor and the published programs compute
#   b  benchmark: time of a step by model, side, batch and precision, with and without a CUDA graph
#   c  UGATIT-pytorch's own step on the same card and images
#   d  three minutes of training at 256 pixels, measured after each minute
#   e  resuming that training
#
# PROOF_PARTS="a b" runs some parts, PROOF_MINUTES=3 is the time of the training, PROOF_TOTAL=450 the seconds of everything.
# PROOF_REFERENCE is a folder with train3_ugatit.safetensors and train3_p2c.safetensors, PROOF_UGATIT a checkout of UGATIT-pytorch,
# PROOF_FEATURES an efficientnet-lite0 weights file for KID. PROOF_TINY=1 tries the script on a machine without a GPU.
set -uo pipefail

[ $# = 3 ] || { echo "usage: proof.sh BUNDLE IMAGES OUT" >&2; exit 64; }
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
mkdir -p "$3" || exit 1
bundle="$(cd "$1" && pwd)" && images="$(cd "$2" && pwd)" && out="$(cd "$3" && pwd)" || exit 1
parts="${PROOF_PARTS:-a b c d e}"
total="${PROOF_TOTAL:-450}"
work="$(mktemp -d)"
train="$bundle/train.sh"
touch "$work"/{check,benchmark,published,evaluate,parts}.jsonl
export PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1

if [ -n "${PROOF_TINY-}" ]; then
  export OMP_NUM_THREADS=1
  device=cpu side=96 timed=2 evaluating=(--jobs 1)
  small=(--width 4 --jobs 1) check=(--model ugatit-light --steps 3) settings=(--set train.width=4 --jobs 1)
  published=(--width 4 --steps 2 --warmup 1)
  minutes="${PROOF_MINUTES:-0.4}"
else
  device=cuda side=256 timed=10 small=() check=() settings=() published=() evaluating=()
  minutes="${PROOF_MINUTES:-3}"
fi

say() { printf '%s\n' "$*"; }
left() { echo $((total - SECONDS)); }
# part NAME SECONDS FUNCTION: runs a part if it is chosen, and records its status and time.
part() {
  local name="$1" seconds="$2" start=$SECONDS status=0
  case " $parts " in *" $name "*) ;; *) return 0 ;; esac
  say "== part $name, $(left) s left"
  limit=$(($(left) < seconds ? $(left) : seconds))
  deadline=$((SECONDS + limit))
  if [ "$limit" -lt 5 ]; then status=124; else "$3" 2>&1 | tee "$work/part-$name.log"; status=${PIPESTATUS[0]}; fi
  printf '{"part": "%s", "status": %d, "seconds": %d}\n' "$name" "$status" $((SECONDS - start)) >> "$work/parts.jsonl"
  [ "$status" = 0 ] || say "part $name: status $status"
  table > /dev/null
}
remaining() { echo $((deadline > SECONDS + 2 ? deadline - SECONDS : 2)); }
table() { python3 "$here/table.py" "$work" "$out/table.md"; }

machine() {
  {
    say "$(nproc) cores: $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)"
    nvidia-smi --query-gpu=name,driver_version,memory.total,power.limit,clocks.max.sm --format=csv,noheader 2>&1 | head -n 4
    python3 --version
    python3 -c 'import torch; print("torch", torch.__version__, "CUDA", torch.version.cuda, "cuDNN", torch.backends.cudnn.version())' 2>&1 \
      | tail -n 1
    timeout 25 "$train" --version 2>&1 | tail -n 2
    timeout 25 "$train" check-device --list 2>&1 | tail -n 5
  } < /dev/null | tee "$work/machine.txt"
}

equality() {
  local reference=()
  [ -d "${PROOF_REFERENCE-}" ] && reference=(--reference "$PROOF_REFERENCE")
  timeout -k 5 "$limit" "$train" check-device --device "$device" --json ${check[@]+"${check[@]}"} ${reference[@]+"${reference[@]}"} \
    > "$work/check.jsonl"
}

# rows ARGUMENTS...: one process of the benchmark, for the time that is left; a row that does not fit is left out.
rows() {
  [ "$(remaining)" -gt 10 ] || return 0
  local status=0
  timeout -k 5 "$(remaining)" "$train" benchmark --device "$device" --steps "$timed" --seconds "$(($(remaining) - 12))" --json \
    ${small[@]+"${small[@]}"} "$@" > "$work/rows.jsonl" || status=$?
  cat "$work/rows.jsonl" >> "$work/benchmark.jsonl"
  say "$(wc -l < "$work/rows.jsonl") rows, $(remaining) s left: $*"
  [ "$status" = 0 ] || [ "$status" = 124 ] || failed=$status
}
# The most important rows come first, because the time may not be enough for all.
benchmark() {
  local failed=0 half=$((side / 2))
  [ -z "${PROOF_TINY-}" ] || half=64
  rows --model ugatit-light --size "$side" --precision bf16 --both
  rows --model ugatit-light --size "$side" --precision bf16 --batch 8
  rows --model ugatit-light --size "$side" --precision tf32 fp32 --both
  rows --model ugatit --size "$side" --precision bf16 --both
  rows --model ugatit-light --size "$half" --precision bf16 --batch 1 8
  rows --model ugatit-light --size "$side" --precision bf16 tf32 fp32 --batch 4 8
  rows --model ugatit --size "$side" --precision bf16 tf32 fp32 --batch 8 4 1
  rows --model ugatit-light --size "$half" --precision bf16 tf32 fp32 --batch 1 4 8 --both
  rows --model ugatit --size "$half" --precision bf16 tf32 fp32 --batch 1 4 8
  [ -s "$work/benchmark.jsonl" ] || failed=1
  return "$failed"
}

published() {
  if [ ! -f "${PROOF_UGATIT-}/UGATIT.py" ]; then say "PROOF_UGATIT is not a checkout of UGATIT-pytorch"; return 1; fi
  local status=0 run
  for run in "--model light --batch 1 --benchmark off on" "--model light --batch 4 --benchmark on" \
    "--model full --batch 1 --benchmark on"; do
    [ "$(remaining)" -gt 8 ] || break
    # shellcheck disable=SC2086
    timeout -k 5 "$(remaining)" python3 "$here/published.py" "$PROOF_UGATIT" "$images" --device "$device" --size "$side" \
      ${published[@]+"${published[@]}"} $run > "$work/rows.jsonl" || { [ $? = 124 ] || status=1; }
    cat "$work/rows.jsonl" >> "$work/published.jsonl"
    say "$(wc -l < "$work/rows.jsonl") rows, $(remaining) s left: $run"
  done
  [ -s "$work/published.jsonl" ] || status=1
  return "$status"
}

# The measured milliseconds of a bf16 step, or 20.
milliseconds() {
  python3 - "$work/benchmark.jsonl" "$side" << 'PYTHON' 2> /dev/null || echo 20
import json, sys
rows = [json.loads(line) for line in open(sys.argv[1]) if line.strip()]
times = [row["seconds"] for row in rows if row.get("seconds") and row["model"] == "ugatit-light" and row["batch"] == 1
         and row["side"] == int(sys.argv[2]) and row["precision"] == "bf16"]
print(max(1, round(min(times) * 1000)))
PYTHON
}

run="$work/run"

training() {
  local seconds every status=0 features=() milliseconds
  milliseconds="$(milliseconds)"
  seconds="$(python3 -c "print(round($minutes * 60))")"
  every=$((seconds * 1000 / 3 / milliseconds))
  [ "$every" -ge 2 ] || every=2
  say "training for $seconds s, a checkpoint every $every steps ($milliseconds ms a step)"
  # The state at 0 minutes: one step.
  limited $(($(remaining) < 60 ? $(remaining) : 60)) --steps 1 --set "train.save-every=$every" --set "train.sample-every=$every" > "$work/train.log" 2>&1 || status=$?
  [ "$status" = 0 ] || { tail -n 5 "$work/train.log"; return "$status"; }
  # Time is kept for the measurements and for part e.
  [ $((deadline - SECONDS - 45)) -ge "$seconds" ] || seconds=$((deadline - SECONDS - 45))
  [ "$seconds" -gt 5 ] || seconds=5
  local begin=$SECONDS
  limited $((seconds + 5)) --steps 100000 --set "train.save-every=$every" --set "train.sample-every=$every" \
    >> "$work/train.log" 2>&1
  status=$?
  say "trained for $((SECONDS - begin)) s with the start and the last checkpoint, status $status"
  # 124: stopped by the time limit, as intended; 130: stopped by SIGINT.
  case "$status" in 0 | 124 | 130) status=0 ;; *) tail -n 5 "$work/train.log" ;; esac
  ls "$run/checkpoints"
  [ -f "${PROOF_FEATURES-}" ] && features=(--features "efficientnet-lite0=$PROOF_FEATURES")
  timeout -k 5 $(($(remaining) + 15)) "$train" evaluate "$images" --run "$run" --step all --device "$device" --json --limit 50 \
    ${evaluating[@]+"${evaluating[@]}"} ${features[@]+"${features[@]}"} > "$work/evaluate.jsonl" 2> "$work/evaluate.log" || { status=$?; tail -n 3 "$work/evaluate.log"; }
  return "$status"
}
# limited SECONDS ARGUMENTS...: trains, and stops it with SIGINT, after which it saves its last step. With --foreground it gets one
# SIGINT; two would end it at once.
limited() {
  local seconds="$1"
  shift
  timeout --foreground -s INT -k 45 "$seconds" "$train" train "$images" --to "$run" --size "$side" --model ugatit-light --device "$device" \
    --precision bf16 ${settings[@]+"${settings[@]}"} --set train.keep=10 "$@" < /dev/null
}

resume() {
  local done_ more=100
  [ -z "${PROOF_TINY-}" ] || more=3
  done_="$(ls "$run/checkpoints" | sed -n 's/^step-0*\([0-9][0-9]*\)\.safetensors$/\1/p' | sort -n | tail -n 1)"
  [ -n "$done_" ] || { say "there is no checkpoint to resume from"; return 1; }
  say "resuming at step $done_, for $more more"
  timeout --foreground -s INT -k 20 "$limit" "$train" train "$images" --to "$run" --size "$side" --model ugatit-light --device "$device" \
    --precision bf16 ${settings[@]+"${settings[@]}"} --set train.keep=10 --set train.decay=false --steps $((done_ + more)) \
    < /dev/null > "$work/resume.log" 2>&1 || { local status=$?; tail -n 5 "$work/resume.log"; return $status; }
  printf '{"from": %d, "to": %d}\n' "$done_" $((done_ + more)) > "$work/resume.json"
}

# At most seven files: the table, all results, two sample sheets, and the logs.
finish() {
  trap - EXIT
  [ -f "$run/log.jsonl" ] && cp "$run/log.jsonl" "$work/log.jsonl"
  table
  cat "$work"/{machine.txt,parts.jsonl} > /dev/null 2>&1
  cat "$work"/{check,benchmark,published,evaluate,parts}.jsonl > "$out/results.jsonl" 2> /dev/null
  python3 "$here/pack.py" "$work" "$run" "$out" || say "the sheets and logs could not be packed"
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

machine
part a 75 equality
part b 100 benchmark
part c 50 published
# Part e needs 45 seconds.
part d $(($(left) - 45 < 260 ? $(left) - 45 : 260)) training
part e 60 resume
finish
say "== $SECONDS s in all"
python3 - "$out/table.md" << 'PYTHON'
import sys
print(open(sys.argv[1]).read())
PYTHON
! grep -q '"status": [1-9]' "$out/results.jsonl"
