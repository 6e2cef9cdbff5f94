// Gradients.
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>

#include "guard.hpp"

using namespace easel;

bool ctorch_grad_mode(void) { return at::GradMode::is_enabled(); }

void ctorch_set_grad_mode(bool on) { at::GradMode::set_enabled(on); }

bool ctorch_requires_grad(ctorch_tensor *tensor) { return tensor->value.requires_grad(); }

bool ctorch_set_requires_grad(ctorch_tensor *tensor, bool on, ctorch_error error) {
  return done(error, [&] { tensor->value.requires_grad_(on); });
}

ctorch_tensor *ctorch_detach(ctorch_tensor *tensor, ctorch_error error) {
  return made(error, [&] { return tensor->value.detach(); });
}

ctorch_tensor *ctorch_grad(ctorch_tensor *tensor, ctorch_error error) {
  return guarded(error, [&]() -> ctorch_tensor * {
    const auto &grad = tensor->value.grad();
    return grad.defined() ? new ctorch_tensor{grad} : nullptr;
  });
}

bool ctorch_set_grad(ctorch_tensor *tensor, ctorch_tensor *grad, ctorch_error error) {
  return done(error, [&] { tensor->value.mutable_grad() = grad ? grad->value : at::Tensor(); });
}

bool ctorch_backward(const ctorch_in *roots, const ctorch_out *gradients, int32_t count, ctorch_error error) {
  return done(error, [&] {
    std::vector<at::Tensor> given;
    for (int32_t index = 0; index < count; index++) {
      given.push_back(gradients[index] ? gradients[index]->value : at::Tensor());
    }
    torch::autograd::backward(list(roots, count), given);
  });
}

bool ctorch_gradients(ctorch_tensor *tensor, const ctorch_in *inputs, int32_t count, bool create_graph,
                      ctorch_out *gradients, ctorch_error error) {
  return done(error, [&] {
    auto found = torch::autograd::grad({tensor->value}, list(inputs, count), {}, create_graph, create_graph, true);
    std::vector<std::unique_ptr<ctorch_tensor>> handles;
    for (auto &gradient : found) handles.emplace_back(gradient.defined() ? new ctorch_tensor{gradient} : nullptr);
    for (size_t index = 0; index < handles.size(); index++) gradients[index] = handles[index].release();
  });
}
