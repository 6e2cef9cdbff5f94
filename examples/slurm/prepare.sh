#!/bin/bash
# One task of the preparation: sbatch --array=0-63%16 prepare.sh datasets.yaml
# Each task prepares one of 64 parts of the files; at most 16 tasks run at a time. docs/scale.md explains it.
#SBATCH --job-name=easel
#SBATCH --cpus-per-task=4
#SBATCH --mem=4G
#SBATCH --requeue
#SBATCH --output=easel-%A_%a.log
set -u
status=0
easel run "$1" --jobs "${SLURM_CPUS_PER_TASK:-1}" || status=$?
# Status 2 says that some files were skipped, each with a reason in the log: the task has done its work.
[ "$status" = 2 ] || exit "$status"
