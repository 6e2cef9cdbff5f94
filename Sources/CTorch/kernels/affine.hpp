// Kernels that scale and shift channels.
#pragma once

namespace easel {

constexpr char affine_kernels[] = R"CUDA(
// y = x * scale + shift, times slope if negative.
template <typename T, int V>
__device__ void affine(const T *x, T *out, Numbers scale, Numbers shift, int pixels, int channels, float slope) {
  const Part<V> part(pixels, channels);
  if (part.channel < 0) return;
  float a[V], b[V];
  load<V>(scale, part.image, part.channel, a);
  load<V>(shift, part.image, part.channel, b);
#pragma unroll 4
  for (int pixel = part.from; pixel < part.to; pixel += part.step) {
    const long long index = part.start + static_cast<long long>(pixel) * channels;
    float value[V];
    load<T, V>(x + index, value);
#pragma unroll
    for (int k = 0; k < V; k++) value[k] = activated(fmaf(value[k], a[k], b[k]), slope);
    store<T, V>(value, out + index);
  }
}

// y = x * scale + shift + other.
template <typename T, int V>
__device__ void affine_sum(const T *x, const T *other, T *out, Numbers scale, Numbers shift, int pixels, int channels) {
  const Part<V> part(pixels, channels);
  if (part.channel < 0) return;
  float a[V], b[V];
  load<V>(scale, part.image, part.channel, a);
  load<V>(shift, part.image, part.channel, b);
#pragma unroll 4
  for (int pixel = part.from; pixel < part.to; pixel += part.step) {
    const long long index = part.start + static_cast<long long>(pixel) * channels;
    float value[V], more[V];
    load<T, V>(x + index, value);
    load<T, V>(other + index, more);
#pragma unroll
    for (int k = 0; k < V; k++) value[k] = fmaf(value[k], a[k], b[k]) + more[k];
    store<T, V>(value, out + index);
  }
}

__device__ __forceinline__ int mirrored(int i, int length) { return i < 0 ? -i : i >= length ? 2 * (length - 1) - i : i; }

// The same as affine, with mirrored borders. The part is one of the larger image.
template <typename T, int V>
__device__ void affine_mirrored(const T *x, T *out, Numbers scale, Numbers shift, int height, int width, int channels,
                                int border, float slope) {
  const int wide = width + 2 * border, pixels = (height + 2 * border) * wide;
  const Part<V> part(pixels, channels);
  if (part.channel < 0) return;
  float a[V], b[V];
  load<V>(scale, part.image, part.channel, a);
  load<V>(shift, part.image, part.channel, b);
  const T *image = x + static_cast<long long>(part.image) * height * width * channels + part.channel;
#pragma unroll 4
  for (int pixel = part.from; pixel < part.to; pixel += part.step) {
    const int row = pixel / wide, column = pixel - row * wide;
    const int from = mirrored(row - border, height) * width + mirrored(column - border, width);
    float value[V];
    load<T, V>(image + static_cast<long long>(from) * channels, value);
#pragma unroll
    for (int k = 0; k < V; k++) value[k] = activated(fmaf(value[k], a[k], b[k]), slope);
    store<T, V>(value, out + part.start + static_cast<long long>(pixel) * channels);
  }
}

// The gradient of x, and if parts are given the sums of the gradients of scale and of shift.
template <typename T, int V>
__device__ void affine_backward(const T *x, const T *grad, T *out, Numbers scale, Numbers shift, float *parts, int pixels,
                                int channels, float slope) {
  const Part<V> part(pixels, channels);
  float first[V] = {}, second[V] = {};
  if (part.channel >= 0) {
    float a[V], b[V];
    load<V>(scale, part.image, part.channel, a);
    load<V>(shift, part.image, part.channel, b);
#pragma unroll 4
    for (int pixel = part.from; pixel < part.to; pixel += part.step) {
      const long long index = part.start + static_cast<long long>(pixel) * channels;
      float value[V], g[V];
      load<T, V>(x + index, value);
      load<T, V>(grad + index, g);
#pragma unroll
      for (int k = 0; k < V; k++) {
        const float through = passed(value[k], a[k], b[k], g[k], slope);
        first[k] = fmaf(through, value[k], first[k]);
        second[k] += through;
        g[k] = through * a[k];
      }
      store<T, V>(g, out + index);
    }
  }
  if (parts) write_parts<V>(first, second, parts, channels);
}

// Adds the gradient of one image to the gradient of a scale or a shift, (N or 1, C or 1).
__device__ void add_gradient(const float *totals, int image, int channels, float *out, int per_image, int per_channel) {
  if (!out) return;
  if (per_channel) {
    for (int c = threadIdx.x; c < channels; c += blockDim.x) {
      float *to = out + (per_image ? static_cast<long long>(image) * channels : 0) + c;
      *to = totals[c] + (per_image || image == 0 ? 0.0f : *to);
    }
    return;
  }
  float sum = 0;
  for (int c = threadIdx.x; c < channels; c += blockDim.x) sum += totals[c];
  sum = block_sum(sum);
  if (threadIdx.x == 0) {
    float *to = out + (per_image ? image : 0);
    *to = sum + (per_image || image == 0 ? 0.0f : *to);
  }
}

// One block: the gradients of scale and shift from the parts of all images.
extern "C" __global__ void __launch_bounds__(1024) affine_finish(const float *parts, int images, int slabs, int channels,
                                                                 float *scale, int scale_image, int scale_channel,
                                                                 float *shift, int shift_image, int shift_channel) {
  float *totals = channel_totals;
  for (int image = 0; image < images; image++) {
    add_parts(parts + 2ll * image * slabs * channels, slabs, channels, 0, channels, totals);
    add_gradient(totals, image, channels, scale, scale_image, scale_channel);
    add_gradient(totals + channels, image, channels, shift, shift_image, shift_channel);
    __syncthreads();
  }
}

#define AFFINE_KERNELS(name, T, V)                                                                                       \
  extern "C" __global__ void __launch_bounds__(256) affine_##name(const T *x, T *out, Numbers scale, Numbers shift,      \
                                                                  int pixels, int channels, float slope) {               \
    affine<T, V>(x, out, scale, shift, pixels, channels, slope);                                                         \
  }                                                                                                                      \
  extern "C" __global__ void __launch_bounds__(256) affine_backward_##name(                                              \
      const T *x, const T *grad, T *out, Numbers scale, Numbers shift, float *parts, int pixels, int channels,           \
      float slope) {                                                                                                     \
    affine_backward<T, V>(x, grad, out, scale, shift, parts, pixels, channels, slope);                                   \
  }                                                                                                                      \
  extern "C" __global__ void __launch_bounds__(256) affine_sum_##name(const T *x, const T *other, T *out, Numbers scale, \
                                                                      Numbers shift, int pixels, int channels) {         \
    affine_sum<T, V>(x, other, out, scale, shift, pixels, channels);                                                     \
  }                                                                                                                      \
  extern "C" __global__ void __launch_bounds__(256) affine_mirrored_##name(                                              \
      const T *x, T *out, Numbers scale, Numbers shift, int height, int width, int channels, int border, float slope) {  \
    affine_mirrored<T, V>(x, out, scale, shift, height, width, channels, border, slope);                                 \
  }

EACH_TYPE(AFFINE_KERNELS)
)CUDA";

}  // namespace easel
