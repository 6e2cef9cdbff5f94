#!/usr/bin/env bash
# Prepares a dataset as a job array on a real Slurm, kills one task, and compares the dataset with that of one run, byte for byte.
#
# Slurm's daemons are unpacked from Debian packages into a temporary folder and listen only on this machine.
# Usage: slurm-test.sh [EASEL]. If EASEL_TEST_DATA is set, its images are used, otherwise those of make demo.
set -euo pipefail
. "$(dirname "$0")/common.sh"

easel="$(readlink -f "${1:-.build/debug/easel}")"
[ -x "$easel" ] || stop "$easel does not exist; build it with: scripts/build.sh --product easel"
repository="$PWD"
in_scratch
work="$scratch/work" root="$scratch/root"
mkdir -p "$work/bin" "$root" "$scratch/debs" "$scratch/run" "$scratch/state/d" "$scratch/state/ctld"

say "Downloading Slurm from Debian"
(cd "$scratch/debs" && apt-get download -qq -o APT::Sandbox::User=root slurmctld slurmd slurm-client \
  slurm-wlm-basic-plugins munge libmunge2 liblua5.1-0) > "$scratch/apt.log" 2>&1 \
  || stop "apt-get could not download Slurm: $(tail -n 1 "$scratch/apt.log")"
for file in "$scratch/debs"/*.deb; do dpkg-deb -x "$file" "$root"; done
libraries="$root/usr/lib/x86_64-linux-gnu"
export LD_LIBRARY_PATH="$libraries:$libraries/slurm-wlm${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export PATH="$work/bin:$root/usr/bin:$root/usr/sbin:$PATH" SLURM_CONF="$scratch/slurm.conf"
ln -s "$easel" "$work/bin/easel"
# The packages add a suffix to the names of some programs.
find_program() { for name in "$root"/usr/sbin/"$1" "$root"/usr/sbin/"$1"-*; do [ -x "$name" ] && echo "$name" && return; done; }

cat > "$SLURM_CONF" <<CONF
ClusterName=easel
SlurmctldHost=localhost
AuthType=auth/none
CredType=cred/none
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SchedulerType=sched/builtin
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
SlurmctldPort=46817
SlurmdPort=46818
SlurmctldPidFile=$scratch/run/slurmctld.pid
SlurmdPidFile=$scratch/run/slurmd.pid
SlurmdSpoolDir=$scratch/state/d
StateSaveLocation=$scratch/state/ctld
SlurmctldLogFile=$scratch/run/slurmctld.log
SlurmdLogFile=$scratch/run/slurmd.log
PluginDir=$libraries/slurm-wlm
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
NodeName=localhost CPUs=2 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF

daemons=()
stop_daemons() {
  for process in "${daemons[@]}"; do kill "$process" 2> /dev/null || true; done
  for process in "${daemons[@]}"; do wait "$process" 2> /dev/null || true; done
  rm -rf "$scratch"
}
trap stop_daemons EXIT
"$(find_program slurmctld)" -D -c > "$scratch/run/ctld.out" 2>&1 & daemons+=($!)
"$(find_program slurmd)" -D -N localhost -d "$(find_program slurmstepd)" > "$scratch/run/d.out" 2>&1 & daemons+=($!)
for _ in $(seq 60); do
  sinfo --noheader --format=%T 2> /dev/null | grep -q idle && break
  sleep 1
done
sinfo --noheader --format=%T | grep -q idle || stop "Slurm did not start: $(tail -n 3 "$scratch/run/"*.log)"
say "Slurm $(sinfo --version | cut -d' ' -f2) is up"

data="${EASEL_TEST_DATA:-}"
if [ -n "$data" ]; then
  cp -r "$data/lfw/Tony_Blair" "$work/photos"
  mkdir "$work/sprites"
  cp "$data/renpy-sprites/the_question"/sylvie*.png "$work/sprites"
else
  scripts/samples.sh
  cp -r build/samples/photos "$work/photos"
  cp -r build/samples/sprites "$work/sprites"
fi
cd "$work"
cp "photos/$(ls photos | head -n 1)" photos/copy.jpg
echo "no picture" > photos/notes.jpg
cat > datasets.yaml <<YAML
name: slurm
output: out
size: 64
domains:
  A: { sources: [{ photos: photos }], crop: { min-face: 40 }, mask: { method: color-model } }
  B: { sources: [{ sprites: sprites }], crop: { min-face: 40 } }
curate: { keep-if: { sharpness: any, roll: any, coverage: any, brightness: any }, split: { test: 1 } }
YAML
# wait_for_job JOB: a busy controller may not answer, so only an empty answer means that the job has ended.
wait_for_job() {
  local waiting
  for _ in $(seq 600); do
    if waiting="$(squeue --noheader --states=all --jobs "$1" --format=%T 2> /dev/null)"; then
      grep -qvE 'COMPLETED|FAILED|CANCELLED|TIMEOUT|NODE_FAIL' <<< "$waiting" || return 0
    fi
    sleep 1
  done
  stop "job $1 did not end: $(tail -n 3 "$scratch/run/"*.log)"
}

digests() {
  (cd out && find . -type f ! -path './ledger.sqlite*' ! -path './shards/*' ! -name run.json ! -name .lock -print0 \
    | sort -z | xargs -0 sha256sum)
}

# The scripts ask for more processors and memory than this machine has.
small=(--cpus-per-task=1 --mem=0)

say "One run on one machine"
easel run datasets.yaml --quiet || [ $? = 2 ]
digests > whole.txt
rm -rf out

say "A job array of 6 tasks, two at a time, one of which is killed"
job="$(sbatch "${small[@]}" --parsable --array=0-5%2 "$repository/examples/slurm/prepare.sh" datasets.yaml)"
for _ in $(seq 600); do
  state="$(squeue --noheader --array --jobs "${job}_3" --format=%T 2> /dev/null || true)"
  [ "$state" = RUNNING ] && break
  sleep 0.1
done
sleep 0.4
scancel --signal=KILL --full "${job}_3" || true
wait_for_job "$job"
missing="$(easel gather out --missing)" || stop "no task ran: $(tail -qn 3 easel-*.log 2>&1)"
say "Task 3 was killed; tasks to run again: ${missing:-none}"
[ -n "$missing" ] || say "The killed task had been done already"
if [ -n "$missing" ]; then
  sbatch "${small[@]}" --wait --array="$missing%2" "$repository/examples/slurm/prepare.sh" datasets.yaml > /dev/null \
    || stop "the repeated tasks failed: $(tail -n 3 easel-*.log)"
fi
[ -z "$(easel gather out --missing)" ] || stop "tasks are missing: $(tail -n 3 easel-*.log)"
sbatch "${small[@]}" --wait "$repository/examples/slurm/gather.sh" out > /dev/null || stop "gathering failed: $(tail -n 3 easel-gather-*.log)"
digests > gathered.txt
diff whole.txt gathered.txt > differences.txt || stop "the dataset differs: $(head -n 5 differences.txt)"
say "The gathered dataset is that of one run: $(wc -l < gathered.txt) files, byte for byte"
