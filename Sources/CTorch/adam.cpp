// Adam, as torch.optim.Adam computes it, over all parameters in one call. On a GPU it does not wait for the device.
#include <ATen/Parallel.h>
#include <ATen/ops/empty_like.h>
#include <c10/core/GradMode.h>

#if EASEL_CUDA
#include <ATen/ops/_foreach_add.h>
#include <ATen/ops/_fused_adam.h>
#endif

#include <cmath>

#include "guard.hpp"

using namespace easel;

namespace {

/// What one step multiplies with, each rounded once from double: 1 - 0.999 in float would already be off by 5e-5.
struct Corrected {
  float beta1, rest1, beta2, rest2, eps, decay, size, root;
};

/// One pass over memory instead of the nine that the same formula takes operator by operator.
void step_in_one_pass(const at::Tensor &parameter, const at::Tensor &grad, const at::Tensor &first, const at::Tensor &second,
                      Corrected c) {
  float *p = parameter.data_ptr<float>(), *m = first.data_ptr<float>(), *v = second.data_ptr<float>();
  const float *g = grad.data_ptr<float>();
  at::parallel_for(0, parameter.numel(), 1 << 15, [=](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
      float slope = g[i] + c.decay * p[i];
      m[i] = c.beta1 * m[i] + c.rest1 * slope;
      v[i] = c.beta2 * v[i] + c.rest2 * slope * slope;
      p[i] -= c.size * m[i] / (std::sqrt(v[i]) / c.root + c.eps);
    }
  });
}

bool dense(const at::Tensor &tensor, const at::Tensor &like) {
  return tensor.is_cpu() && tensor.scalar_type() == at::kFloat && tensor.is_non_overlapping_and_dense() &&
         tensor.strides() == like.strides();
}

void step_on_cpu(const ctorch_in *parameters, const ctorch_in *first, const ctorch_in *second, const at::Tensor &steps,
                 int32_t count, double rate, ctorch_adam settings) {
  for (int32_t index = 0; index < count; index++) {
    const auto &parameter = parameters[index]->value, &m = first[index]->value, &v = second[index]->value;
    auto grad = parameter.grad();
    if (!grad.defined()) continue;
    const double number = steps.data_ptr<float>()[index] += 1;
    double size = rate / (1 - std::pow(settings.beta1, number));
    double root = std::sqrt(1 - std::pow(settings.beta2, number));
    if (dense(parameter, parameter) && dense(m, parameter) && dense(v, parameter)) {
      if (!dense(grad, parameter)) grad = at::empty_like(parameter).copy_(grad);
      step_in_one_pass(parameter, grad, m, v,
                       {static_cast<float>(settings.beta1), static_cast<float>(1 - settings.beta1),
                        static_cast<float>(settings.beta2), static_cast<float>(1 - settings.beta2),
                        static_cast<float>(settings.eps), static_cast<float>(settings.weight_decay),
                        static_cast<float>(size), static_cast<float>(root)});
      continue;
    }
    if (settings.weight_decay != 0) grad = grad.add(parameter, settings.weight_decay);
    m.mul_(settings.beta1).add_(grad, 1 - settings.beta1);
    v.mul_(settings.beta2).addcmul_(grad, grad, 1 - settings.beta2);
    parameter.addcdiv_(m, v.sqrt().div_(root).add_(settings.eps), -size);
  }
}

#if EASEL_CUDA
/// libtorch's fused kernel; `skip` is 1 if nothing may change.
void step_on_gpu(const ctorch_in *parameters, const ctorch_in *first, const ctorch_in *second, const at::Tensor &steps,
                 int32_t count, const at::Tensor &rate, const at::Tensor &skip, ctorch_adam settings) {
  std::vector<at::Tensor> values, grads, means, squares, counts;
  for (int32_t index = 0; index < count; index++) {
    const auto &parameter = parameters[index]->value;
    if (!parameter.grad().defined()) continue;
    values.push_back(parameter);
    grads.push_back(parameter.grad());
    means.push_back(first[index]->value);
    squares.push_back(second[index]->value);
    counts.push_back(steps.select(0, index));
  }
  if (values.empty()) return;
  at::_foreach_add_(counts, 1);
  at::_fused_adam_(values, grads, means, squares, {}, counts, rate, settings.beta1, settings.beta2, settings.weight_decay,
                   settings.eps, /* amsgrad */ false, /* maximize */ false, {}, skip);
  at::_foreach_add_(counts, skip.reshape({}), -1);
}
#endif

}  // namespace

bool ctorch_adam_step(const ctorch_in *parameters, const ctorch_in *first, const ctorch_in *second, ctorch_tensor *steps,
                      int32_t count, ctorch_tensor *rate, ctorch_tensor *skip, ctorch_adam settings, ctorch_error error) {
  return done(error, [&] {
    c10::NoGradGuard guard;
#if EASEL_CUDA
    if (!steps->value.is_cpu()) {
      step_on_gpu(parameters, first, second, steps->value, count, rate->value, skip->value, settings);
      return;
    }
#endif
    if (skip->value.item().toDouble() != 0) return;
    step_on_cpu(parameters, first, second, steps->value, count, rate->value.item().toDouble(), settings);
  });
}
