// Element-wise operations, products, reductions and losses.
#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/l1_loss.h>
#include <ATen/ops/mse_loss.h>
#include <ATen/ops/softplus.h>
#include <ATen/ops/var_mean.h>

#include "guard.hpp"

using namespace easel;

ctorch_tensor *ctorch_unary(ctorch_unary_op op, ctorch_tensor *tensor, ctorch_error error) {
  return made(error, [&]() -> at::Tensor {
    const auto &x = tensor->value;
    switch (op) {
      case ctorch_relu: return x.relu();
      case ctorch_tanh: return x.tanh();
      case ctorch_sigmoid: return x.sigmoid();
      case ctorch_negate: return x.neg();
      case ctorch_sqrt: return x.sqrt();
      case ctorch_rsqrt: return x.rsqrt();
      case ctorch_abs: return x.abs();
      case ctorch_square: return x.square();
      case ctorch_softplus: return at::softplus(x);
      case ctorch_is_finite: return at::isfinite(x);
      case ctorch_all: return x.all();
    }
    TORCH_CHECK(false, "unknown operation");
  });
}

ctorch_tensor *ctorch_binary(ctorch_binary_op op, ctorch_tensor *first, ctorch_tensor *second, ctorch_error error) {
  return made(error, [&]() -> at::Tensor {
    const auto &a = first->value, &b = second->value;
    switch (op) {
      case ctorch_add: return a.add(b);
      case ctorch_subtract: return a.sub(b);
      case ctorch_multiply: return a.mul(b);
      case ctorch_divide: return a.div(b);
      case ctorch_power: return a.pow(b);
      case ctorch_matmul: return a.matmul(b);
    }
    TORCH_CHECK(false, "unknown operation");
  });
}

ctorch_tensor *ctorch_binary_scalar(ctorch_binary_op op, ctorch_tensor *first, double b, ctorch_error error) {
  return made(error, [&]() -> at::Tensor {
    const auto &a = first->value;
    switch (op) {
      case ctorch_add: return a.add(b);
      case ctorch_subtract: return a.sub(b);
      case ctorch_multiply: return a.mul(b);
      case ctorch_divide: return a.div(b);
      case ctorch_power: return a.pow(b);
      case ctorch_matmul: break;
    }
    TORCH_CHECK(false, "not an operation with a number");
  });
}

ctorch_tensor *ctorch_addcmul(ctorch_tensor *tensor, ctorch_tensor *a, ctorch_tensor *b, ctorch_error error) {
  return made(error, [&] { return tensor->value.addcmul(a->value, b->value); });
}

ctorch_tensor *ctorch_clamp(ctorch_tensor *tensor, double low, double high, ctorch_error error) {
  return made(error, [&] { return tensor->value.clamp(low, high); });
}

ctorch_tensor *ctorch_reduce(ctorch_reduction op, ctorch_tensor *tensor, const int64_t *axes, int32_t rank, bool keep,
                             ctorch_error error) {
  return made(error, [&]() -> at::Tensor {
    const auto &x = tensor->value;
    auto over = sizes(axes, rank);
    switch (op) {
      case ctorch_sum: return rank == 0 ? x.sum() : x.sum(over, keep);
      case ctorch_mean: return rank == 0 ? x.mean() : x.mean(over, keep);
      case ctorch_amax: return x.amax(over, keep);
      case ctorch_amin: return x.amin(over, keep);
    }
    TORCH_CHECK(false, "unknown reduction");
  });
}

ctorch_tensor *ctorch_var_mean(ctorch_tensor *tensor, const int64_t *axes, int32_t rank, int64_t correction, bool keep,
                               ctorch_out *mean, ctorch_error error) {
  return guarded(error, [&]() -> ctorch_tensor * {
    TORCH_CHECK(correction == 0 || correction == 1, "the correction is 0 or 1");
    auto both = at::var_mean(tensor->value, sizes(axes, rank), correction == 1, keep);
    auto variance = std::make_unique<ctorch_tensor>(ctorch_tensor{std::get<0>(both)});
    *mean = new ctorch_tensor{std::get<1>(both)};
    return variance.release();
  });
}

static at::Tensor loss(ctorch_loss_op op, const at::Tensor &input, const at::Tensor &target) {
  switch (op) {
    case ctorch_mse: return at::mse_loss(input, target);
    case ctorch_l1: return at::l1_loss(input, target);
    case ctorch_bce_logits: return at::binary_cross_entropy_with_logits(input, target);
  }
  TORCH_CHECK(false, "unknown loss");
}

ctorch_tensor *ctorch_loss(ctorch_loss_op op, ctorch_tensor *input, ctorch_tensor *target, ctorch_error error) {
  return made(error, [&] {
    TORCH_CHECK(input->value.sizes() == target->value.sizes(), "the shapes differ");
    return loss(op, input->value, target->value);
  });
}

ctorch_tensor *ctorch_loss_scalar(ctorch_loss_op op, ctorch_tensor *input, double target, ctorch_error error) {
  return made(error, [&] { return loss(op, input->value, at::full_like(input->value, target)); });
}

bool ctorch_item(ctorch_tensor *tensor, double *value, ctorch_error error) {
  return done(error, [&] {
    TORCH_CHECK(tensor->value.numel() == 1, "it has ", tensor->value.numel(), " elements, not one");
    *value = tensor->value.detach().item().toDouble();
  });
}
