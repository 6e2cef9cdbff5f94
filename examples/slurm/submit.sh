#!/bin/bash
# Prepares and gathers with one command: submit.sh datasets.yaml build/mydataset [SHARDS]
#
# Run it again after failures: it submits the tasks that are not done, and gathers when they are.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
config="$1" output="$2" shards="${3:-64}"
if [ -f "$output/run.json" ]; then
  array="$(easel gather "$output" --missing)"
else
  array="0-$((shards - 1))"
fi
if [ -n "$array" ]; then
  job="$(sbatch --parsable --array="$array%16" "$here/prepare.sh" "$config")"
  sbatch --dependency="afterok:$job" "$here/gather.sh" "$output"
else
  sbatch "$here/gather.sh" "$output"
fi
