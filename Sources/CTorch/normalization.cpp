// What instance, layer and mixed normalisation share: the statistics of every channel of every image, and one
// multiplication and addition a channel. On the CPU each takes one pass over the pixels, in either memory order and in
// float32 or bfloat16; the same out of libtorch's operations takes three to four times as long (var_mean counts one by one).
#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/var_mean.h>
#include <ATen/ops/zeros_like.h>
#include <torch/csrc/autograd/custom_function.h>

#include "guard.hpp"

using namespace easel;
using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

namespace {

constexpr int64_t lanes = 16;   // channels or pixels in step
constexpr int64_t block = 64;   // pixels that stay in registers' sums before they go to memory
constexpr int64_t slabs = 16;   // parts of an image; fixed, so that sums do not depend on the number of threads

bool fast(const at::Tensor &x) {
  return x.is_cpu() && x.dim() == 4 && (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16);
}

bool channels_last(const at::Tensor &x) { return x.suggest_memory_format() == at::MemoryFormat::ChannelsLast; }

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

/// A function of (x, g, scale, shift) for every pixel.
template <typename T, typename Value>
void map_channels(const at::Tensor &x, const at::Tensor &g, const float *scale, const float *shift, const at::Tensor &out,
                  Value value) {
  const int64_t images = x.size(0), channels = x.size(1), pixels = x.size(2) * x.size(3);
  const T *px = x.data_ptr<T>(), *pg = g.data_ptr<T>();
  T *po = out.data_ptr<T>();
  if (!channels_last(x)) {
    at::parallel_for(0, images * channels, 1, [&](int64_t begin, int64_t end) {
      for (int64_t plane = begin; plane < end; plane++) {
        const float a = scale[plane], b = shift[plane];
        const int64_t stop = (plane + 1) * pixels;
        for (int64_t i = plane * pixels; i < stop; i++) {
          po[i] = static_cast<T>(value(static_cast<float>(px[i]), static_cast<float>(pg[i]), a, b));
        }
      }
    });
    return;
  }
  at::parallel_for(0, images * pixels, 256, [&](int64_t begin, int64_t end) {
    for (int64_t pixel = begin; pixel < end; pixel++) {
      const float *a = scale + pixel / pixels * channels, *b = shift + pixel / pixels * channels;
      const T *xs = px + pixel * channels, *gs = pg + pixel * channels;
      T *os = po + pixel * channels;
      for (int64_t c = 0; c < channels; c++) {
        os[c] = static_cast<T>(value(static_cast<float>(xs[c]), static_cast<float>(gs[c]), a[c], b[c]));
      }
    }
  });
}

template <typename Body>
void dispatch(const at::Tensor &x, Body body) {
  if (x.scalar_type() == at::kFloat) {
    body(float());
  } else {
    body(c10::BFloat16());
  }
}

at::Tensor dense(const at::Tensor &x, at::MemoryFormat format) { return x.contiguous(format); }

at::Tensor numbers(const at::Tensor &x) { return x.to(at::kFloat).contiguous(); }

/// Two sums a channel as float32 (N, C, 1, 1) after `finish`, which sees both in double.
template <typename Finish>
std::pair<at::Tensor, at::Tensor> finished(const std::vector<double> &sums, const at::Tensor &x, Finish finish) {
  auto options = x.options().dtype(at::kFloat).memory_format(at::MemoryFormat::Contiguous);
  auto first = at::empty({x.size(0), x.size(1), 1, 1}, options), second = at::empty({x.size(0), x.size(1), 1, 1}, options);
  const size_t count = sums.size() / 2;
  for (size_t i = 0; i < count; i++) {
    auto both = finish(sums[i], sums[count + i]);
    first.data_ptr<float>()[i] = static_cast<float>(both.first);
    second.data_ptr<float>()[i] = static_cast<float>(both.second);
  }
  return {first, second};
}

void once_differentiable() { TORCH_CHECK(!at::GradMode::is_enabled(), "normalisation cannot be differentiated twice"); }

struct Statistics : Function<Statistics> {
  static variable_list forward(AutogradContext *context, const at::Tensor &input, int64_t correction) {
    auto x = dense(input, input.suggest_memory_format());
    const double pixels = static_cast<double>(x.size(2) * x.size(3));
    std::vector<double> sums(static_cast<size_t>(2 * x.size(0) * x.size(1)));
    std::vector<float> unused(sums.size());
    dispatch(x, [&](auto zero) {
      sum_channels<decltype(zero)>(x, x, unused.data(), unused.data(), sums.data(),
                                   [](float x, float, float, float, double &one, double &two) {
                                     one += x, two += static_cast<double>(x) * x;
                                   });
    });
    auto both = finished(sums, x, [&](double one, double two) {
      return std::make_pair(std::max(0.0, two - one * one / pixels) / (pixels - static_cast<double>(correction)),
                            one / pixels);
    });
    context->save_for_backward({x, both.second});
    context->saved_data["correction"] = correction;
    return {both.first, both.second};
  }

  static variable_list backward(AutogradContext *context, variable_list grads) {
    once_differentiable();
    auto saved = context->get_saved_variables();
    const auto &x = saved[0], &mean = saved[1];
    const double pixels = static_cast<double>(x.size(2) * x.size(3));
    const double divisor = pixels - static_cast<double>(context->saved_data["correction"].toInt());
    auto scale = grads[0].defined() ? numbers(grads[0].mul(2 / divisor)) : at::zeros_like(mean);
    auto shift = numbers((grads[1].defined() ? grads[1].div(pixels) : at::zeros_like(mean)).sub(scale.mul(mean)));
    auto out = at::empty_like(x);
    dispatch(x, [&](auto zero) {
      map_channels<decltype(zero)>(x, x, scale.data_ptr<float>(), shift.data_ptr<float>(), out,
                                   [](float x, float, float a, float b) { return x * a + b; });
    });
    return {out, at::Tensor()};
  }
};

struct Affine : Function<Affine> {
  static at::Tensor forward(AutogradContext *context, const at::Tensor &input, const at::Tensor &scale,
                            const at::Tensor &shift, bool rectified) {
    auto x = dense(input, input.suggest_memory_format());
    auto a = numbers(scale), b = numbers(shift);
    auto out = at::empty_like(x);
    dispatch(x, [&](auto zero) {
      using T = decltype(zero);
      auto pa = a.data_ptr<float>(), pb = b.data_ptr<float>();
      if (rectified) {
        map_channels<T>(x, x, pa, pb, out, [](float x, float, float a, float b) { return std::max(x * a + b, 0.0f); });
      } else {
        map_channels<T>(x, x, pa, pb, out, [](float x, float, float a, float b) { return x * a + b; });
      }
    });
    context->save_for_backward({x, a, b});
    context->saved_data["rectified"] = rectified;
    return out;
  }

  static variable_list backward(AutogradContext *context, variable_list grads) {
    once_differentiable();
    auto saved = context->get_saved_variables();
    const auto &x = saved[0], &a = saved[1], &b = saved[2];
    const bool rectified = context->saved_data["rectified"].toBool();
    auto g = dense(grads[0], x.suggest_memory_format());
    auto out = at::empty_like(x);
    std::vector<double> sums(static_cast<size_t>(2 * x.size(0) * x.size(1)));
    dispatch(x, [&](auto zero) {
      using T = decltype(zero);
      auto pa = a.data_ptr<float>(), pb = b.data_ptr<float>();
      if (rectified) {
        sum_channels<T>(x, g, pa, pb, sums.data(), [](float x, float g, float a, float b, double &one, double &two) {
          float passed = x * a + b > 0 ? g : 0.0f;
          one += static_cast<double>(passed) * x, two += passed;
        });
        map_channels<T>(x, g, pa, pb, out, [](float x, float g, float a, float b) { return x * a + b > 0 ? g * a : 0.0f; });
      } else {
        sum_channels<T>(x, g, pa, pb, sums.data(), [](float x, float g, float, float, double &one, double &two) {
          one += static_cast<double>(g) * x, two += g;
        });
        map_channels<T>(x, g, pa, pb, out, [](float, float g, float a, float) { return g * a; });
      }
    });
    auto both = finished(sums, x, [](double one, double two) { return std::make_pair(one, two); });
    return {out, both.first, both.second, at::Tensor()};
  }
};

}  // namespace

ctorch_tensor *ctorch_channel_statistics(ctorch_tensor *input, int64_t correction, ctorch_out *mean, ctorch_error error) {
  return guarded(error, [&]() -> ctorch_tensor * {
    const auto &x = input->value;
    at::Tensor variance, average;
    if (fast(x)) {
      auto both = Statistics::apply(x, correction);
      variance = both[0], average = both[1];
    } else {
      const int64_t axes[] = {2, 3};
      auto wide = x.scalar_type() == at::kBFloat16 || x.scalar_type() == at::kHalf ? x.to(at::kFloat) : x;
      std::tie(variance, average) = at::var_mean(wide, at::IntArrayRef(axes), correction == 1, true);
    }
    auto handle = std::make_unique<ctorch_tensor>(ctorch_tensor{variance});
    *mean = new ctorch_tensor{average};
    return handle.release();
  });
}

ctorch_tensor *ctorch_channel_affine(ctorch_tensor *input, ctorch_tensor *scale, ctorch_tensor *shift, bool rectified,
                                     ctorch_error error) {
  return made(error, [&] {
    const auto &x = input->value;
    if (fast(x)) return Affine::apply(x, scale->value, shift->value, rectified);
    auto out = shift->value.to(x.scalar_type()).addcmul(x, scale->value.to(x.scalar_type()));
    return rectified ? out.relu() : out;
  });
}
