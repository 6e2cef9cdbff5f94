// One operation on many tensors: the norm of all gradients, their scaling, a moving average, clamping. On a GPU each takes a few
// kernels for all tensors and does not wait for the device.
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>

#if EASEL_CUDA
#include <ATen/ops/_foreach_add.h>
#include <ATen/ops/_foreach_clamp_max.h>
#include <ATen/ops/_foreach_clamp_min.h>
#include <ATen/ops/_foreach_mul.h>
#include <ATen/ops/_foreach_norm.h>
#include <ATen/ops/_foreach_sub.h>
#endif

#include "guard.hpp"

using namespace easel;

namespace {

/// The gradients of those that have one.
std::vector<at::Tensor> gradients(const ctorch_in *parameters, int32_t count) {
  std::vector<at::Tensor> grads;
  for (int32_t index = 0; index < count; index++) {
    const auto &grad = parameters[index]->value.grad();
    if (grad.defined()) grads.push_back(grad);
  }
  return grads;
}

}  // namespace

ctorch_tensor *ctorch_grad_norm(const ctorch_in *parameters, int32_t count, ctorch_error error) {
  return made(error, [&]() -> at::Tensor {
    c10::NoGradGuard guard;
    auto grads = gradients(parameters, count);
    if (grads.empty()) return at::zeros({}, parameters[0]->value.options().dtype(at::kFloat));
    std::vector<at::Tensor> norms;
#if EASEL_CUDA
    if (!grads[0].is_cpu()) return at::linalg_vector_norm(at::stack(at::_foreach_norm(grads)));
#endif
    for (const auto &grad : grads) norms.push_back(at::linalg_vector_norm(grad.to(at::kFloat)));
    return at::linalg_vector_norm(at::stack(norms));
  });
}

bool ctorch_scale_grads(const ctorch_in *parameters, int32_t count, ctorch_tensor *factor, ctorch_error error) {
  return done(error, [&] {
    c10::NoGradGuard guard;
    auto grads = gradients(parameters, count);
    if (grads.empty()) return;
    auto scalar = factor->value.reshape({});
#if EASEL_CUDA
    if (!grads[0].is_cpu()) {
      at::_foreach_mul_(grads, scalar);
      return;
    }
#endif
    for (auto &grad : grads) grad.mul_(scalar.to(grad.scalar_type()));
  });
}

bool ctorch_move_towards(const ctorch_in *tensors, const ctorch_in *targets, int32_t count, ctorch_tensor *weight,
                         ctorch_error error) {
  return done(error, [&] {
    c10::NoGradGuard guard;
    auto own = list(tensors, count), other = list(targets, count);
    if (own.empty()) return;
    auto scalar = weight->value.reshape({});
#if EASEL_CUDA
    if (!own[0].is_cpu()) {
      auto difference = at::_foreach_sub(other, own);
      at::_foreach_mul_(difference, scalar);
      at::_foreach_add_(own, difference);
      return;
    }
#endif
    for (size_t index = 0; index < own.size(); index++) {
      own[index].lerp_(other[index], scalar.to(own[index].scalar_type()));
    }
  });
}

bool ctorch_clamp_in_place(const ctorch_in *tensors, int32_t count, double low, double high, ctorch_error error) {
  return done(error, [&] {
    c10::NoGradGuard guard;
    auto values = list(tensors, count);
    if (values.empty()) return;
#if EASEL_CUDA
    if (!values[0].is_cpu()) {
      at::_foreach_clamp_min_(values, low);
      at::_foreach_clamp_max_(values, high);
      return;
    }
#endif
    for (auto &value : values) value.clamp_(low, high);
  });
}
