// Mirrored borders for every element type and memory order; libtorch's own knows neither bfloat16 on the CPU (before 2.0)
// nor channels_last, and would undo that order in front of every convolution.
#include <ATen/ops/empty.h>
#include <ATen/ops/reflection_pad2d.h>
#include <ATen/ops/upsample_nearest2d.h>
#include <torch/csrc/autograd/custom_function.h>

#include "kernels.hpp"

using namespace easel;
using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

namespace {

/// Adds the mirrored columns back where they came from.
at::Tensor fold_columns(const at::Tensor &grad, int64_t p, int64_t width) {
  auto out = grad.narrow(3, p, width).clone(grad.suggest_memory_format());
  out.narrow(3, 1, p).add_(grad.narrow(3, 0, p).flip(3));
  out.narrow(3, width - 1 - p, p).add_(grad.narrow(3, width + p, p).flip(3));
  return out;
}

#if EASEL_CUDA

/// Runs a kernel of one direction; `small` is the image without its border, `out` is what is written.
void launch_padding(const char *name, const at::Tensor &from, const at::Tensor &out, const at::Tensor &small, int64_t border) {
  const Division division(from, {&out});
  const unsigned packs = static_cast<unsigned>(out.size(3)) * static_cast<unsigned>(division.channels / division.pack);
  const Extent grid = {(packs + 255) / 256, static_cast<unsigned>(out.size(2)), static_cast<unsigned>(out.size(0))};
  launch(division.kernel(name, from), from, grid, {256}, 0, from.data_ptr(), out.data_ptr(),
         static_cast<int>(small.size(2)), static_cast<int>(small.size(3)), division.channels, static_cast<int>(border));
}

/// The images are repeated `scale` times, 1 or 2, in both directions before they get a border of `p` mirrored pixels.
at::Tensor extended(const at::Tensor &input, int64_t p, int64_t scale) {
  auto x = dense(input);
  const int64_t height = scale * x.size(2), width = scale * x.size(3);
  TORCH_CHECK(p < height && p < width, "a border of ", p, " is not narrower than the ", height, " x ", width, " image");
  auto out = at::empty({x.size(0), x.size(1), height + 2 * p, width + 2 * p},
                       x.options().memory_format(at::MemoryFormat::ChannelsLast));
  launch_padding(scale == 1 ? "pad" : "pad_double", x, out, x, p);
  return out;
}

/// The gradient of `extended`.
at::Tensor folded(const at::Tensor &gradient, int64_t p, int64_t scale) {
  auto grad = dense(gradient);
  auto out = at::empty({grad.size(0), grad.size(1), (grad.size(2) - 2 * p) / scale, (grad.size(3) - 2 * p) / scale},
                       grad.options().memory_format(at::MemoryFormat::ChannelsLast));
  launch_padding(scale == 1 ? "pad_backward" : "pad_double_backward", grad, out, out, p);
  return out;
}

/// The same on CUDA: one kernel in each direction, each of which is the gradient of the other.
template <bool folds>
struct DeviceBorder : Function<DeviceBorder<folds>> {
  static at::Tensor forward(AutogradContext *context, const at::Tensor &input, int64_t p, int64_t scale) {
    context->saved_data["p"] = p, context->saved_data["scale"] = scale;
    return folds ? folded(input, p, scale) : extended(input, p, scale);
  }

  static variable_list backward(AutogradContext *context, variable_list grads) {
    const int64_t p = context->saved_data["p"].toInt(), scale = context->saved_data["scale"].toInt();
    return {DeviceBorder<!folds>::apply(grads[0], p, scale), at::Tensor(), at::Tensor()};
  }
};

#endif

struct Mirror : Function<Mirror> {
  static at::Tensor forward(AutogradContext *context, const at::Tensor &x, int64_t p) {
    context->saved_data["p"] = p;
    const int64_t height = x.size(2), width = x.size(3);
    TORCH_CHECK(p < height && p < width, "a border of ", p, " is not narrower than the ", height, " x ", width, " image");
    auto out = at::empty({x.size(0), x.size(1), height + 2 * p, width + 2 * p},
                         x.options().memory_format(x.suggest_memory_format()));
    auto rows = out.narrow(2, p, height);
    rows.narrow(3, p, width).copy_(x);
    rows.narrow(3, 0, p).copy_(x.narrow(3, 1, p).flip(3));
    rows.narrow(3, width + p, p).copy_(x.narrow(3, width - 1 - p, p).flip(3));
    out.narrow(2, 0, p).copy_(out.narrow(2, p + 1, p).flip(2));
    out.narrow(2, height + p, p).copy_(out.narrow(2, height - 1, p).flip(2));
    return out;
  }

  static variable_list backward(AutogradContext *context, variable_list grads) {
    const auto &grad = grads[0];
    const int64_t p = context->saved_data["p"].toInt();
    const int64_t height = grad.size(2) - 2 * p, width = grad.size(3) - 2 * p;
    auto out = fold_columns(grad.narrow(2, p, height), p, width);
    out.narrow(2, 1, p).add_(fold_columns(grad.narrow(2, 0, p), p, width).flip(2));
    out.narrow(2, height - 1 - p, p).add_(fold_columns(grad.narrow(2, height + p, p), p, width).flip(2));
    return {out, at::Tensor()};
  }
};

}  // namespace

namespace easel {

#if EASEL_CUDA
at::Tensor without_border(const at::Tensor &gradient, int64_t border) { return folded(gradient, border, 1); }
#endif

at::Tensor with_border(const at::Tensor &image, int64_t border) {
  if (image.is_cpu()) return Mirror::apply(image, border);
#if EASEL_CUDA
  if (has_kernels(image)) return DeviceBorder<false>::apply(image, border, 1);
#endif
  const int64_t sides[] = {border, border, border, border};
  return at::reflection_pad2d(image, sides);
}

}  // namespace easel

ctorch_tensor *ctorch_reflection_pad(ctorch_tensor *input, int64_t padding, ctorch_error error) {
  return made(error, [&] { return with_border(input->value, padding); });
}

ctorch_tensor *ctorch_double_and_pad(ctorch_tensor *input, int64_t padding, ctorch_error error) {
  return made(error, [&] {
    const auto &x = input->value;
#if EASEL_CUDA
    if (has_kernels(x)) return DeviceBorder<false>::apply(x, padding, 2);
#endif
    const int64_t size[] = {2 * x.size(2), 2 * x.size(3)};
    return with_border(at::upsample_nearest2d(x, at::IntArrayRef(size)), padding);
  });
}
