// The statistics of every channel of every image, and one multiplication and addition a channel, with an activation.
// On the CPU each takes one pass over the pixels; on CUDA the second is one kernel.
#include <ATen/ops/addcmul.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/leaky_relu.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/var_mean.h>
#include <ATen/ops/zeros_like.h>
#include <torch/csrc/autograd/custom_function.h>

#include "channel_passes.hpp"
#include "kernels.hpp"

using namespace easel;
using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

namespace {

/// Two sums a channel as float32 (N, C, 1, 1) after `finish`, which sees both in double.
template <typename Finish>
std::pair<at::Tensor, at::Tensor> finished(const std::vector<double> &sums, const at::Tensor &x, Finish finish) {
  auto first = at::empty({x.size(0), x.size(1), 1, 1}, float_options(x)), second = at::empty_like(first);
  const size_t count = sums.size() / 2;
  for (size_t i = 0; i < count; i++) {
    auto both = finish(sums[i], sums[count + i]);
    first.data_ptr<float>()[i] = static_cast<float>(both.first);
    second.data_ptr<float>()[i] = static_cast<float>(both.second);
  }
  return {first, second};
}

struct ChannelStatistics : Function<ChannelStatistics> {
  static variable_list forward(AutogradContext *context, const at::Tensor &input, int64_t correction) {
    auto x = dense(input);
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
      auto a = scale.data_ptr<float>(), b = shift.data_ptr<float>();
      map_channels<decltype(zero)>(x, x, a, b, a, a, out,
                                   [](float x, float, float a, float b, float, float) { return x * a + b; });
    });
    return {out, at::Tensor()};
  }
};

#if EASEL_CUDA

/// A tensor (N or 1, C or 1, 1, 1) without a copy; an undefined one is 1.
Numbers numbers_of(const at::Tensor &x) {
  if (!x.defined()) return {nullptr, 0, 0};
  return {x.data_ptr<float>(), x.size(0) > 1 ? static_cast<int>(x.stride(0)) : 0,
          x.size(1) > 1 ? static_cast<int>(x.stride(1)) : 0};
}

at::Tensor affine_on_device(const at::Tensor &x, const at::Tensor &scale, const at::Tensor &shift, double slope) {
  auto out = at::empty_like(x);
  const Division division(x, {&out});
  launch(division.kernel("affine", x), x, division.grid(8 * multiprocessors(x)), division.block, 0, x.data_ptr(),
         out.data_ptr(), numbers_of(scale), numbers_of(shift), division.pixels, division.channels, static_cast<float>(slope));
  return out;
}

/// The gradients of x and, if they are wanted, of scale and shift.
variable_list affine_backward_on_device(const at::Tensor &x, const at::Tensor &grad, const at::Tensor &scale,
                                        const at::Tensor &shift, double slope, bool of_numbers) {
  auto out = at::empty_like(x);
  const Division division(x, {&grad, &out});
  // Each block leaves sums, which one block adds: few blocks.
  const auto grid = division.grid((of_numbers ? 2 : 8) * multiprocessors(x));
  const auto options = float_options(x);
  at::Tensor parts, of_scale, of_shift;
  if (of_numbers) parts = at::empty({x.size(0), grid.x, 2, x.size(1)}, options);
  float *sums = of_numbers ? parts.data_ptr<float>() : nullptr;
  launch(division.kernel("affine_backward", x), x, grid, division.block, 0, x.data_ptr(), grad.data_ptr(), out.data_ptr(),
         numbers_of(scale), numbers_of(shift), sums, division.pixels, division.channels, static_cast<float>(slope));
  if (of_numbers) {
    const bool scaled = scale.defined();
    if (scaled) of_scale = at::empty(scale.sizes(), options);
    of_shift = at::empty(shift.sizes(), options);
    launch("affine_finish", x, {}, {1024}, 8 * static_cast<size_t>(division.channels), sums, division.images,
           static_cast<int>(grid.x), division.channels, scaled ? of_scale.data_ptr<float>() : nullptr,
           static_cast<int>(scaled && scale.size(0) > 1), static_cast<int>(scaled && scale.size(1) > 1),
           of_shift.data_ptr<float>(), static_cast<int>(shift.size(0) > 1),
           static_cast<int>(shift.size(1) > 1));
  }
  return {out, of_scale, of_shift};
}

#endif

/// A number for each channel of each image, one after the other.
at::Tensor spread(const at::Tensor &x, const at::Tensor &like) {
  return numbers(x.expand({like.size(0), like.size(1), 1, 1}));
}

struct Affine : Function<Affine> {
  static at::Tensor forward(AutogradContext *context, const at::Tensor &input, const OptionalTensor &scale,
                            const at::Tensor &shift, double slope) {
    auto x = dense(input);
    auto a = scale ? scale->to(at::kFloat) : at::Tensor(), b = shift.to(at::kFloat);
    context->save_for_backward({x, a, b});
    context->saved_data["slope"] = slope;
#if EASEL_CUDA
    if (x.is_cuda()) return affine_on_device(x, a, b, slope);
#endif
    a = spread(a, x), b = spread(b, x);
    auto out = at::empty_like(x);
    dispatch(x, [&](auto zero) {
      using T = decltype(zero);
      auto pa = a.data_ptr<float>(), pb = b.data_ptr<float>();
      if (slope == 1) {
        map_channels<T>(x, x, pa, pb, pa, pa, out,
                        [](float x, float, float a, float b, float, float) { return x * a + b; });
      } else {
        const float below = static_cast<float>(slope);
        map_channels<T>(x, x, pa, pb, pa, pa, out, [below](float x, float, float a, float b, float, float) {
          const float y = x * a + b;
          return y > 0 ? y : y * below;
        });
      }
    });
    return out;
  }

  static variable_list backward(AutogradContext *context, variable_list grads) {
    once_differentiable();
    auto saved = context->get_saved_variables();
    const auto &x = saved[0];
    const double slope = context->saved_data["slope"].toDouble();
    const bool of_numbers = context->needs_input_grad(1) || (saved[1].defined() && context->needs_input_grad(2));
    auto g = grads[0].contiguous(x.suggest_memory_format());
#if EASEL_CUDA
    if (x.is_cuda()) {
      auto found = affine_backward_on_device(x, g, saved[1], saved[2], slope, of_numbers);
      return {found[0], found[1], found[2], at::Tensor()};
    }
#endif
    auto a = spread(saved[1], x), b = spread(saved[2], x);
    auto out = at::empty_like(x);
    std::vector<double> sums(static_cast<size_t>(2 * x.size(0) * x.size(1)));
    dispatch(x, [&](auto zero) {
      using T = decltype(zero);
      auto pa = a.data_ptr<float>(), pb = b.data_ptr<float>();
      if (slope == 1) {
        if (of_numbers) {
          sum_channels<T>(x, g, pa, pb, sums.data(), [](float x, float g, float, float, double &one, double &two) {
            one += static_cast<double>(g) * x, two += g;
          });
        }
        map_channels<T>(x, g, pa, pb, pa, pa, out,
                        [](float, float g, float a, float, float, float) { return g * a; });
      } else {
        const float below = static_cast<float>(slope);
        if (of_numbers) {
          sum_channels<T>(x, g, pa, pb, sums.data(),
                          [below](float x, float g, float a, float b, double &one, double &two) {
                            const float passed = x * a + b > 0 ? g : g * below;
                            one += static_cast<double>(passed) * x, two += passed;
                          });
        }
        map_channels<T>(x, g, pa, pb, pa, pa, out, [below](float x, float g, float a, float b, float, float) {
          return (x * a + b > 0 ? g : g * below) * a;
        });
      }
    });
    if (!of_numbers) return {out, at::Tensor(), at::Tensor(), at::Tensor()};
    // libtorch adds them over the axes that were repeated.
    auto both = finished(sums, x, [](double one, double two) { return std::make_pair(one, two); });
    return {out, both.first, both.second, at::Tensor()};
  }
};

}  // namespace

ctorch_tensor *ctorch_channel_statistics(ctorch_tensor *input, int64_t correction, ctorch_out *mean, ctorch_error error) {
  return guarded(error, [&]() -> ctorch_tensor * {
    const auto &x = input->value;
    at::Tensor variance, average;
    if (has_passes(x)) {
      auto both = ChannelStatistics::apply(x, correction);
      variance = both[0], average = both[1];
    } else {
      const int64_t axes[] = {2, 3};
      std::tie(variance, average) = at::var_mean(widened(x), at::IntArrayRef(axes), correction == 1, true);
    }
    auto handle = std::make_unique<ctorch_tensor>(ctorch_tensor{variance});
    *mean = new ctorch_tensor{average};
    return handle.release();
  });
}

ctorch_tensor *ctorch_channel_affine(ctorch_tensor *input, ctorch_tensor *scale, ctorch_tensor *shift, double slope,
                                     ctorch_error error) {
  return made(error, [&] {
    const auto &x = input->value;
    if (has_passes(x) || has_kernels(x)) {
      OptionalTensor factor;
      if (scale) factor = scale->value;
      if (!scale && !x.is_cuda()) factor = at::ones({1, 1, 1, 1}, x.options().dtype(at::kFloat));
      return Affine::apply(x, factor, shift->value, slope);
    }
    auto out = scale ? at::addcmul(shift->value, widened(x), scale->value) : widened(x).add(shift->value);
    if (slope != 1) out = slope == 0 ? out.relu() : at::leaky_relu(out, slope);
    return out.to(x.scalar_type());
  });
}
