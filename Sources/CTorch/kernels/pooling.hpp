// Kernels of the means and maxima of channels.
#pragma once

namespace easel {

constexpr char pooling_kernels[] = R"CUDA(
// The sum, the largest value and its first pixel of each channel in each slab, (N, slabs, 3, C); pixels as bits of an int.
template <typename T, int V> __device__ void pool_parts(const T *x, float *parts, int pixels, int channels) {
  __shared__ float sums[V * 288], largest[V * 288];
  __shared__ int places[V * 288];
  const Part<V> part(pixels, channels);
  float sum[V] = {}, most[V];
  int place[V];
#pragma unroll
  for (int k = 0; k < V; k++) most[k] = __uint_as_float(0xff800000u), place[k] = 0x7fffffff;
  if (part.channel >= 0) {
#pragma unroll 4
    for (int pixel = part.from; pixel < part.to; pixel += part.step) {
      float value[V];
      load<T, V>(x + part.start + static_cast<long long>(pixel) * channels, value);
#pragma unroll
      for (int k = 0; k < V; k++) {
        sum[k] += value[k];
        if (value[k] > most[k] || place[k] == 0x7fffffff) most[k] = value[k], place[k] = pixel;
      }
    }
  }
  const int columns = blockDim.x, rows = blockDim.y, threads = columns * rows, stride = threads + columns;
  const int thread = static_cast<int>(threadIdx.y) * columns + static_cast<int>(threadIdx.x);
#pragma unroll
  for (int k = 0; k < V; k++) {
    sums[k * stride + thread] = sum[k];
    largest[k * stride + thread] = most[k];
    places[k * stride + thread] = place[k];
  }
  __syncthreads();
  float *out = parts + (static_cast<long long>(blockIdx.z) * gridDim.x + blockIdx.x) * 3 * channels;
  for (int i = thread; i < V * columns; i += threads) {
    const int column = i % columns, k = i / columns;
    const int channel = (static_cast<int>(blockIdx.y) * columns + column) * V + k;
    if (channel >= channels) continue;
    float total = 0, best = __uint_as_float(0xff800000u);
    int first = 0x7fffffff;
    for (int row = 0; row < rows; row++) {
      const int at = k * stride + row * columns + column;
      total += sums[at];
      if (largest[at] > best || (largest[at] == best && places[at] < first)) best = largest[at], first = places[at];
    }
    out[channel] = total;
    out[channels + channel] = best;
    out[2 * channels + channel] = __int_as_float(first);
  }
}

// Means, maxima and the pixels of the maxima, (N, C). blockIdx.x is the group of 64 channels, .y the image; 64 x 4 threads.
extern "C" __global__ void __launch_bounds__(256) pool_finish(const float *parts, float *mean, float *maximum, int *place,
                                                              int pixels, int channels, int slabs) {
  __shared__ float sums[256], largest[256];
  __shared__ int places[256];
  const int channel = static_cast<int>(blockIdx.x * 64 + threadIdx.x), image = blockIdx.y;
  float total = 0, best = __uint_as_float(0xff800000u);
  int first = 0x7fffffff;
  if (channel < channels) {
    const float *from = parts + static_cast<long long>(image) * slabs * 3 * channels + channel;
#pragma unroll 4
    for (int slab = threadIdx.y; slab < slabs; slab += 4) {
      const long long at = 3ll * slab * channels;
      const float value = from[at + channels];
      const int pixel = __float_as_int(from[at + 2 * channels]);
      total += from[at];
      if (value > best || (value == best && pixel < first)) best = value, first = pixel;
    }
  }
  const int thread = static_cast<int>(threadIdx.y * 64 + threadIdx.x);
  sums[thread] = total, largest[thread] = best, places[thread] = first;
  __syncthreads();
  if (threadIdx.y > 0 || channel >= channels) return;
  for (int at = thread + 64; at < 256; at += 64) {
    total += sums[at];
    if (largest[at] > best || (largest[at] == best && places[at] < first)) best = largest[at], first = places[at];
  }
  const long long to = static_cast<long long>(image) * channels + channel;
  mean[to] = total / pixels;
  maximum[to] = best;
  place[to] = first;
}

template <typename T, int V>
__device__ void pool_backward(const float *mean, const float *maximum, const int *place, T *out, int pixels, int channels) {
  const Part<V> part(pixels, channels);
  if (part.channel < 0) return;
  float even[V], more[V];
  int at[V];
  load<V>({mean, channels, 1}, part.image, part.channel, even);
  load<V>({maximum, channels, 1}, part.image, part.channel, more);
#pragma unroll
  for (int k = 0; k < V; k++) {
    even[k] /= pixels;
    at[k] = place[static_cast<long long>(part.image) * channels + part.channel + k];
  }
#pragma unroll 4
  for (int pixel = part.from; pixel < part.to; pixel += part.step) {
    float value[V];
#pragma unroll
    for (int k = 0; k < V; k++) value[k] = even[k] + (at[k] == pixel ? more[k] : 0.0f);
    store<T, V>(value, out + part.start + static_cast<long long>(pixel) * channels);
  }
}

#define POOL_KERNELS(name, T, V)                                                                                         \
  extern "C" __global__ void __launch_bounds__(256) pool_parts_##name(const T *x, float *parts, int pixels,              \
                                                                      int channels) {                                    \
    pool_parts<T, V>(x, parts, pixels, channels);                                                                        \
  }                                                                                                                      \
  extern "C" __global__ void __launch_bounds__(256) pool_backward_##name(                                                \
      const float *mean, const float *maximum, const int *place, T *out, int pixels, int channels) {                     \
    pool_backward<T, V>(mean, maximum, place, out, pixels, channels);                                                    \
  }

EACH_TYPE(POOL_KERNELS)
)CUDA";

}  // namespace easel
