// Adam, as torch.optim.Adam computes it, over all parameters in one call.
#include <c10/core/GradMode.h>
#include <ATen/Parallel.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/stack.h>

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

}  // namespace

bool ctorch_adam_step(const ctorch_in *parameters, const ctorch_in *first, const ctorch_in *second, int64_t *steps,
                      int32_t count, ctorch_adam settings, ctorch_error error) {
  return done(error, [&] {
    c10::NoGradGuard guard;
    for (int32_t index = 0; index < count; index++) {
      const auto &parameter = parameters[index]->value, &m = first[index]->value, &v = second[index]->value;
      auto grad = parameter.grad();
      if (!grad.defined()) continue;
      steps[index] += 1;
      double size = settings.rate / (1 - std::pow(settings.beta1, static_cast<double>(steps[index])));
      double root = std::sqrt(1 - std::pow(settings.beta2, static_cast<double>(steps[index])));
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
  });
}

bool ctorch_clip_grad_norm(const ctorch_in *parameters, int32_t count, double limit, double *norm, ctorch_error error) {
  return done(error, [&] {
    c10::NoGradGuard guard;
    std::vector<at::Tensor> grads, norms;
    for (int32_t index = 0; index < count; index++) {
      const auto &grad = parameters[index]->value.grad();
      if (!grad.defined()) continue;
      grads.push_back(grad);
      norms.push_back(at::linalg_vector_norm(grad.to(at::kFloat)));
    }
    *norm = norms.empty() ? 0 : at::linalg_vector_norm(at::stack(norms)).item().toDouble();
    if (limit > 0 && *norm > limit) {
      for (auto &grad : grads) grad.mul_(limit / (*norm + 1e-6));
    }
  });
}
