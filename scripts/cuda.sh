#!/usr/bin/env bash
# Downloads the build dependencies of `make cuda` and writes their paths to cuda/environment in the cache:
#   scripts/cuda.sh    a libtorch with CUDA, the headers of the CUDA runtime and libcudart; no CUDA toolkit
# LIBTORCH is the path of an existing libtorch. Otherwise the torch of the Python on PATH is used if it has CUDA, and
# otherwise PyPI's torch is downloaded (0.5 GB; with an NVIDIA driver also NVIDIA's libraries, 2 GB). The build needs no GPU.
set -euo pipefail
. "$(dirname "$0")/common.sh"

torch=2.11.0
torch_digest=0f68f4ac6d95d12e896c3b7a912b5871619542ec54d3649cf48cc1edd4dd2756
runtime=13.0.88
runtime_digest=422a38f7c739ecbdd3a4b6ec7ed0a1d74db43d8e9bc26685f3d845638922b178
crt_digest=2c8043c7c9e02492716426e9919fc78d2c5b3b2a7a768a88e952676b08aa55a4
python=(--python-version 3.12 --implementation cp --abi cp312 --platform manylinux_2_28_x86_64)
anywhere=(--platform manylinux2014_x86_64)
site="$cache/cuda/torch-$torch"

in_scratch
# The path of the installed Python's torch and its CUDA version; empty if there is none with CUDA.
installed="$(python3 -c 'import os, torch
if torch.version.cuda: print(os.path.dirname(torch.__file__), torch.version.cuda)' 2> /dev/null || true)"

if [ -n "${LIBTORCH-}" ]; then
  libtorch="$LIBTORCH"
  [ -f "$libtorch/lib/libtorch_cuda.so" ] || stop "LIBTORCH is $libtorch, which has no lib/libtorch_cuda.so"
elif [ -n "$installed" ]; then
  libtorch="${installed% *}"
  case "${installed#* }" in
    13.*) ;;
    *) stop "The installed torch is for CUDA ${installed#* }, and Easel builds for CUDA 13. \
Install torch $torch, or run this with a PATH that has no such Python." ;;
  esac
else
  if [ ! -f "$site/.complete" ]; then
    say "Downloading from PyPI: torch $torch with CUDA 13.0 (0.5 GB)"
    wheel torch "$torch" "$torch_digest" "${python[@]}" || exit 1
    rm -rf "$site.part"
    mkdir -p "$site.part"
    if [ -e /proc/driver/nvidia/version ]; then
      say "Downloading from PyPI: the NVIDIA libraries that it needs (2 GB)"
      cp "$wheel" "$scratch/torch-$torch-cp312-cp312-manylinux_2_28_x86_64.whl"
      pip install --quiet --disable-pip-version-check --no-input --only-binary :all: "${python[@]}" \
        --target "$site.part" "$scratch/torch-$torch-cp312-cp312-manylinux_2_28_x86_64.whl"
    else
      unzip -q "$wheel" 'torch/include/*' 'torch/lib/*' -d "$site.part"
    fi
    touch "$site.part/.complete"
    rm -rf "$site"
    mv "$site.part" "$site"
  fi
  libtorch="$site/torch"
fi

headers="$cache/cuda/runtime-$runtime"
if [ ! -f "$headers/.complete" ]; then
  say "Downloading from PyPI: headers and library of the CUDA runtime $runtime (2 MB)"
  rm -rf "$headers.part"
  mkdir -p "$headers.part"
  wheel nvidia-cuda-runtime "$runtime" "$runtime_digest" "${anywhere[@]}" || exit 1
  unzip -q "$wheel" 'nvidia/*' -d "$headers.part"
  wheel nvidia-cuda-crt "$runtime" "$crt_digest" "${anywhere[@]}" || exit 1
  unzip -q "$wheel" 'nvidia/*' -d "$headers.part"
  touch "$headers.part/.complete"
  rm -rf "$headers"
  mv "$headers.part" "$headers"
fi

cat > "$cache/cuda/environment" << END
export LIBTORCH='$libtorch' LIBTORCH_CUDA=1
export CUDA_INCLUDE='$headers/nvidia/cu13/include' CUDART='$headers/nvidia/cu13/lib/libcudart.so.13'
END
say "Building against $libtorch"
