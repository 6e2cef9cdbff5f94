// The CUDA kernels as text: NVRTC compiles them for the GPU of the machine on which the program runs (kernels.cpp), so that
// the program is built without a CUDA toolkit. No header is included. Images are (N, H, W, C) in memory (channels_last).
//
// Sums over the pixels of a channel: each block sums a part of the pixels (a slab) of a few channels in float32, and other
// blocks then add the slabs. There are no atomics, so a kernel gives the same bits every time.
#pragma once

namespace easel {

constexpr char kernel_text[] = R"CUDA(
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

// ---- Scaling and shifting of channels ----

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
    for (int k = 0; k < V; k++) {
      const float y = fmaf(value[k], a[k], b[k]);
      value[k] = y > 0 ? y : y * slope;
    }
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
    for (int k = 0; k < V; k++) {
      const float y = fmaf(value[k], a[k], b[k]);
      value[k] = y > 0 ? y : y * slope;
    }
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
        const float passed = fmaf(value[k], a[k], b[k]) > 0 ? g[k] : g[k] * slope;
        first[k] = fmaf(passed, value[k], first[k]);
        second[k] += passed;
        g[k] = passed * a[k];
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

// ---- Mixed instance and layer normalisation: see normalization.cpp for the formulas ----

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
        const float passed = fmaf(value[k], a[k], b[k]) > 0 ? g[k] : g[k] * slope;
        first[k] += passed;
        second[k] = fmaf(passed, value[k] - mean[k], second[k]);
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
        const float passed = fmaf(value[k], a[k], b[k]) > 0 ? g[k] : g[k] * slope;
        g[k] = fmaf(a[k], passed, fmaf(factor[k], value[k], constant[k]));
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

// ---- Means and maxima of channels ----

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

// ---- Mirrored borders: blockIdx.y is the row, .z the image. Before, each pixel is repeated to a square of S x S ----

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

// ---- Spectral normalisation of several layers at once ----

// A weight as a matrix (rows, columns) in memory. Column j belongs to place (j % channels) * spatial + j / channels of v,
// because v is in the published order while the weight may be channels_last.
struct Layer {
  const float *weight;
  float *u, *v;                         // (rows), (columns): the state
  float *saved_u, *saved_v, *inverse;   // (rows), (columns in memory order), (1): the results
  float *product, *image, *squares;     // (columns), (rows), (tiles of 64 columns): W' u, W W' u, parts of |W' u|^2
  int rows, columns, channels, spatial;
};

struct Layers {
  Layer layer[16];
  int start[17];  // the first block of each layer, and at the end the number of blocks
  int count;
};

__device__ __forceinline__ int find_layer(const Layers &layers, int block) {
  int found = 0;
  while (found + 1 < layers.count && block >= layers.start[found + 1]) found++;
  return found;
}

// product = W' u for 64 columns a block of 16 x 16 threads.
extern "C" __global__ void spectral_columns(Layers layers) {
  __shared__ float4 sums[256];
  __shared__ float squares[16];
  const int found = find_layer(layers, blockIdx.x), tile = static_cast<int>(blockIdx.x) - layers.start[found];
  const Layer layer = layers.layer[found];
  const int column = tile * 64 + static_cast<int>(threadIdx.x) * 4;
  float4 sum = {0, 0, 0, 0};
  if (column < layer.columns) {
#pragma unroll 8
    for (int row = threadIdx.y; row < layer.rows; row += 16) {
      const float u = layer.u[row];
      const float4 w = *reinterpret_cast<const float4 *>(layer.weight + static_cast<long long>(row) * layer.columns + column);
      sum.x = fmaf(u, w.x, sum.x), sum.y = fmaf(u, w.y, sum.y), sum.z = fmaf(u, w.z, sum.z), sum.w = fmaf(u, w.w, sum.w);
    }
  }
  sums[threadIdx.y * 16 + threadIdx.x] = sum;
  __syncthreads();
  if (threadIdx.y == 0) {
    for (int row = 1; row < 16; row++) {
      const float4 other = sums[row * 16 + threadIdx.x];
      sum.x += other.x, sum.y += other.y, sum.z += other.z, sum.w += other.w;
    }
    if (column < layer.columns) *reinterpret_cast<float4 *>(layer.product + column) = sum;
    squares[threadIdx.x] = sum.x * sum.x + sum.y * sum.y + sum.z * sum.z + sum.w * sum.w;
  }
  __syncthreads();
  if (threadIdx.x + threadIdx.y > 0) return;
  float square = 0;
  for (int i = 0; i < 16; i++) square += squares[i];
  layer.squares[tile] = square;
}

// image = W product: one row a block of 256 threads.
extern "C" __global__ void spectral_rows(Layers layers) {
  const int found = find_layer(layers, blockIdx.x), row = static_cast<int>(blockIdx.x) - layers.start[found];
  const Layer layer = layers.layer[found];
  const float4 *weight = reinterpret_cast<const float4 *>(layer.weight + static_cast<long long>(row) * layer.columns);
  const float4 *product = reinterpret_cast<const float4 *>(layer.product);
  float sum = 0;
#pragma unroll 4
  for (int i = threadIdx.x; i < layer.columns / 4; i += 256) {
    const float4 w = weight[i], t = product[i];
    sum = fmaf(w.x, t.x, fmaf(w.y, t.y, fmaf(w.z, t.z, fmaf(w.w, t.w, sum))));
  }
  const double total = block_sum(static_cast<double>(sum));
  if (threadIdx.x == 0) layer.image[row] = static_cast<float>(total);
}

// v = product / |product|, u = image / |image|, and 1 / (u W v). The first block of a layer writes u, each other one 4096
// numbers of v.
extern "C" __global__ void spectral_finish(Layers layers) {
  const float eps = 1e-12f;
  const int found = find_layer(layers, blockIdx.x), chunk = static_cast<int>(blockIdx.x) - layers.start[found] - 1;
  const Layer layer = layers.layer[found];
  double square = 0;
  for (int i = threadIdx.x; i < (layer.columns + 63) / 64; i += blockDim.x) square += layer.squares[i];
  const float length = fmaxf(sqrtf(static_cast<float>(block_sum(square))), eps);
  if (chunk >= 0) {
    const int stop = min(layer.columns, (chunk + 1) * 4096);
    for (int i = chunk * 4096 + static_cast<int>(threadIdx.x); i < stop; i += static_cast<int>(blockDim.x)) {
      const float value = layer.product[i] / length;
      layer.saved_v[i] = value;
      layer.v[i % layer.channels * layer.spatial + i / layer.channels] = value;
    }
    return;
  }
  square = 0;
  for (int i = threadIdx.x; i < layer.rows; i += blockDim.x) {
    const float value = layer.image[i] / length;
    square += static_cast<double>(value) * value;
  }
  const float sigma = sqrtf(static_cast<float>(block_sum(square))), divisor = fmaxf(sigma, eps);
  for (int i = threadIdx.x; i < layer.rows; i += blockDim.x) {
    const float value = layer.image[i] / length / divisor;
    layer.saved_u[i] = value;
    layer.u[i] = value;
  }
  if (threadIdx.x == 0) *layer.inverse = divisor / (sigma * sigma);
}

// The gradient of the weight: that of its conversion to 16 bits, if there is one, plus the sum over all uses of
// -gradient / sigma^2 * u v'. blockIdx.y is the row.
extern "C" __global__ void spectral_backward(const float *u, const float *v, const float *inverse, const float *grad,
                                             const void *converted, bool half, float *out, int uses, int columns) {
  const int column = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x) * 4, rows = gridDim.y, row = blockIdx.y;
  if (column >= columns) return;
  float4 sum = {0, 0, 0, 0};
  for (int use = 0; use < uses; use++) {
    const float factor = -grad[use] * inverse[use] * inverse[use] * u[use * rows + row];
    const float4 direction = *reinterpret_cast<const float4 *>(v + static_cast<long long>(use) * columns + column);
    sum.x = fmaf(factor, direction.x, sum.x), sum.y = fmaf(factor, direction.y, sum.y);
    sum.z = fmaf(factor, direction.z, sum.z), sum.w = fmaf(factor, direction.w, sum.w);
  }
  const long long place = static_cast<long long>(row) * columns + column;
  if (converted) {
    const uint2 four = *reinterpret_cast<const uint2 *>(static_cast<const unsigned short *>(converted) + place);
    const unsigned short bits[4] = {static_cast<unsigned short>(four.x), static_cast<unsigned short>(four.x >> 16),
                                    static_cast<unsigned short>(four.y), static_cast<unsigned short>(four.y >> 16)};
    float *into = &sum.x;
    for (int k = 0; k < 4; k++) into[k] += half ? widen(float16{bits[k]}) : widen(bfloat16{bits[k]});
  }
  *reinterpret_cast<float4 *>(out + place) = sum;
}

// ---- Every kernel for every element type, with 16 bytes a thread and with one number a thread ----

#define PADDING(forward, backward, T, V, S)                                                                              \
  extern "C" __global__ void __launch_bounds__(256) forward(const T *x, T *out, int height, int width, int channels,     \
                                                            int border) {                                                \
    pad<T, V, S>(x, out, height, width, channels, border);                                                               \
  }                                                                                                                      \
  extern "C" __global__ void __launch_bounds__(256) backward(const T *grad, T *out, int height, int width,               \
                                                             int channels, int border) {                                 \
    pad_backward<T, V, S>(grad, out, height, width, channels, border);                                                   \
  }

#define KERNELS(name, T, V)                                                                                              \
  extern "C" __global__ void __launch_bounds__(256) affine_##name(const T *x, T *out, Numbers scale, Numbers shift,      \
                                                                  int pixels, int channels, float slope) {               \
    affine<T, V>(x, out, scale, shift, pixels, channels, slope);                                                         \
  }                                                                                                                      \
  extern "C" __global__ void __launch_bounds__(256) affine_backward_##name(                                              \
      const T *x, const T *grad, T *out, Numbers scale, Numbers shift, float *parts, int pixels, int channels,           \
      float slope) {                                                                                                     \
    affine_backward<T, V>(x, grad, out, scale, shift, parts, pixels, channels, slope);                                   \
  }                                                                                                                      \
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
  }                                                                                                                      \
  extern "C" __global__ void __launch_bounds__(256) pool_parts_##name(const T *x, float *parts, int pixels,              \
                                                                      int channels) {                                    \
    pool_parts<T, V>(x, parts, pixels, channels);                                                                        \
  }                                                                                                                      \
  extern "C" __global__ void __launch_bounds__(256) pool_backward_##name(                                                \
      const float *mean, const float *maximum, const int *place, T *out, int pixels, int channels) {                     \
    pool_backward<T, V>(mean, maximum, place, out, pixels, channels);                                                    \
  }                                                                                                                      \
  extern "C" __global__ void __launch_bounds__(256) affine_sum_##name(const T *x, const T *other, T *out, Numbers scale, \
                                                                      Numbers shift, int pixels, int channels) {         \
    affine_sum<T, V>(x, other, out, scale, shift, pixels, channels);                                                     \
  }                                                                                                                      \
  extern "C" __global__ void __launch_bounds__(256) affine_mirrored_##name(                                              \
      const T *x, T *out, Numbers scale, Numbers shift, int height, int width, int channels, int border, float slope) {  \
    affine_mirrored<T, V>(x, out, scale, shift, height, width, channels, border, slope);                                 \
  }                                                                                                                      \
  PADDING(pad_##name, pad_backward_##name, T, V, 1)                                                                      \
  PADDING(pad_double_##name, pad_double_backward_##name, T, V, 2)

#define FINISH(name, T)                                                                                                  \
  extern "C" __global__ void __launch_bounds__(1024) norm_finish_##name(                                                 \
      const T *x, const float *parts, Learned learned, float *data, int pixels, int channels, int slabs, int span,       \
      int correction, float eps) {                                                                                       \
    norm_finish<T>(x, parts, learned, data, pixels, channels, slabs, span, correction, eps);                             \
  }

KERNELS(float_wide, float, 4)
KERNELS(float_single, float, 1)
KERNELS(bfloat16_wide, bfloat16, 8)
KERNELS(bfloat16_single, bfloat16, 1)
KERNELS(float16_wide, float16, 8)
KERNELS(float16_single, float16, 1)
FINISH(float, float)
FINISH(bfloat16, bfloat16)
FINISH(float16, float16)
)CUDA";

}  // namespace easel
