#!/usr/bin/env bash
# Makes one folder that trains on a machine with only a NVIDIA driver and a torch wheel (torch 2.11, CUDA 13):
#   scripts/bundle.sh FOLDER    after make cuda
# The folder contains easel-train, the Debian libraries that it needs, and `train.sh`, which finds the machine's torch.
set -euo pipefail
. "$(dirname "$0")/common.sh"

target="${1-}"
[ -n "$target" ] || { say "usage: scripts/bundle.sh FOLDER"; exit 64; }
program=.build-cuda/release/easel-train
[ -x "$program" ] || stop "Run make cuda first"
mkdir -p "$target/lib"
strip -o "$target/easel-train" "$program"
# The libraries of Swift and of image formats are copied. Those of libtorch, of the driver, of C and of C++ are not: the other
# machine has its own, and an older libstdc++ would break other libraries.
missing="$(ldd "$program" | awk '/not found/ { print $1 }' | grep -Ev '^lib(torch|c10|cu|nv|nccl)' || true)"
[ -z "$missing" ] || stop "Libraries of $program are missing here: $missing"
ldd "$program" | awk '$2 == "=>" && $3 ~ /^\// { print $3 }' \
  | grep -Ev '/(libtorch|libc10|libcu|libnv|libnccl|libgomp|libcaffe2|libshm)[^/]*\.so' \
  | grep -Ev '/(libc|libm|libdl|librt|libpthread|libstdc\+\+|libgcc_s|ld-linux[^/]*)\.so' \
  | sort -u | while read -r library; do
    cp -L "$library" "$target/lib/"
    strip --strip-unneeded "$target/lib/$(basename "$library")" 2> /dev/null || true
  done
cat > "$target/train.sh" << 'END'
#!/usr/bin/env bash
# Runs easel-train with the torch of the Python on PATH, or of TORCH: ./train.sh train DATASET --to RUN
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
torch="${TORCH:-$(python3 -c 'import importlib.util, os; print(os.path.dirname(importlib.util.find_spec("torch").origin))')}" || {
  echo "train.sh: the Python on PATH has no torch: pip install torch==2.11.0, or set TORCH to torch's folder" >&2
  exit 1
}
libraries="$torch/lib"
# pip installs NVIDIA's libraries beside torch. If they are elsewhere, torch or the system finds them.
for folder in "$torch"/../nvidia/*/lib; do
  if [ -d "$folder" ]; then libraries="$libraries:$folder"; fi
done
export LD_LIBRARY_PATH="$libraries:$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
exec "$here/easel-train" "$@"
END
chmod +x "$target/train.sh"
du -sh "$target" >&2
