// What the two implementations of mixed normalisation share: see mixed_norm.cpp for the formulas.
#pragma once

#include "kernels.hpp"

namespace easel {

/// How the statistics are computed, and what follows the normalisation.
struct NormOptions {
  bool unbiased;
  double eps;
  bool rectified;
  int64_t border = 0;  // of mirrored pixels, on CUDA

  int64_t correction() const { return unbiased ? 1 : 0; }
  float slope() const { return rectified ? 0.0f : 1.0f; }
};

/// rho (1, C, 1, 1), gamma and beta (N or 1, C, 1, 1) in float32; all undefined for instance normalisation.
struct LearnedTensors {
  at::Tensor rho, gamma, beta;

  bool exist() const { return rho.defined(); }
  float share(int64_t c) const { return exist() ? rho.data_ptr<float>()[c] : 1.0f; }
  float scale(int64_t image, int64_t c) const { return exist() ? of(gamma, image, c) : 1.0f; }
  float shift(int64_t image, int64_t c) const { return exist() ? of(beta, image, c) : 0.0f; }

 private:
  static float of(const at::Tensor &tensor, int64_t image, int64_t c) {
    return tensor.data_ptr<float>()[(tensor.size(0) > 1 ? image * tensor.size(1) : 0) + c];
  }
};

/// What the forward pass leaves, as in kernels/norm.hpp: (N, C) each of scale, shift, m and r, then (N) each of M and R.
struct NormStatistics {
  float *scale, *shift, *mean, *instance, *layer_mean, *layer;

  NormStatistics(const at::Tensor &data, int64_t images, int64_t channels) {
    const int64_t count = images * channels;
    float *start = data.data_ptr<float>();
    scale = start, shift = start + count, mean = start + 2 * count, instance = start + 3 * count;
    layer_mean = start + 4 * count, layer = layer_mean + images;
  }

  static int64_t size(const at::Tensor &x) { return x.size(0) * (4 * x.size(1) + 2); }
};

#if EASEL_CUDA

/// Normalises on CUDA. An addend is added to the result, which then has no activation and no border.
void normalise_on_device(const at::Tensor &x, const LearnedTensors &learned, NormOptions options, const at::Tensor &addend,
                         const at::Tensor &out, const at::Tensor &data);

/// The gradients of rho, gamma and beta for each image, (3, N, C), and their sums over the images, (3, C).
std::pair<at::Tensor, at::Tensor> differentiate_on_device(const at::Tensor &x, const at::Tensor &grad,
                                                          const LearnedTensors &learned, NormOptions options,
                                                          const at::Tensor &data, const at::Tensor &out);

#endif

}  // namespace easel
