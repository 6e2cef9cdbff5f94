#!/bin/bash
# The same without a cluster, with GNU parallel: parallel.sh datasets.yaml build/mydataset [SHARDS]
set -euo pipefail
config="$1" output="$2" shards="${3:-8}"
seq 0 $((shards - 1)) | parallel --halt soon,fail=1 \
  "easel run '$config' --shard {}/$shards --jobs 1 --quiet || [ \$? = 2 ]"
easel gather "$output" || [ $? = 2 ]
