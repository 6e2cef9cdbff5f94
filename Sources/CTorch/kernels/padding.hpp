// Kernels of mirrored borders: blockIdx.y is the row, .z the image. Before, each pixel is repeated to a square of S x S.
#pragma once

namespace easel {

constexpr char padding_kernels[] = R"CUDA(
template <typename T, int V, int S>
__device__ void pad(const T *x, T *out, int height, int width, int channels, int border) {
  const int packs = channels / V, wide = S * width + 2 * border;
  const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x), column = i / packs;
  if (column >= wide) return;
  const int channel = i % packs * V, line = mirrored(static_cast<int>(blockIdx.y) - border, S * height) / S;
  const long long row = static_cast<long long>(blockIdx.z) * height + line;
  const long long to = (static_cast<long long>(blockIdx.z) * gridDim.y + blockIdx.y) * wide + column;
  const long long from = row * width + mirrored(column - border, S * width) / S;
  copy_pack(reinterpret_cast<const Pack<T, V> *>(x + from * channels + channel),
            reinterpret_cast<Pack<T, V> *>(out + to * channels + channel));
}

// The places of the padded line that hold pixel i: itself, and its mirror images before the start and after the end.
__device__ __forceinline__ int sources(int i, int length, int border, int *places) {
  int count = 0;
  places[count++] = i + border;
  if (i >= 1 && i <= border) places[count++] = border - i;
  if (i <= length - 2 && i >= length - 1 - border) places[count++] = 2 * (length - 1) - i + border;
  return count;
}

template <typename T, int V> __device__ __forceinline__ void add(const T *from, float (&sum)[V]) {
  float value[V];
  load<T, V>(from, value);
#pragma unroll
  for (int k = 0; k < V; k++) sum[k] += value[k];
}

template <typename T, int V, int S>
__device__ void pad_backward(const T *grad, T *out, int height, int width, int channels, int border) {
  const int packs = channels / V, high = S * height + 2 * border, wide = S * width + 2 * border;
  const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x), column = i / packs;
  if (column >= width) return;
  const int channel = i % packs * V, row = blockIdx.y, top = S * row, left = S * column;
  const T *image = grad + static_cast<long long>(blockIdx.z) * high * wide * channels + channel;
  float sum[V] = {};
  if (top > border && left > border && top + S - 1 < S * height - 1 - border && left + S - 1 < S * width - 1 - border) {
#pragma unroll
    for (int y = 0; y < S; y++) {
#pragma unroll
      for (int x = 0; x < S; x++) {
        const long long from = static_cast<long long>(top + border + y) * wide + left + border + x;
        add<T, V>(image + from * channels, sum);
      }
    }
  } else {
    int rows[3 * S], columns[3 * S], down = 0, across = 0;
    for (int k = 0; k < S; k++) {
      down += sources(top + k, S * height, border, rows + down);
      across += sources(left + k, S * width, border, columns + across);
    }
    for (int y = 0; y < down; y++) {
      for (int x = 0; x < across; x++) {
        add<T, V>(image + (static_cast<long long>(rows[y]) * wide + columns[x]) * channels, sum);
      }
    }
  }
  store<T, V>(sum, out + ((static_cast<long long>(blockIdx.z) * height + row) * width + column) * channels + channel);
}

#define PADDING(forward, backward, T, V, S)                                                                              \
  extern "C" __global__ void __launch_bounds__(256) forward(const T *x, T *out, int height, int width, int channels,     \
                                                            int border) {                                                \
    pad<T, V, S>(x, out, height, width, channels, border);                                                               \
  }                                                                                                                      \
  extern "C" __global__ void __launch_bounds__(256) backward(const T *grad, T *out, int height, int width,               \
                                                             int channels, int border) {                                 \
    pad_backward<T, V, S>(grad, out, height, width, channels, border);                                                   \
  }

#define PADDING_KERNELS(name, T, V)                                                                                      \
  PADDING(pad_##name, pad_backward_##name, T, V, 1)                                                                      \
  PADDING(pad_double_##name, pad_double_backward_##name, T, V, 2)

EACH_TYPE(PADDING_KERNELS)
)CUDA";

}  // namespace easel
