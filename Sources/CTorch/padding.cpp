// Mirrored borders for every element type and memory order; libtorch's own on the CPU knows neither bfloat16 (before 2.0)
// nor channels_last, and would undo that order in front of every convolution.
#include <ATen/ops/empty.h>
#include <ATen/ops/reflection_pad2d.h>
#include <torch/csrc/autograd/custom_function.h>

#include "guard.hpp"

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

ctorch_tensor *ctorch_reflection_pad(ctorch_tensor *input, int64_t padding, ctorch_error error) {
  return made(error, [&] {
    if (input->value.is_cpu()) return Mirror::apply(input->value, padding);
    const int64_t sides[] = {padding, padding, padding, padding};
    return at::reflection_pad2d(input->value, sides);
  });
}
