// What convolutional networks are made of.
#include <ATen/Context.h>
#include <ATen/ops/adaptive_avg_pool2d.h>
#include <ATen/ops/adaptive_max_pool2d.h>
#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/instance_norm.h>
#include <ATen/ops/leaky_relu.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/prelu.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <ATen/ops/upsample_nearest2d.h>

#include "guard.hpp"

using namespace easel;

static at::Tensor optional(ctorch_tensor *tensor) { return tensor ? tensor->value : at::Tensor(); }

ctorch_tensor *ctorch_linear(ctorch_tensor *input, ctorch_tensor *weight, ctorch_tensor *bias, ctorch_error error) {
  return made(error, [&] { return at::linear(input->value, weight->value, optional(bias)); });
}

ctorch_tensor *ctorch_conv2d(ctorch_tensor *input, ctorch_tensor *weight, ctorch_tensor *bias, int64_t stride,
                             int64_t padding, int64_t groups, ctorch_error error) {
  return made(error, [&] {
    const int64_t strides[] = {stride, stride}, paddings[] = {padding, padding}, dilation[] = {1, 1};
    return at::conv2d(input->value, weight->value, optional(bias), strides, paddings, dilation, groups);
  });
}

ctorch_tensor *ctorch_pad(ctorch_tensor *input, const int64_t *padding, int32_t count, double value, ctorch_error error) {
  return made(error, [&] { return at::constant_pad_nd(input->value, sizes(padding, count), value); });
}

ctorch_tensor *ctorch_upsample_nearest(ctorch_tensor *input, int64_t height, int64_t width, ctorch_error error) {
  return made(error, [&] {
    const int64_t size[] = {height, width};
    return at::upsample_nearest2d(input->value, at::IntArrayRef(size));
  });
}

ctorch_tensor *ctorch_upsample_bilinear(ctorch_tensor *input, int64_t height, int64_t width, bool align_corners,
                                        ctorch_error error) {
  return made(error, [&] {
    const int64_t size[] = {height, width};
    return at::upsample_bilinear2d(input->value, at::IntArrayRef(size), align_corners);
  });
}

ctorch_tensor *ctorch_avg_pool2d(ctorch_tensor *input, int64_t size, ctorch_error error) {
  return made(error, [&] {
    const int64_t window[] = {size, size};
    return at::avg_pool2d(input->value, window);
  });
}

ctorch_tensor *ctorch_pool2d(ctorch_tensor *input, bool maximum, int64_t size, int64_t stride, int64_t padding,
                             ctorch_error error) {
  return made(error, [&] {
    const int64_t window[] = {size, size}, strides[] = {stride, stride}, paddings[] = {padding, padding};
    return maximum ? at::max_pool2d(input->value, window, strides, paddings)
                   : at::avg_pool2d(input->value, window, strides, paddings, false, false);
  });
}

ctorch_tensor *ctorch_global_avg_pool(ctorch_tensor *input, ctorch_error error) {
  return made(error, [&] {
    const int64_t one[] = {1, 1};
    return at::adaptive_avg_pool2d(input->value, at::IntArrayRef(one));
  });
}

ctorch_tensor *ctorch_global_max_pool(ctorch_tensor *input, ctorch_error error) {
  return made(error, [&] {
    const int64_t one[] = {1, 1};
    return std::get<0>(at::adaptive_max_pool2d(input->value, at::IntArrayRef(one)));
  });
}

ctorch_tensor *ctorch_leaky_relu(ctorch_tensor *input, double slope, ctorch_error error) {
  return made(error, [&] { return at::leaky_relu(input->value, slope); });
}

ctorch_tensor *ctorch_prelu(ctorch_tensor *input, ctorch_tensor *weight, ctorch_error error) {
  return made(error, [&] { return at::prelu(input->value, weight->value); });
}

ctorch_tensor *ctorch_instance_norm(ctorch_tensor *input, double eps, ctorch_error error) {
  return made(error, [&] {
    return at::instance_norm(input->value, {}, {}, {}, {}, true, 0.1, eps, at::globalContext().userEnabledCuDNN());
  });
}

ctorch_tensor *ctorch_batch_norm_eval(ctorch_tensor *input, ctorch_tensor *weight, ctorch_tensor *bias,
                                      ctorch_tensor *mean, ctorch_tensor *variance, double eps, ctorch_error error) {
  return made(error, [&] {
    return at::batch_norm(input->value, optional(weight), optional(bias), mean->value, variance->value, false, 0.1, eps,
                          at::globalContext().userEnabledCuDNN());
  });
}

ctorch_tensor *ctorch_normalize(ctorch_tensor *input, int64_t axis, double eps, ctorch_error error) {
  return made(error, [&] {
    const int64_t axes[] = {axis};
    return input->value.div(input->value.norm(2, axes, true).clamp_min(eps));
  });
}
