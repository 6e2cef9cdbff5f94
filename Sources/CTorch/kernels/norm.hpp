// Kernels of mixed instance and layer normalisation: see mixed_norm.cpp for the formulas.
#pragma once

namespace easel {

constexpr char norm_kernels[] = R"CUDA(
// Sums of x and of its square, both less the channel's first pixel.
template <typename T, int V> __device__ void norm_sums(const T *x, float *parts, int pixels, int channels) {
  const Part<V> part(pixels, channels);
  float first[V] = {}, second[V] = {};
  if (part.channel >= 0) {
    float origin[V];
    load<T, V>(x + part.start, origin);
#pragma unroll 4
    for (int pixel = part.from; pixel < part.to; pixel += part.step) {
      float value[V];
      load<T, V>(x + part.start + static_cast<long long>(pixel) * channels, value);
#pragma unroll
      for (int k = 0; k < V; k++) {
        const float difference = value[k] - origin[k];
        first[k] += difference;
        second[k] = fmaf(difference, difference, second[k]);
      }
    }
  }
  write_parts<V>(first, second, parts, channels);
}

// The learned numbers; without them rho and gamma are 1 and beta is 0.
struct Learned {
  const float *rho, *gamma, *beta;
  int gamma_image, beta_image;  // strides

  __device__ float share(int c) const { return rho ? rho[c] : 1.0f; }
  __device__ float scale(int image, int c) const {
    return gamma ? gamma[static_cast<long long>(image) * gamma_image + c] : 1.0f;
  }
  __device__ float shift(int image, int c) const {
    return beta ? beta[static_cast<long long>(image) * beta_image + c] : 0.0f;
  }
};

// What the forward pass leaves: scale, shift, mean and 1 / deviation of each channel, then mean and 1 / deviation of
// each image over all channels.
struct Statistics {
  float *scale, *shift, *mean, *instance, *layer_mean, *layer;

  __device__ Statistics(float *data, int images, int channels) {
    const long long count = static_cast<long long>(images) * channels;
    scale = data, shift = data + count, mean = data + 2 * count, instance = data + 3 * count;
    layer_mean = data + 4 * count, layer = layer_mean + images;
  }
};

// blockIdx.x is the group of `span` channels, which are all channels if there are statistics of the layer; .y is the image.
template <typename T>
__device__ void norm_finish(const T *x, const float *parts, Learned learned, float *data, int pixels, int channels,
                            int slabs, int span, int correction, float eps) {
  float *totals = channel_totals;
  const int image = blockIdx.y, from = static_cast<int>(blockIdx.x) * span, count = min(span, channels - from);
  const Statistics statistics(data, gridDim.y, channels);
  const long long start = static_cast<long long>(image) * channels + from;
  const T *first = x + static_cast<long long>(image) * pixels * channels + from;
  const int mine = min(static_cast<int>(threadIdx.x), count - 1);
  // They are read before the sums are awaited.
  const float own_origin = widen(first[mine]), own_share = learned.share(from + mine);
  const float own_gamma = learned.scale(image, from + mine), own_beta = learned.shift(image, from + mine);
  add_parts(parts + 2ll * image * slabs * channels, slabs, channels, from, count, totals);
  float *means = totals, *squares = totals + count;
  float sum = 0, deviations = 0;
  for (int c = threadIdx.x; c < count; c += blockDim.x) {
    const float difference = means[c] / pixels;
    squares[c] = fmaxf(0.0f, fmaf(-means[c], difference, squares[c]));
    means[c] = (c == mine ? own_origin : widen(first[c])) + difference;
    sum += means[c];
    deviations += squares[c];
  }
  float layer_mean = 0, layer = 0;
  if (learned.rho) {
    layer_mean = block_sum(sum) / channels;
    for (int c = threadIdx.x; c < count; c += blockDim.x) {
      const float difference = means[c] - layer_mean;
      deviations = fmaf(pixels * difference, difference, deviations);
    }
    deviations = block_sum(deviations);
    layer = 1 / sqrtf(deviations / (static_cast<float>(pixels) * channels - correction) + eps);
    if (threadIdx.x == 0) {
      statistics.layer_mean[image] = layer_mean;
      statistics.layer[image] = layer;
    }
  }
  for (int c = threadIdx.x; c < count; c += blockDim.x) {
    const bool known = c == mine;
    const float instance = 1 / sqrtf(squares[c] / (pixels - correction) + eps);
    const float share = known ? own_share : learned.share(from + c);
    const float gamma = known ? own_gamma : learned.scale(image, from + c);
    const float beta = known ? own_beta : learned.shift(image, from + c);
    const float own = gamma * share * instance, whole = gamma * (1 - share) * layer;
    statistics.scale[start + c] = own + whole;
    statistics.shift[start + c] = beta - fmaf(own, means[c], whole * layer_mean);
    statistics.mean[start + c] = means[c];
    statistics.instance[start + c] = instance;
  }
}

// Sums of the gradient that passes the activation, and of its product with x less the channel's mean.
template <typename T, int V>
__device__ void norm_backward_sums(const T *x, const T *grad, float *data, float *parts, int images, int pixels,
                                   int channels, float slope) {
  const Part<V> part(pixels, channels);
  float first[V] = {}, second[V] = {};
  if (part.channel >= 0) {
    const Statistics statistics(data, images, channels);
    float a[V], b[V], mean[V];
    load<V>({statistics.scale, channels, 1}, part.image, part.channel, a);
    load<V>({statistics.shift, channels, 1}, part.image, part.channel, b);
    load<V>({statistics.mean, channels, 1}, part.image, part.channel, mean);
#pragma unroll 4
    for (int pixel = part.from; pixel < part.to; pixel += part.step) {
      const long long index = part.start + static_cast<long long>(pixel) * channels;
      float value[V], g[V];
      load<T, V>(x + index, value);
      load<T, V>(grad + index, g);
#pragma unroll
      for (int k = 0; k < V; k++) {
        const float through = passed(value[k], a[k], b[k], g[k], slope);
        first[k] += through;
        second[k] = fmaf(through, value[k] - mean[k], second[k]);
      }
    }
  }
  write_parts<V>(first, second, parts, channels);
}

// What the backward pass needs of each channel: the gradient of x is scale * gradient + factor * x + constant. Then the
// gradients of rho, gamma and beta by this image.
struct Slopes {
  float *factor, *constant, *rho, *gamma, *beta;

  __device__ Slopes(float *data, int images, int channels) {
    const long long count = static_cast<long long>(images) * channels;
    factor = data, constant = data + count, rho = data + 2 * count, gamma = data + 3 * count, beta = data + 4 * count;
  }
};

// The blocks are those of norm_finish.
extern "C" __global__ void __launch_bounds__(1024) norm_backward_finish(const float *parts, Learned learned, float *data,
                                                                        float *slope_data, int pixels, int channels,
                                                                        int slabs, int span, int correction) {
  float *totals = channel_totals;
  const int image = blockIdx.y, from = static_cast<int>(blockIdx.x) * span, count = min(span, channels - from);
  const Statistics statistics(data, gridDim.y, channels);
  const Slopes slopes(slope_data, gridDim.y, channels);
  const long long start = static_cast<long long>(image) * channels + from;
  const int mine = min(static_cast<int>(threadIdx.x), count - 1);
  // They are read before the sums are awaited.
  const float own_mean = statistics.mean[start + mine], own_instance = statistics.instance[start + mine];
  const float own_share = learned.share(from + mine), own_gamma = learned.scale(image, from + mine);
  const float layer_mean = learned.rho ? statistics.layer_mean[image] : 0.0f;
  const float layer = learned.rho ? statistics.layer[image] : 0.0f;
  add_parts(parts + 2ll * image * slabs * channels, slabs, channels, from, count, totals);
  const float number = static_cast<float>(pixels) * channels;
  float layer_shift = 0, layer_factor = 0;
  if (learned.rho) {
    // The block has all channels, so `from` is 0.
    float both[2] = {0, 0};  // the gradients of the layer's mean and of 1 / its deviation
    for (int c = threadIdx.x; c < count; c += blockDim.x) {
      const bool known = c == mine;
      const float share = known ? own_share : learned.share(c), gamma = known ? own_gamma : learned.scale(image, c);
      const float mean = known ? own_mean : statistics.mean[start + c], weight = gamma * (1 - share);
      both[0] -= weight * totals[c] * layer;
      both[1] += weight * fmaf(totals[c], mean - layer_mean, totals[count + c]);
    }
    block_sums(both);
    layer_shift = both[0] / number;
    layer_factor = -layer * layer * layer * both[1] / (number - correction);
  }
  for (int c = threadIdx.x; c < count; c += blockDim.x) {
    const bool known = c == mine;
    const float sum = totals[c], product = totals[count + c];
    const float mean = known ? own_mean : statistics.mean[start + c];
    const float instance = known ? own_instance : statistics.instance[start + c];
    const float share = known ? own_share : learned.share(from + c);
    const float gamma = known ? own_gamma : learned.scale(image, from + c);
    const float across = fmaf(sum, mean - layer_mean, product);
    const float factor = -instance * instance * instance * gamma * share * product / (pixels - correction);
    slopes.factor[start + c] = factor + layer_factor;
    slopes.constant[start + c] =
        layer_shift - sum * gamma * share * instance / pixels - factor * mean - layer_factor * layer_mean;
    slopes.rho[start + c] = gamma * (instance * product - layer * across);
    slopes.gamma[start + c] = share * instance * product + (1 - share) * layer * across;
    slopes.beta[start + c] = sum;
  }
}

// The gradient of x. If totals are given, one block also adds the gradients of rho, gamma and beta over the images.
template <typename T, int V>
__device__ void norm_backward(const T *x, const T *grad, T *out, float *data, float *slope_data, float *totals, int images,
                              int pixels, int channels, float slope) {
  const Part<V> part(pixels, channels);
  const Slopes slopes(slope_data, images, channels);
  if (part.channel >= 0) {
    const Statistics statistics(data, images, channels);
    float a[V], b[V], factor[V], constant[V];
    load<V>({statistics.scale, channels, 1}, part.image, part.channel, a);
    load<V>({statistics.shift, channels, 1}, part.image, part.channel, b);
    load<V>({slopes.factor, channels, 1}, part.image, part.channel, factor);
    load<V>({slopes.constant, channels, 1}, part.image, part.channel, constant);
#pragma unroll 4
    for (int pixel = part.from; pixel < part.to; pixel += part.step) {
      const long long index = part.start + static_cast<long long>(pixel) * channels;
      float value[V], g[V];
      load<T, V>(x + index, value);
      load<T, V>(grad + index, g);
#pragma unroll
      for (int k = 0; k < V; k++) {
        const float through = passed(value[k], a[k], b[k], g[k], slope);
        g[k] = fmaf(a[k], through, fmaf(factor[k], value[k], constant[k]));
      }
      store<T, V>(g, out + index);
    }
  }
  if (!totals || blockIdx.x + blockIdx.y + blockIdx.z > 0) return;
  const int threads = static_cast<int>(blockDim.x * blockDim.y);
  for (int i = static_cast<int>(threadIdx.y * blockDim.x + threadIdx.x); i < 3 * channels; i += threads) {
    const float *from = slopes.rho + static_cast<long long>(i / channels) * images * channels + i % channels;
    float total = 0;
    for (int image = 0; image < images; image++) total += from[static_cast<long long>(image) * channels];
    totals[i] = total;
  }
}

#define NORM_KERNELS(name, T, V)                                                                                         \
  extern "C" __global__ void __launch_bounds__(256) norm_sums_##name(const T *x, float *parts, int pixels,               \
                                                                     int channels) {                                     \
    norm_sums<T, V>(x, parts, pixels, channels);                                                                         \
  }                                                                                                                      \
  extern "C" __global__ void __launch_bounds__(256) norm_backward_sums_##name(                                           \
      const T *x, const T *grad, float *data, float *parts, int images, int pixels, int channels, float slope) {         \
    norm_backward_sums<T, V>(x, grad, data, parts, images, pixels, channels, slope);                                     \
  }                                                                                                                      \
  extern "C" __global__ void __launch_bounds__(256) norm_backward_##name(                                                \
      const T *x, const T *grad, T *out, float *data, float *slopes, float *totals, int images, int pixels,              \
      int channels, float slope) {                                                                                       \
    norm_backward<T, V>(x, grad, out, data, slopes, totals, images, pixels, channels, slope);                            \
  }

EACH_TYPE(NORM_KERNELS)

#define FINISH(name, T)                                                                                                  \
  extern "C" __global__ void __launch_bounds__(1024) norm_finish_##name(                                                 \
      const T *x, const float *parts, Learned learned, float *data, int pixels, int channels, int slabs, int span,       \
      int correction, float eps) {                                                                                       \
    norm_finish<T>(x, parts, learned, data, pixels, channels, slabs, span, correction, eps);                             \
  }

FINISH(float, float)
FINISH(bfloat16, bfloat16)
FINISH(float16, float16)
)CUDA";

}  // namespace easel
