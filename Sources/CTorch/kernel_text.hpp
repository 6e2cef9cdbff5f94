// The CUDA kernels as text: NVRTC compiles them for the GPU of the machine on which the program runs (kernels.cpp), so that
// the program is built without a CUDA toolkit. No header is included. Images are (N, H, W, C) in memory (channels_last).
//
// Sums over the pixels of a channel: each block sums a part of the pixels (a slab) of a few channels in float32, and other
// blocks then add the slabs. There are no atomics, so a kernel gives the same bits every time.
#pragma once

#include <string>

#include "kernels/common.hpp"
#include "kernels/affine.hpp"
#include "kernels/norm.hpp"
#include "kernels/pooling.hpp"
#include "kernels/padding.hpp"
#include "kernels/spectral.hpp"

namespace easel {

inline std::string kernel_text() {
  return std::string(common_kernels) + affine_kernels + norm_kernels + pooling_kernels + padding_kernels + spectral_kernels;
}

}  // namespace easel
