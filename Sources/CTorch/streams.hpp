// How streams of a CUDA device wait for each other.
#pragma once

#include "guard.hpp"

#if EASEL_CUDA
#include <cuda_runtime_api.h>

#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

namespace easel {

/// Makes a stream current again at the end of a block, also if an exception leaves it.
struct Restore {
  c10::cuda::CUDAStream stream;
  ~Restore() { c10::cuda::setCurrentCUDAStream(stream); }
};

/// Makes `next` wait for all that `before` has been given.
inline void chain(const c10::cuda::CUDAStream &before, const c10::cuda::CUDAStream &next) {
  cudaEvent_t event = nullptr;
  TORCH_CHECK(cudaEventCreateWithFlags(&event, cudaEventDisableTiming) == cudaSuccess, "an event cannot be created");
  auto recorded = cudaEventRecord(event, before.stream());
  auto waited = cudaStreamWaitEvent(next.stream(), event, 0);
  cudaEventDestroy(event);
  TORCH_CHECK(recorded == cudaSuccess && waited == cudaSuccess, "a stream cannot wait for another one");
}

}  // namespace easel

#endif
