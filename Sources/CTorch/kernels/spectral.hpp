// Kernels of spectral normalisation, for several layers at once.
#pragma once

namespace easel {

constexpr char spectral_kernels[] = R"CUDA(
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
)CUDA";

}  // namespace easel
