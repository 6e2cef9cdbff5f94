// What all kernels use: element types, the part of an image that belongs to a block, and sums over blocks.
#pragma once

namespace easel {

constexpr char common_kernels[] = R"CUDA(
struct bfloat16 { unsigned short bits; };
struct float16 { unsigned short bits; };

__device__ __forceinline__ float widen(float x) { return x; }
__device__ __forceinline__ float widen(bfloat16 x) { return __uint_as_float(static_cast<unsigned>(x.bits) << 16); }
__device__ __forceinline__ float widen(float16 x) {
  float y;
  asm("cvt.f32.f16 %0, %1;" : "=f"(y) : "h"(x.bits));
  return y;
}
__device__ __forceinline__ void narrow(float x, float &out) { out = x; }
__device__ __forceinline__ void narrow(float x, bfloat16 &out) {
  // To the nearest; a tie goes to the even one. Rounding must not turn NaN into infinity.
  const unsigned bits = __float_as_uint(x);
  const bool nan = (bits & 0x7fffffffu) > 0x7f800000u;
  out.bits = static_cast<unsigned short>(nan ? 0x7fc0u : (bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}
__device__ __forceinline__ void narrow(float x, float16 &out) { asm("cvt.rn.f16.f32 %0, %1;" : "=h"(out.bits) : "f"(x)); }

// V neighbouring channels: 16 bytes, which one instruction loads or stores, or a single channel.
template <typename T, int V> struct alignas(V == 1 ? sizeof(T) : 16) Pack { T value[V]; };

template <typename T> __device__ __forceinline__ void copy_pack(const Pack<T, 1> *from, Pack<T, 1> *to) { *to = *from; }
template <typename T, int V> __device__ __forceinline__ void copy_pack(const Pack<T, V> *from, Pack<T, V> *to) {
  *reinterpret_cast<uint4 *>(to) = *reinterpret_cast<const uint4 *>(from);
}

template <typename T, int V> __device__ __forceinline__ void load(const T *from, float (&out)[V]) {
  Pack<T, V> pack;
  copy_pack(reinterpret_cast<const Pack<T, V> *>(from), &pack);
#pragma unroll
  for (int k = 0; k < V; k++) out[k] = widen(pack.value[k]);
}

template <typename T, int V> __device__ __forceinline__ void store(const float (&from)[V], T *out) {
  Pack<T, V> pack;
#pragma unroll
  for (int k = 0; k < V; k++) narrow(from[k], pack.value[k]);
  copy_pack(&pack, reinterpret_cast<Pack<T, V> *>(out));
}

// A number for each channel of each image; a stride of 0 repeats it. Without data each is 1.
struct Numbers {
  const float *data;
  int image, channel;
};

template <int V> __device__ __forceinline__ void load(Numbers numbers, int image, int channel, float (&out)[V]) {
#pragma unroll
  for (int k = 0; k < V; k++) {
    const long long at = static_cast<long long>(image) * numbers.image + (channel + k) * numbers.channel;
    out[k] = numbers.data ? numbers.data[at] : 1.0f;
  }
}

// The part of an image that belongs to a block: blockIdx.x is the slab, .y the group of channels, .z the image.
// threadIdx.x is the pack of channels, threadIdx.y the first of its pixels.
template <int V> struct Part {
  int image, channel, from, to, step;
  long long start;  // of the first pixel's channels

  __device__ __forceinline__ Part(int pixels, int channels) {
    image = blockIdx.z;
    channel = static_cast<int>(blockIdx.y * blockDim.x + threadIdx.x) * V;
    from = static_cast<int>(static_cast<long long>(pixels) * blockIdx.x / gridDim.x) + static_cast<int>(threadIdx.y);
    to = static_cast<int>(static_cast<long long>(pixels) * (blockIdx.x + 1) / gridDim.x);
    step = static_cast<int>(blockDim.y);
    start = static_cast<long long>(image) * pixels * channels + channel;
    if (channel >= channels) channel = -1;
  }
};

// Adds two sums of all threads with the same channel and writes them as parts (N, slabs, 2, C).
template <int V>
__device__ void write_parts(const float (&first)[V], const float (&second)[V], float *parts, int channels) {
  __shared__ float sums[2 * V * 288];
  const int columns = blockDim.x, rows = blockDim.y, threads = columns * rows, stride = threads + columns;
  const int thread = static_cast<int>(threadIdx.y) * columns + static_cast<int>(threadIdx.x);
#pragma unroll
  for (int k = 0; k < V; k++) {
    sums[k * stride + thread] = first[k];
    sums[(V + k) * stride + thread] = second[k];
  }
  __syncthreads();
  float *out = parts + (static_cast<long long>(blockIdx.z) * gridDim.x + blockIdx.x) * 2 * channels;
  for (int i = thread; i < 2 * V * columns; i += threads) {
    const int column = i % columns, sum = i / columns;
    const int channel = (static_cast<int>(blockIdx.y) * columns + column) * V + sum % V;
    if (channel >= channels) continue;
    float total = 0;
    for (int row = 0; row < rows; row++) total += sums[sum * stride + row * columns + column];
    out[sum / V * channels + channel] = total;
  }
}

// The sums of the values of every thread, for all threads; of blocks with one axis of at most 1024 threads, in whole warps.
template <typename T, int K> __device__ void block_sums(T (&values)[K]) {
  __shared__ T sums[K * 32];
  __syncthreads();
#pragma unroll
  for (int k = 0; k < K; k++) {
    for (int offset = 16; offset > 0; offset /= 2) values[k] += __shfl_xor_sync(0xffffffffu, values[k], offset);
    if (threadIdx.x % 32 == 0) sums[k * 32 + threadIdx.x / 32] = values[k];
  }
  __syncthreads();
#pragma unroll
  for (int k = 0; k < K; k++) {
    values[k] = threadIdx.x % 32 < blockDim.x / 32 ? sums[k * 32 + threadIdx.x % 32] : T(0);
    for (int offset = 16; offset > 0; offset /= 2) values[k] += __shfl_xor_sync(0xffffffffu, values[k], offset);
  }
}

template <typename T> __device__ T block_sum(T value) {
  T values[1] = {value};
  block_sums(values);
  return values[0];
}

// Two numbers for each channel that a block adds.
extern __shared__ float channel_totals[];

// Adds the slabs of `count` channels of one image: the first sum of each channel, then the second of each. Every thread adds
// a few slabs of V channels, so that a block waits for the memory only once or twice.
template <int V> __device__ void add_packs(const float *parts, int slabs, int channels, int count, float *totals) {
  __shared__ float sums[V * 1024];
  const int thread = threadIdx.x, packs = count / V, width = min(packs, static_cast<int>(blockDim.x));
  const int pieces = static_cast<int>(blockDim.x) / width, piece = thread / width, column = thread % width;
  for (int base = 0; base < packs; base += width) {
    float both[2][V] = {};
    if (piece < pieces && base + column < packs) {
      const float *from = parts + (base + column) * V;
#pragma unroll 4
      for (int slab = piece; slab < slabs; slab += pieces) {
        float first[V], second[V];
        load<float, V>(from + 2ll * slab * channels, first);
        load<float, V>(from + (2ll * slab + 1) * channels, second);
#pragma unroll
        for (int k = 0; k < V; k++) both[0][k] += first[k], both[1][k] += second[k];
      }
    }
#pragma unroll
    for (int half = 0; half < 2; half++) {
      __syncthreads();
#pragma unroll
      for (int k = 0; k < V; k++) sums[k * 1024 + thread] = both[half][k];
      __syncthreads();
      for (int i = thread; i < width * V; i += static_cast<int>(blockDim.x)) {
        const int k = i / width, place = i % width;
        if (base + place >= packs) continue;
        float total = 0;
#pragma unroll 4
        for (int at = 0; at < pieces; at++) total += sums[k * 1024 + at * width + place];
        totals[half * count + (base + place) * V + k] = total;
      }
    }
  }
  __syncthreads();
}

__device__ __forceinline__ void add_parts(const float *parts, int slabs, int channels, int first, int count, float *totals) {
  if (channels % 4 == 0 && count % 4 == 0) {
    add_packs<4>(parts + first, slabs, channels, count, totals);
  } else {
    add_packs<1>(parts + first, slabs, channels, count, totals);
  }
}

// The activation: a negative number is multiplied by `slope`.
__device__ __forceinline__ float activated(float y, float slope) { return y > 0 ? y : y * slope; }

// The gradient that passes the activation of x * scale + shift.
__device__ __forceinline__ float passed(float x, float scale, float shift, float grad, float slope) {
  return fmaf(x, scale, shift) > 0 ? grad : grad * slope;
}

// Every kernel exists for each element type, with 16 bytes a thread and with one number a thread.
#define EACH_TYPE(KERNELS)              \
  KERNELS(float_wide, float, 4)         \
  KERNELS(float_single, float, 1)       \
  KERNELS(bfloat16_wide, bfloat16, 8)   \
  KERNELS(bfloat16_single, bfloat16, 1) \
  KERNELS(float16_wide, float16, 8)     \
  KERNELS(float16_single, float16, 1)
)CUDA";

}  // namespace easel
