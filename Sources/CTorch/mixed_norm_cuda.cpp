// Mixed normalisation with the kernels of kernels/norm.hpp: see mixed_norm.cpp for the formulas.
#include <ATen/ops/empty.h>

#include "mixed_norm.hpp"

using namespace easel;

#if EASEL_CUDA

namespace {

LearnedNumbers pointers(const LearnedTensors &learned) {
  if (!learned.exist()) return {nullptr, nullptr, nullptr, 0, 0};
  auto stride = [](const at::Tensor &x) { return x.size(0) > 1 ? static_cast<int>(x.size(1)) : 0; };
  return {learned.rho.data_ptr<float>(), learned.gamma.data_ptr<float>(), learned.beta.data_ptr<float>(),
          stride(learned.gamma), stride(learned.beta)};
}

/// The blocks that finish the sums, and the channels of each: all if there are statistics of the layer.
std::pair<Extent, int> finishing(const Division &division, const LearnedTensors &learned) {
  const int span = learned.exist() ? division.channels : std::min(64, division.channels);
  const unsigned groups = static_cast<unsigned>((division.channels + span - 1) / span);
  return {Extent{groups, static_cast<unsigned>(division.images)}, span};
}

}  // namespace

namespace easel {

void normalise_on_device(const at::Tensor &x, const LearnedTensors &learned, NormOptions options, const at::Tensor &addend,
                         const at::Tensor &out, const at::Tensor &data) {
  const Division division(x, {&out, addend.defined() ? &addend : &out});
  const auto grid = division.grid(2 * multiprocessors(x));
  auto parts = at::empty({x.size(0), grid.x, 2, x.size(1)}, float_options(x));
  const int slabs = static_cast<int>(grid.x), channels = division.channels;
  launch(division.kernel("norm_sums", x), x, grid, division.block, 0, x.data_ptr(), parts.data_ptr(), division.pixels,
         channels);
  const auto [groups, span] = finishing(division, learned);
  launch(std::string("norm_finish_") + type_name(x), x, groups, {1024}, 8 * static_cast<size_t>(span), x.data_ptr(),
         parts.data_ptr(), pointers(learned), data.data_ptr(), division.pixels, channels, slabs, int{span},
         static_cast<int>(options.correction()), static_cast<float>(options.eps));
  const NormStatistics statistics(data, x.size(0), x.size(1));
  const Numbers scale{statistics.scale, channels, 1}, shift{statistics.shift, channels, 1};
  const auto whole = division.grid(8 * multiprocessors(x));
  if (addend.defined()) {
    launch(division.kernel("affine_sum", x), x, whole, division.block, 0, x.data_ptr(), addend.data_ptr(), out.data_ptr(),
           scale, shift, division.pixels, channels);
  } else if (options.border > 0) {
    launch(division.kernel("affine_mirrored", x), x, whole, division.block, 0, x.data_ptr(), out.data_ptr(), scale, shift,
           static_cast<int>(x.size(2)), static_cast<int>(x.size(3)), channels, static_cast<int>(options.border),
           options.slope());
  } else {
    launch(division.kernel("affine", x), x, whole, division.block, 0, x.data_ptr(), out.data_ptr(), scale, shift,
           division.pixels, channels, options.slope());
  }
}

std::pair<at::Tensor, at::Tensor> differentiate_on_device(const at::Tensor &x, const at::Tensor &grad,
                                                          const LearnedTensors &learned, NormOptions options,
                                                          const at::Tensor &data, const at::Tensor &out) {
  const Division division(x, {&grad, &out});
  const auto grid = division.grid(2 * multiprocessors(x));
  auto parts = at::empty({x.size(0), grid.x, 2, x.size(1)}, float_options(x));
  auto slopes = at::empty({5, x.size(0), x.size(1)}, float_options(x));
  at::Tensor totals;
  if (learned.exist() && x.size(0) > 1) totals = at::empty({3, x.size(1)}, float_options(x));
  const int slabs = static_cast<int>(grid.x), channels = division.channels;
  launch(division.kernel("norm_backward_sums", x), x, grid, division.block, 0, x.data_ptr(), grad.data_ptr(),
         data.data_ptr(), parts.data_ptr(), division.images, division.pixels, channels, options.slope());
  const auto [groups, span] = finishing(division, learned);
  launch("norm_backward_finish", x, groups, {1024}, 8 * static_cast<size_t>(span), parts.data_ptr(), pointers(learned),
         data.data_ptr(), slopes.data_ptr(), division.pixels, channels, slabs, int{span},
         static_cast<int>(options.correction()));
  launch(division.kernel("norm_backward", x), x, division.grid(8 * multiprocessors(x)), division.block, 0, x.data_ptr(),
         grad.data_ptr(), out.data_ptr(), data.data_ptr(), slopes.data_ptr(),
         totals.defined() ? totals.data_ptr() : nullptr, division.images, division.pixels, channels, options.slope());
  auto own = slopes.narrow(0, 2, 3);
  return {own, totals.defined() ? totals : own};
}

}  // namespace easel

#endif
