// Instance and layer normalisation mixed by rho (AdaLIN and LIN), or instance normalisation alone, with the activation.
//
// Of channel c with P pixels, m is the mean and v the variance; M and V are those of all C channels together. With
// r = (v + eps)^-1/2 and R = (V + eps)^-1/2 the result is an affine map of the channel, before the activation:
//   y = gamma (rho r (x - m) + (1 - rho) R (x - M)) + beta = scale x + shift.
// Let G be the sum over the channel of the gradient g that passes the activation, and H that of g (x - m). Then
//   d gamma = rho r H + (1 - rho) R (H + G (m - M)),   d beta = G,   d rho = gamma (r H - R (H + G (m - M))),
//   d r = gamma rho H,   d R = sum over c of gamma (1 - rho) (H + G (m - M)),   d v = -r^3/2 d r,   d V = -R^3/2 d R,
//   d m = -gamma rho r G,   d M = -(sum over c of gamma (1 - rho) R G),
//   d x = scale g + 2 d v (x - m) / (P - k) + d m / P + 2 d V (x - M) / (P C - k) + d M / (P C),
// where k is 1 for unbiased variances and else 0. So each direction takes two passes over the pixels, on the CPU as on CUDA.
#include <ATen/ops/addcmul.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/var_mean.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cmath>

#include "channel_passes.hpp"
#include "mixed_norm.hpp"

using namespace easel;
using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

namespace {

void normalise_on_cpu(const at::Tensor &x, const LearnedTensors &learned, NormOptions options, const at::Tensor &out,
                      const at::Tensor &data) {
  const int64_t images = x.size(0), channels = x.size(1);
  const double pixels = static_cast<double>(x.size(2) * x.size(3)), correction = static_cast<double>(options.correction());
  const NormStatistics statistics(data, images, channels);
  std::vector<double> sums(static_cast<size_t>(2 * images * channels));
  dispatch(x, [&](auto zero) {
    sum_channels<decltype(zero)>(x, x, statistics.scale, statistics.scale, sums.data(),
                                 [](float x, float, float, float, double &one, double &two) {
                                   one += x, two += static_cast<double>(x) * x;
                                 });
  });
  for (int64_t image = 0; image < images; image++) {
    double *means = sums.data() + image * channels, *squares = means + images * channels;
    double sum = 0, deviations = 0;
    for (int64_t c = 0; c < channels; c++) {
      const double total = means[c];
      means[c] = total / pixels;
      squares[c] = std::max(0.0, squares[c] - total * means[c]);
      sum += means[c];
      deviations += squares[c];
    }
    const double count = pixels * static_cast<double>(channels), layer_mean = sum / static_cast<double>(channels);
    for (int64_t c = 0; c < channels; c++) deviations += pixels * (means[c] - layer_mean) * (means[c] - layer_mean);
    const double layer = 1 / std::sqrt(deviations / (count - correction) + options.eps);
    statistics.layer_mean[image] = static_cast<float>(layer_mean);
    statistics.layer[image] = static_cast<float>(layer);
    for (int64_t c = 0; c < channels; c++) {
      const int64_t at = image * channels + c;
      const double instance = 1 / std::sqrt(squares[c] / (pixels - correction) + options.eps);
      const double own = learned.scale(image, c) * learned.share(c) * instance;
      const double whole = learned.scale(image, c) * (1.0 - learned.share(c)) * layer;
      statistics.scale[at] = static_cast<float>(own + whole);
      statistics.shift[at] =
          static_cast<float>(learned.shift(image, c) - (own * means[c] + (learned.exist() ? whole * layer_mean : 0)));
      statistics.mean[at] = static_cast<float>(means[c]);
      statistics.instance[at] = static_cast<float>(instance);
    }
  }
  dispatch(x, [&](auto zero) {
    using T = decltype(zero);
    const float *a = statistics.scale, *b = statistics.shift;
    if (options.rectified) {
      map_channels<T>(x, x, a, b, a, a, out, [](float x, float, float a, float b, float, float) {
        return std::max(x * a + b, 0.0f);
      });
    } else {
      map_channels<T>(x, x, a, b, a, a, out,
                      [](float x, float, float a, float b, float, float) { return x * a + b; });
    }
  });
}

/// The gradients of rho, gamma and beta for each image, (3, N, C).
at::Tensor differentiate_on_cpu(const at::Tensor &x, const at::Tensor &grad, const LearnedTensors &learned,
                                NormOptions options, const at::Tensor &data, const at::Tensor &out) {
  const int64_t images = x.size(0), channels = x.size(1), all = images * channels;
  const double pixels = static_cast<double>(x.size(2) * x.size(3)), correction = static_cast<double>(options.correction());
  const double count = pixels * static_cast<double>(channels);
  const NormStatistics statistics(data, images, channels);
  const float *a = statistics.scale, *b = statistics.shift;
  std::vector<double> sums(static_cast<size_t>(2 * all));
  dispatch(x, [&](auto zero) {
    using T = decltype(zero);
    if (options.rectified) {
      sum_channels<T>(x, grad, a, b, sums.data(), [](float x, float g, float a, float b, double &one, double &two) {
        const float passed = x * a + b > 0 ? g : 0.0f;
        one += passed, two += static_cast<double>(passed) * x;
      });
    } else {
      sum_channels<T>(x, grad, a, b, sums.data(), [](float x, float g, float, float, double &one, double &two) {
        one += g, two += static_cast<double>(g) * x;
      });
    }
  });
  auto slopes = at::empty({3, images, channels}, float_options(x));
  float *of_rho = slopes.data_ptr<float>(), *of_gamma = of_rho + all, *of_beta = of_gamma + all;
  std::vector<float> factors(static_cast<size_t>(all)), constants(static_cast<size_t>(all));
  for (int64_t image = 0; image < images; image++) {
    const double layer_mean = statistics.layer_mean[image], layer = learned.exist() ? statistics.layer[image] : 0;
    double of_mean = 0, of_layer = 0;
    for (int64_t c = 0; c < channels; c++) {
      const int64_t at = image * channels + c;
      const double sum = sums[static_cast<size_t>(at)], mean = statistics.mean[at];
      const double weight = learned.scale(image, c) * (1.0 - learned.share(c));
      of_mean -= weight * layer * sum;
      of_layer += weight * (sums[static_cast<size_t>(all + at)] - sum * layer_mean);
      sums[static_cast<size_t>(all + at)] -= sum * mean;
    }
    const double layer_factor = -layer * layer * layer * of_layer / (count - correction);
    for (int64_t c = 0; c < channels; c++) {
      const int64_t at = image * channels + c;
      const double sum = sums[static_cast<size_t>(at)], product = sums[static_cast<size_t>(all + at)];
      const double mean = statistics.mean[at], instance = statistics.instance[at];
      const double share = learned.share(c), gamma = learned.scale(image, c);
      const double across = product + sum * (mean - layer_mean);
      const double factor = -instance * instance * instance * gamma * share * product / (pixels - correction);
      // Without a mixture, layer is 0, so a layer factor that is not finite must not be used.
      const double whole = learned.exist() ? layer_factor : 0;
      factors[static_cast<size_t>(at)] = static_cast<float>(factor + whole);
      constants[static_cast<size_t>(at)] = static_cast<float>(
          of_mean / count - gamma * share * instance * sum / pixels - factor * mean - whole * layer_mean);
      of_rho[at] = static_cast<float>(gamma * (instance * product - layer * across));
      of_gamma[at] = static_cast<float>(share * instance * product + (1 - share) * layer * across);
      of_beta[at] = static_cast<float>(sum);
    }
  }
  dispatch(x, [&](auto zero) {
    using T = decltype(zero);
    const float *c = factors.data(), *d = constants.data();
    if (options.rectified) {
      map_channels<T>(x, grad, a, b, c, d, out, [](float x, float g, float a, float b, float c, float d) {
        return (x * a + b > 0 ? g : 0.0f) * a + (x * c + d);
      });
    } else {
      map_channels<T>(x, grad, a, b, c, d, out,
                      [](float x, float g, float a, float, float c, float d) { return g * a + (x * c + d); });
    }
  });
  return slopes;
}

at::Tensor normalise(AutogradContext *context, const at::Tensor &input, const LearnedTensors &learned,
                     const OptionalTensor &addend, NormOptions options) {
  auto x = dense(input);
  auto out = at::empty({x.size(0), x.size(1), x.size(2) + 2 * options.border, x.size(3) + 2 * options.border},
                       x.options().memory_format(x.suggest_memory_format()));
  auto data = at::empty({NormStatistics::size(x)}, float_options(x));
#if EASEL_CUDA
  if (x.is_cuda()) {
    auto more = addend ? dense(*addend) : at::Tensor();
    normalise_on_device(x, learned, options, more, out, data);
  } else {
    normalise_on_cpu(x, learned, options, out, data);
  }
#else
  normalise_on_cpu(x, learned, options, out, data);
#endif
  context->save_for_backward({x, data, learned.rho, learned.gamma, learned.beta});
  context->saved_data["unbiased"] = options.unbiased;
  context->saved_data["rectified"] = options.rectified;
  context->saved_data["border"] = options.border;
  context->saved_data["added"] = addend.has_value();
  return out;
}

/// The gradients of the image, and of rho, gamma and beta.
variable_list differentiate(AutogradContext *context, const at::Tensor &gradient) {
  once_differentiable();
  auto saved = context->get_saved_variables();
  const auto &x = saved[0], &data = saved[1];
  const LearnedTensors learned{saved[2], saved[3], saved[4]};
  const NormOptions options{context->saved_data["unbiased"].toBool(), 0, context->saved_data["rectified"].toBool()};
  auto grad = gradient;
#if EASEL_CUDA
  const int64_t border = context->saved_data["border"].toInt();
  if (border > 0) grad = without_border(grad, border);
#endif
  grad = grad.contiguous(x.suggest_memory_format());
  auto out = at::empty_like(x);
  at::Tensor own, totals;
#if EASEL_CUDA
  if (x.is_cuda()) {
    std::tie(own, totals) = differentiate_on_device(x, grad, learned, options, data, out);
  } else {
    own = differentiate_on_cpu(x, grad, learned, options, data, out);
  }
#else
  own = differentiate_on_cpu(x, grad, learned, options, data, out);
#endif
  if (!learned.exist()) return {out};
  if (!totals.defined()) totals = own.sum(at::IntArrayRef{1});
  variable_list found{out};
  const at::Tensor inputs[] = {learned.rho, learned.gamma, learned.beta};
  for (int64_t i = 0; i < 3; i++) {
    const auto &input = inputs[i];
    found.push_back((input.size(0) > 1 ? own : totals).select(0, i).reshape(input.sizes()));
  }
  return found;
}

at::Tensor of_addend(AutogradContext *context, const variable_list &grads) {
  return context->saved_data["added"].toBool() ? grads[0] : at::Tensor();
}

struct MixedNorm : Function<MixedNorm> {
  static at::Tensor forward(AutogradContext *context, const at::Tensor &input, const OptionalTensor &addend,
                            const at::Tensor &rho, const at::Tensor &gamma, const at::Tensor &beta, NormOptions options) {
    return normalise(context, input, {numbers(rho), numbers(gamma), numbers(beta)}, addend, options);
  }

  static variable_list backward(AutogradContext *context, variable_list grads) {
    auto found = differentiate(context, grads[0]);
    return {found[0], of_addend(context, grads), found[1], found[2], found[3], at::Tensor()};
  }
};

struct InstanceNorm : Function<InstanceNorm> {
  static at::Tensor forward(AutogradContext *context, const at::Tensor &input, const OptionalTensor &addend,
                            NormOptions options) {
    return normalise(context, input, {}, addend, options);
  }

  static variable_list backward(AutogradContext *context, variable_list grads) {
    auto found = differentiate(context, grads[0]);
    return {found[0], of_addend(context, grads), at::Tensor()};
  }
};

/// The same out of libtorch's operations, for every type and device, and twice differentiable.
at::Tensor composed(const at::Tensor &input, const LearnedTensors &learned, NormOptions options) {
  auto x = widened(input);
  const int64_t axes[] = {2, 3};
  const double pixels = static_cast<double>(x.size(2) * x.size(3)), correction = static_cast<double>(options.correction());
  at::Tensor variance, mean;
  std::tie(variance, mean) = at::var_mean(x, at::IntArrayRef(axes), options.unbiased, true);
  auto scale = variance.add(options.eps).rsqrt(), shift = scale.mul(mean).neg();
  if (learned.exist()) {
    const double channels = static_cast<double>(x.size(1));
    auto layer_mean = mean.mean(at::IntArrayRef{1}, true);
    auto within = variance.mean(at::IntArrayRef{1}, true).mul((pixels - correction) * channels);
    auto between = mean.sub(layer_mean).square().mean(at::IntArrayRef{1}, true).mul(pixels * channels);
    auto layer = within.add(between).div(pixels * channels - correction).add(options.eps).rsqrt();
    auto own = scale.mul(learned.rho), whole = layer.mul(learned.rho.neg().add(1));
    scale = own.add(whole).mul(learned.gamma);
    shift = learned.beta.sub(own.mul(mean).add(whole.mul(layer_mean)).mul(learned.gamma));
  }
  auto out = at::addcmul(shift, x, scale);
  return (options.rectified ? out.relu() : out).to(input.scalar_type());
}

}  // namespace

ctorch_tensor *ctorch_mixed_norm(ctorch_tensor *input, ctorch_tensor *rho, ctorch_tensor *gamma, ctorch_tensor *beta,
                                 bool unbiased, double eps, bool rectified, ctorch_tensor *addend, int64_t border,
                                 ctorch_error error) {
  return made(error, [&] {
    const auto &x = input->value;
    TORCH_CHECK(x.dim() == 4, "an image has four axes, not ", x.dim());
    TORCH_CHECK((rho && gamma && beta) || (!rho && !gamma && !beta), "rho, gamma and beta come together");
    if (rho) {
      auto fits = [&](const at::Tensor &tensor, bool each) {
        return tensor.dim() == 4 && tensor.numel() == tensor.size(0) * x.size(1) && tensor.size(1) == x.size(1) &&
               (tensor.size(0) == 1 || (each && tensor.size(0) == x.size(0)));
      };
      TORCH_CHECK(fits(rho->value, false) && fits(gamma->value, true) && fits(beta->value, true),
                  "rho, gamma and beta do not fit the ", x.size(1), " channels of ", x.size(0), " images");
    }
    TORCH_CHECK(!addend || (border == 0 && !rectified && addend->value.sizes() == x.sizes()),
                "an addend has the size of the image and comes without an activation and a border");
    const NormOptions options{unbiased, eps, rectified};
    if (has_kernels(x)) {
      const NormOptions all{unbiased, eps, rectified, border};
      TORCH_CHECK(border < x.size(2) && border < x.size(3), "a border of ", border, " is not narrower than the image");
      const auto more = addend ? OptionalTensor(addend->value.to(x.scalar_type())) : OptionalTensor();
      if (!rho) return InstanceNorm::apply(x, more, all);
      return MixedNorm::apply(x, more, rho->value, gamma->value, beta->value, all);
    }
    at::Tensor out;
    if (!has_passes(x)) {
      out = composed(x, rho ? LearnedTensors{rho->value, gamma->value, beta->value} : LearnedTensors{}, options);
    } else {
      out = rho ? MixedNorm::apply(x, OptionalTensor(), rho->value, gamma->value, beta->value, options)
                : InstanceNorm::apply(x, OptionalTensor(), options);
    }
    if (addend) out = out.add(addend->value);
    return border > 0 ? with_border(out, border) : out;
  });
}
