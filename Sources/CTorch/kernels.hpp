// The CUDA kernels of kernel_text.hpp: whether they are available, and how they are launched.
#pragma once

#include <algorithm>
#include <string>

#include "guard.hpp"

namespace easel {

/// Whether the kernels can compute with an image (N, C, H, W): its type, its size and its device.
bool has_kernels(const at::Tensor &x);

/// Whether the kernels can be used on a device.
bool has_kernels(at::Device device);

/// Images with `border` mirrored pixels on every side.
at::Tensor with_border(const at::Tensor &image, int64_t border);

#if EASEL_CUDA

/// The gradient of images by that of the same with mirrored borders; without a graph.
at::Tensor without_border(const at::Tensor &gradient, int64_t border);

/// Three lengths of a grid or a block.
struct Extent {
  unsigned x = 1, y = 1, z = 1;
};

/// Adds a kernel to the current stream. The arguments are pointers to what the kernel takes.
void launch(const std::string &name, const at::Tensor &on, Extent grid, Extent block, size_t shared, void **arguments);

template <typename... Arguments>
void launch(const std::string &name, const at::Tensor &on, Extent grid, Extent block, size_t shared, Arguments... arguments) {
  void *list[] = {static_cast<void *>(&arguments)...};
  launch(name, on, grid, block, shared, list);
}

/// The number of multiprocessors of a tensor's device.
int64_t multiprocessors(const at::Tensor &on);

/// How the pixels and channels of images are divided among blocks: see `Part` in kernels/common.hpp.
struct Division {
  int pixels, channels, images;
  bool wide;  // 16 bytes a thread
  int pack;   // the channels of a thread
  Extent block;
  unsigned groups;

  /// The images that a kernel reads and writes are all laid out alike.
  Division(const at::Tensor &x, std::initializer_list<const at::Tensor *> others);
  /// The grid with at most about `blocks` blocks, each with two pixels a thread or more.
  Extent grid(int64_t blocks) const;
  /// The name of the kernel for these images.
  std::string kernel(const char *name, const at::Tensor &x) const;
};

/// `float`, `bfloat16` or `float16`.
const char *type_name(const at::Tensor &x);

/// `Numbers` of kernels/common.hpp.
struct Numbers {
  const float *data;
  int image, channel;
};

/// `Learned` of kernels/norm.hpp.
struct LearnedNumbers {
  const float *rho, *gamma, *beta;
  int gamma_image, beta_image;
};

/// `Layer` of kernels/spectral.hpp.
struct SpectralLayer {
  const float *weight;
  float *u, *v, *saved_u, *saved_v, *inverse, *product, *image, *squares;
  int rows, columns, channels, spatial;
};

/// `Layers` of kernels/spectral.hpp.
struct SpectralLayers {
  static constexpr int limit = 16;
  SpectralLayer layer[limit];
  int start[limit + 1];
  int count;
};

#endif

}  // namespace easel
