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
# Libraries of libtorch, of the driver and of the C library are not copied, because the other machine has its own.
ldd "$program" | awk '$2 == "=>" && $3 ~ /^\// { print $3 }' \
  | grep -Ev '/(libtorch|libc10|libcu|libnv|libnccl|libgomp|libcaffe2)|/(libc|libm|libdl|librt|libpthread|ld-linux[^/]*)\.so' \
  | while read -r library; do cp -L "$library" "$target/lib/"; done
cat > "$target/train.sh" << 'END'
#!/usr/bin/env bash
# Runs easel-train with the torch of the Python on PATH, or of TORCH: ./train.sh train DATASET --to RUN
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
torch="${TORCH:-$(python3 -c 'import os, torch; print(os.path.dirname(torch.__file__))')}"
libraries="$torch/lib"
for folder in "$torch"/../nvidia/*/lib; do libraries="$libraries:$folder"; done
export LD_LIBRARY_PATH="$libraries:$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
exec "$here/easel-train" "$@"
END
chmod +x "$target/train.sh"
du -sh "$target" >&2
