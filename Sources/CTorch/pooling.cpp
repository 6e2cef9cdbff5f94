// The mean and the largest value of every channel of every image, as class activation maps need them.
#include <ATen/ops/adaptive_avg_pool2d.h>
#include <ATen/ops/adaptive_max_pool2d.h>
#include <ATen/ops/empty.h>
#include <torch/csrc/autograd/custom_function.h>

#include "kernels.hpp"

using namespace easel;
using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

namespace {

#if EASEL_CUDA

/// Two kernels forward, one backward. libtorch's maximum of a whole channel is computed by a single thread.
struct Pooling : Function<Pooling> {
  static variable_list forward(AutogradContext *context, const at::Tensor &input) {
    auto x = dense(input);
    const Division division(x, {});
    const auto grid = division.grid(multiprocessors(x));
    const auto options = float_options(x);
    const int64_t sizes[] = {x.size(0), x.size(1)};
    auto parts = at::empty({x.size(0), grid.x, 3, x.size(1)}, options);
    auto mean = at::empty(sizes, options), maximum = at::empty(sizes, options), place = at::empty(sizes, options.dtype(at::kInt));
    launch(division.kernel("pool_parts", x), x, grid, division.block, 0, x.data_ptr(), parts.data_ptr(), division.pixels,
           division.channels);
    launch("pool_finish", x, {static_cast<unsigned>((division.channels + 63) / 64), static_cast<unsigned>(division.images)},
           {64, 4}, 0, parts.data_ptr(), mean.data_ptr(), maximum.data_ptr(), place.data_ptr(), division.pixels,
           division.channels, static_cast<int>(grid.x));
    // Of the image only size and type are needed: its pixels need not be kept.
    context->save_for_backward({place});
    context->saved_data["height"] = x.size(2);
    context->saved_data["width"] = x.size(3);
    context->saved_data["type"] = static_cast<int64_t>(x.scalar_type());
    return {mean, maximum};
  }

  static variable_list backward(AutogradContext *context, variable_list grads) {
    TORCH_CHECK(!at::GradMode::is_enabled(), "pooling of channels cannot be differentiated twice");
    auto place = context->get_saved_variables()[0];
    auto mean = grads[0].to(at::kFloat).contiguous(), maximum = grads[1].to(at::kFloat).contiguous();
    auto options = place.options().dtype(static_cast<at::ScalarType>(context->saved_data["type"].toInt()));
    auto out = at::empty({place.size(0), place.size(1), context->saved_data["height"].toInt(), context->saved_data["width"].toInt()},
                         options.memory_format(at::MemoryFormat::ChannelsLast));
    const Division division(out, {});
    launch(division.kernel("pool_backward", out), out, division.grid(8 * multiprocessors(out)), division.block, 0,
           mean.data_ptr(), maximum.data_ptr(), place.data_ptr(), out.data_ptr(), division.pixels, division.channels);
    return {out};
  }
};

#endif

}  // namespace

ctorch_tensor *ctorch_pooled(ctorch_tensor *input, ctorch_out *maximum, ctorch_error error) {
  return guarded(error, [&]() -> ctorch_tensor * {
    const auto &x = input->value;
    at::Tensor mean, most;
#if EASEL_CUDA
    if (has_kernels(x)) {
      auto both = Pooling::apply(x);
      mean = both[0], most = both[1];
    }
#endif
    if (!mean.defined()) {
      const int64_t one[] = {1, 1}, shape[] = {x.size(0), x.size(1)};
      mean = at::adaptive_avg_pool2d(widened(x), at::IntArrayRef(one)).reshape(shape);
      most = widened(std::get<0>(at::adaptive_max_pool2d(x, at::IntArrayRef(one)))).reshape(shape);
    }
    auto handle = std::make_unique<ctorch_tensor>(ctorch_tensor{mean});
    *maximum = new ctorch_tensor{most};
    return handle.release();
  });
}
