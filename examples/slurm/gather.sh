#!/bin/bash
# After all tasks of prepare.sh: sbatch gather.sh build/mydataset
#SBATCH --job-name=easel-gather
#SBATCH --cpus-per-task=8
#SBATCH --mem=16G
#SBATCH --output=easel-gather-%j.log
set -u
status=0
easel gather "$1" --jobs "${SLURM_CPUS_PER_TASK:-1}" || status=$?
[ "$status" = 2 ] || exit "$status"
