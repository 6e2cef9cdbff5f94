// Passes over the pixels of float32 and bfloat16 images on the CPU, in either memory order, with a few numbers for each
// channel of each image. The same out of libtorch's operations takes three to four times as long (var_mean counts one by one).
#pragma once

#include <ATen/Parallel.h>

#include "guard.hpp"

namespace easel {

constexpr int64_t lanes = 16;  // channels or pixels in step
constexpr int64_t block = 64;  // pixels that stay in registers' sums before they go to memory
constexpr int64_t slabs = 16;  // parts of an image; fixed, so that sums do not depend on the number of threads

/// Whether the passes can read an image.
inline bool has_passes(const at::Tensor &x) {
  return x.is_cpu() && x.dim() == 4 && (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16);
}

inline bool channels_last(const at::Tensor &x) { return x.suggest_memory_format() == at::MemoryFormat::ChannelsLast; }

/// Sums of two functions of (x, g, scale, shift) over each channel of each image, first all of one, then all of the other.
///
/// In double, because a variance is the small difference of two such sums.
template <typename T, typename Terms>
void sum_channels(const at::Tensor &x, const at::Tensor &g, const float *scale, const float *shift, double *out,
                  Terms terms) {
  const int64_t images = x.size(0), channels = x.size(1), pixels = x.size(2) * x.size(3);
  const T *px = x.data_ptr<T>(), *pg = g.data_ptr<T>();
  if (!channels_last(x)) {
    at::parallel_for(0, images * channels, 1, [&](int64_t begin, int64_t end) {
      for (int64_t plane = begin; plane < end; plane++) {
        const T *xs = px + plane * pixels, *gs = pg + plane * pixels;
        const float a = scale[plane], b = shift[plane];
        double first = 0, second = 0;
        int64_t i = 0;
        for (; i + lanes * block <= pixels; i += lanes * block) {
          double one[lanes] = {}, two[lanes] = {};
          for (int64_t j = i; j < i + lanes * block; j += lanes) {
            for (int64_t k = 0; k < lanes; k++) {
              terms(static_cast<float>(xs[j + k]), static_cast<float>(gs[j + k]), a, b, one[k], two[k]);
            }
          }
          for (int64_t k = 0; k < lanes; k++) first += one[k], second += two[k];
        }
        for (; i < pixels; i++) {
          double one = 0, two = 0;
          terms(static_cast<float>(xs[i]), static_cast<float>(gs[i]), a, b, one, two);
          first += one, second += two;
        }
        out[plane] = first;
        out[images * channels + plane] = second;
      }
    });
    return;
  }
  std::vector<double> parts(static_cast<size_t>(2 * images * slabs * channels));
  at::parallel_for(0, images * slabs, 1, [&](int64_t begin, int64_t end) {
    for (int64_t part = begin; part < end; part++) {
      const int64_t image = part / slabs, from = part % slabs * pixels / slabs, to = (part % slabs + 1) * pixels / slabs;
      const float *a = scale + image * channels, *b = shift + image * channels;
      double *first = parts.data() + 2 * part * channels, *second = first + channels;
      for (int64_t start = from; start < to; start += block) {
        const int64_t stop = std::min(start + block, to);
        for (int64_t c = 0; c < channels; c += lanes) {
          const int64_t width = std::min(lanes, channels - c);
          double one[lanes] = {}, two[lanes] = {};
          for (int64_t pixel = start; pixel < stop; pixel++) {
            const T *xs = px + (image * pixels + pixel) * channels + c, *gs = pg + (image * pixels + pixel) * channels + c;
            if (width == lanes) {
              for (int64_t k = 0; k < lanes; k++) {
                terms(static_cast<float>(xs[k]), static_cast<float>(gs[k]), a[c + k], b[c + k], one[k], two[k]);
              }
            } else {
              for (int64_t k = 0; k < width; k++) {
                terms(static_cast<float>(xs[k]), static_cast<float>(gs[k]), a[c + k], b[c + k], one[k], two[k]);
              }
            }
          }
          for (int64_t k = 0; k < width; k++) first[c + k] += one[k], second[c + k] += two[k];
        }
      }
    }
  });
  std::fill(out, out + 2 * images * channels, 0.0);
  for (int64_t part = 0; part < images * slabs; part++) {
    for (int64_t c = 0; c < channels; c++) {
      out[part / slabs * channels + c] += parts[static_cast<size_t>(2 * part * channels + c)];
      out[(images + part / slabs) * channels + c] += parts[static_cast<size_t>((2 * part + 1) * channels + c)];
    }
  }
}

/// A function of (x, g) and of four numbers of the channel for every pixel.
template <typename T, typename Value>
void map_channels(const at::Tensor &x, const at::Tensor &g, const float *first, const float *second, const float *third,
                  const float *fourth, const at::Tensor &out, Value value) {
  const int64_t images = x.size(0), channels = x.size(1), pixels = x.size(2) * x.size(3);
  const T *px = x.data_ptr<T>(), *pg = g.data_ptr<T>();
  T *po = out.data_ptr<T>();
  if (!channels_last(x)) {
    at::parallel_for(0, images * channels, 1, [&](int64_t begin, int64_t end) {
      for (int64_t plane = begin; plane < end; plane++) {
        const float a = first[plane], b = second[plane], c = third[plane], d = fourth[plane];
        const int64_t stop = (plane + 1) * pixels;
        for (int64_t i = plane * pixels; i < stop; i++) {
          po[i] = static_cast<T>(value(static_cast<float>(px[i]), static_cast<float>(pg[i]), a, b, c, d));
        }
      }
    });
    return;
  }
  at::parallel_for(0, images * pixels, 256, [&](int64_t begin, int64_t end) {
    for (int64_t pixel = begin; pixel < end; pixel++) {
      const int64_t start = pixel / pixels * channels;
      const float *a = first + start, *b = second + start, *c = third + start, *d = fourth + start;
      const T *xs = px + pixel * channels, *gs = pg + pixel * channels;
      T *__restrict os = po + pixel * channels;
      for (int64_t k = 0; k < channels; k++) {
        os[k] = static_cast<T>(value(static_cast<float>(xs[k]), static_cast<float>(gs[k]), a[k], b[k], c[k], d[k]));
      }
    }
  });
}

/// Calls `body` with a zero of the image's element type.
template <typename Body>
void dispatch(const at::Tensor &x, Body body) {
  if (x.scalar_type() == at::kFloat) {
    body(float());
  } else {
    body(c10::BFloat16());
  }
}

/// A tensor's numbers as float32, one after the other.
inline at::Tensor numbers(const at::Tensor &x) { return x.to(at::kFloat).contiguous(); }

inline void once_differentiable() {
  TORCH_CHECK(!at::GradMode::is_enabled(), "normalisation cannot be differentiated twice");
}

}  // namespace easel
