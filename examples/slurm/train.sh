#!/bin/bash
# Trains with one process for each GPU: sbatch --nodes=2 --ntasks-per-node=4 --gpus-per-node=4 train.sh build/mydataset build/run
# A requeued job continues from the last checkpoint. docs/scale.md explains it.
#SBATCH --job-name=easel-train
#SBATCH --requeue
#SBATCH --signal=TERM@120
#SBATCH --output=easel-train-%j.log
set -u
# The first machine of the job has rank 0. The port is derived from the number of the job, so that two jobs can share a machine.
MASTER_ADDR="$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)"
MASTER_PORT=$((20000 + SLURM_JOB_ID % 20000))
export MASTER_ADDR MASTER_PORT
# If one process fails, the others end by themselves; Slurm ends them if they do not.
srun --kill-on-bad-exit=1 --wait=90 easel-train train "$1" --to "$2" "${@:3}"
