// One over the largest singular values of weights, by power iteration (https://arxiv.org/abs/1802.05957).
//
// A weight (out, ...) is used as a matrix (out, in) in its own memory order, without a copy: for channels_last the columns are
// ordered (height, width, channel), while v keeps the published order (channel, height, width).
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/mv.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros_like.h>
#include <torch/csrc/autograd/custom_function.h>

#include "kernels.hpp"

using namespace easel;
using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

namespace {

/// Whether the columns of the matrix are ordered (height, width, channel).
bool permuted(const at::Tensor &weight) {
  return weight.dim() == 4 && !weight.is_contiguous() && weight.is_contiguous(at::MemoryFormat::ChannelsLast);
}

/// The matrix in memory order.
at::Tensor matrix(const at::Tensor &weight) {
  return (permuted(weight) ? weight.permute({0, 2, 3, 1}) : weight).reshape({weight.size(0), -1});
}

/// The vector v in the order of the matrix's columns.
at::Tensor in_memory_order(const at::Tensor &v, const at::Tensor &weight) {
  if (!permuted(weight)) return v;
  return v.view({weight.size(1), weight.size(2), weight.size(3)}).permute({1, 2, 0}).reshape({-1});
}

/// Writes a vector in the order of the columns to v.
void write_published(const at::Tensor &v, const at::Tensor &columns, const at::Tensor &weight) {
  if (!permuted(weight)) {
    v.copy_(columns);
    return;
  }
  v.view({weight.size(1), weight.size(2), weight.size(3)})
      .copy_(columns.view({weight.size(2), weight.size(3), weight.size(1)}).permute({2, 0, 1}));
}

at::Tensor normalized(const at::Tensor &x) { return x.div(x.norm().clamp_min(1e-12)); }

/// The singular vectors of each use, (uses, out) and (uses, in) with columns in memory order, and 1 / sigma, (uses).
struct Uses {
  at::Tensor u, v, inverse;
};

Uses iterate(const at::Tensor &weight, const at::Tensor &u, const at::Tensor &v, int64_t uses) {
  auto flat = matrix(weight);
  std::vector<at::Tensor> lefts, rights, inverses;
  for (int64_t use = 0; use < uses; use++) {
    auto right = normalized(at::mv(flat.t(), u));
    auto product = at::mv(flat, right);
    auto left = normalized(product);
    u.copy_(left);
    write_published(v, right, weight);
    lefts.push_back(left), rights.push_back(right);
    inverses.push_back(left.dot(product).reciprocal());
  }
  return {at::stack(lefts), at::stack(rights), at::stack(inverses)};
}

#if EASEL_CUDA

bool has_kernels_for(const at::Tensor &weight, const at::Tensor &u, const at::Tensor &v) {
  auto usable = [&](const at::Tensor &x) { return x.scalar_type() == at::kFloat && x.device() == weight.device(); };
  if (reinterpret_cast<uintptr_t>(weight.data_ptr()) % 16 != 0) return false;
  const int64_t columns = weight.numel() / std::max<int64_t>(1, weight.size(0));
  return usable(weight) && usable(u) && usable(v) && u.is_contiguous() && v.is_contiguous() && u.numel() == weight.size(0) &&
         v.numel() == columns && columns > 0 && columns % 4 == 0 && columns < 1 << 30 && weight.size(0) <= 65535 &&
         (weight.is_contiguous() || permuted(weight)) && has_kernels(weight.device());
}

/// A grid with a number of blocks for each layer.
template <typename Blocks>
Extent blocks(SpectralLayers &layers, Blocks of) {
  layers.start[0] = 0;
  for (int i = 0; i < layers.count; i++) layers.start[i + 1] = layers.start[i] + of(layers.layer[i]);
  return {static_cast<unsigned>(layers.start[layers.count])};
}

/// The same for several weights of one device with three kernels a use.
std::vector<Uses> iterate_on_device(const std::vector<at::Tensor> &weights, const std::vector<at::Tensor> &u,
                                    const std::vector<at::Tensor> &v, int64_t uses) {
  std::vector<Uses> found;
  SpectralLayers layers = {};
  std::vector<at::Tensor> scratch;
  for (const auto &weight : weights) {
    const int64_t rows = weight.size(0), columns = weight.numel() / rows;
    auto options = weight.options().memory_format(at::MemoryFormat::Contiguous);
    found.push_back({at::empty({uses, rows}, options), at::empty({uses, columns}, options), at::empty({uses}, options)});
    // The columns first: they are read 16 bytes at a time.
    scratch.push_back(at::empty({columns + rows + (columns + 63) / 64}, options));
    auto &layer = layers.layer[layers.count];
    const size_t index = static_cast<size_t>(layers.count++);
    layer.weight = weight.data_ptr<float>();
    layer.u = u[index].data_ptr<float>(), layer.v = v[index].data_ptr<float>();
    layer.product = scratch.back().data_ptr<float>();
    layer.image = layer.product + columns, layer.squares = layer.image + rows;
    layer.rows = static_cast<int>(rows), layer.columns = static_cast<int>(columns);
    layer.channels = static_cast<int>(permuted(weight) ? weight.size(1) : columns);
    layer.spatial = layer.columns / layer.channels;
  }
  const auto &on = weights[0];
  for (int64_t use = 0; use < uses; use++) {
    for (int i = 0; i < layers.count; i++) {
      auto &layer = layers.layer[i];
      const auto &own = found[static_cast<size_t>(i)];
      layer.saved_u = own.u.data_ptr<float>() + use * layer.rows;
      layer.saved_v = own.v.data_ptr<float>() + use * layer.columns;
      layer.inverse = own.inverse.data_ptr<float>() + use;
    }
    auto grid = blocks(layers, [](const SpectralLayer &layer) { return (layer.columns + 63) / 64; });
    launch("spectral_columns", on, grid, {16, 16}, 0, layers);
    grid = blocks(layers, [](const SpectralLayer &layer) { return layer.rows; });
    launch("spectral_rows", on, grid, {256}, 0, layers);
    grid = blocks(layers, [](const SpectralLayer &layer) { return 1 + (layer.columns + 4095) / 4096; });
    launch("spectral_finish", on, grid, {256}, 0, layers);
  }
  return found;
}

#endif

/// Whether a convolution takes the weight in another type than its own.
bool converts(const at::Tensor &weight, at::ScalarType type) { return weight.dim() == 4 && weight.scalar_type() != type; }

/// Connects 1 / sigma, and the weight in the type of convolutions, with the weight.
///
/// The gradient of the weight is that of its conversion, plus the sum over the uses of -gradient / sigma^2 * u v'. Both at once
/// save several passes over the largest weights.
struct Scale : Function<Scale> {
  static variable_list forward(AutogradContext *context, const at::Tensor &weight, const at::Tensor &inverse,
                               const at::Tensor &u, const at::Tensor &v, bool kernels, at::ScalarType type) {
    context->save_for_backward({weight, inverse, u, v});
    context->saved_data["kernels"] = kernels;
    variable_list results = {inverse.view_as(inverse)};
    if (converts(weight, type)) results.push_back(weight.to(type));
    return results;
  }

  static variable_list backward(AutogradContext *context, variable_list grads) {
    TORCH_CHECK(!at::GradMode::is_enabled(), "spectral normalisation in training cannot be differentiated twice");
    auto saved = context->get_saved_variables();
    const auto &weight = saved[0], &inverse = saved[1], &u = saved[2], &v = saved[3];
    auto grad = grads[0].defined() ? grads[0].contiguous() : at::zeros_like(inverse);
    const auto order = permuted(weight) ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
    at::Tensor converted;
    if (grads.size() > 1 && grads[1].defined()) converted = grads[1].contiguous(order);
    auto out = at::empty_like(weight, order);
    variable_list results(6);
    results[0] = out;
#if EASEL_CUDA
    const bool is_half = converted.defined() && converted.scalar_type() == at::kHalf;
    if (context->saved_data["kernels"].toBool()) {
      const int columns = static_cast<int>(v.size(1));
      const Extent grid = {static_cast<unsigned>((columns / 4 + 255) / 256), static_cast<unsigned>(weight.size(0))};
      const void *added = converted.defined() ? converted.data_ptr() : nullptr;
      launch("spectral_backward", weight, grid, {256}, 0, u.data_ptr(), v.data_ptr(), inverse.data_ptr(), grad.data_ptr(),
             added, is_half, out.data_ptr(), static_cast<int>(u.size(0)), columns);
      return results;
    }
#endif
    auto factors = grad.mul(inverse.square()).neg().unsqueeze(1);
    auto target = matrix(out);
    at::mm_out(target, u.mul(factors).t(), v);
    if (converted.defined()) out.add_(converted);
    return results;
  }
};

/// Without an iteration, twice differentiable.
at::Tensor current(const at::Tensor &weight, const at::Tensor &u, const at::Tensor &v, int64_t uses) {
  auto product = at::mv(matrix(weight), in_memory_order(v, weight));
  return product.dot(u).reciprocal().reshape({1}).expand({uses});
}

}  // namespace

bool ctorch_spectral_scales(const ctorch_in *weights, const ctorch_in *u, const ctorch_in *v, int32_t count, int32_t uses,
                            bool training, ctorch_dtype dtype, ctorch_out *scales, ctorch_out *converted,
                            ctorch_error error) {
  return done(error, [&] {
    const auto all = list(weights, count), left = list(u, count), right = list(v, count);
    const auto type = easel::type(dtype);
    // 1 / sigma of each weight, then each weight for its convolution.
    std::vector<at::Tensor> results, kernels_of_convolutions;
    if (!training) {
      for (size_t i = 0; i < all.size(); i++) {
        results.push_back(current(all[i], left[i], right[i], uses));
        kernels_of_convolutions.push_back(converts(all[i], type) ? all[i].to(type) : all[i]);
      }
    } else {
      std::vector<Uses> found(all.size());
      std::vector<bool> kernels(all.size());
      {
        c10::NoGradGuard guard;
#if EASEL_CUDA
        std::vector<size_t> batch;
        auto run = [&] {
          std::vector<at::Tensor> chosen[3];
          for (size_t i : batch) {
            chosen[0].push_back(all[i]), chosen[1].push_back(left[i]), chosen[2].push_back(right[i]);
          }
          auto some = iterate_on_device(chosen[0], chosen[1], chosen[2], uses);
          for (size_t i = 0; i < batch.size(); i++) found[batch[i]] = some[i];
          batch.clear();
        };
        for (size_t i = 0; i < all.size(); i++) {
          kernels[i] = has_kernels_for(all[i], left[i], right[i]);
          if (!kernels[i]) continue;
          batch.push_back(i);
          if (batch.size() == SpectralLayers::limit) run();
        }
        if (!batch.empty()) run();
#endif
        for (size_t i = 0; i < all.size(); i++) {
          if (!kernels[i]) found[i] = iterate(all[i], left[i], right[i], uses);
        }
      }
      for (size_t i = 0; i < all.size(); i++) {
        auto both =
            Scale::apply(all[i], found[i].inverse, found[i].u, found[i].v, static_cast<bool>(kernels[i]), type);
        results.push_back(both[0]);
        kernels_of_convolutions.push_back(both.size() > 1 ? both[1] : all[i]);
      }
    }
    results.insert(results.end(), kernels_of_convolutions.begin(), kernels_of_convolutions.end());
    std::vector<std::unique_ptr<ctorch_tensor>> handles;
    for (auto &result : results) handles.push_back(std::make_unique<ctorch_tensor>(ctorch_tensor{result}));
    for (size_t i = 0; i < all.size(); i++) {
      scales[i] = handles[i].release();
      converted[i] = handles[all.size() + i].release();
    }
  });
}
