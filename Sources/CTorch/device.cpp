// What a CUDA device is, and the memory that libtorch keeps on it.
#include <ATen/Context.h>

#include "guard.hpp"

#if EASEL_CUDA
#include <cuda_runtime_api.h>

#include <c10/cuda/CUDACachingAllocator.h>
#endif

using namespace easel;

bool ctorch_cuda_built(void) {
#if EASEL_CUDA
  return true;
#else
  return false;
#endif
}

bool ctorch_cuda_name(int32_t device, char *name, size_t capacity, ctorch_error error) {
  return done(error, [&] {
#if EASEL_CUDA
    cudaDeviceProp properties;
    cudaError_t status = cudaGetDeviceProperties(&properties, device);
    TORCH_CHECK(status == cudaSuccess, "cuda:", device, ": ", cudaGetErrorString(status));
    if (capacity > 0) {
      std::strncpy(name, properties.name, capacity - 1);
      name[capacity - 1] = 0;
    }
#else
    (void)name, (void)capacity;
    TORCH_CHECK(false, "this build has no CUDA, so cuda:", device, " has no name");
#endif
  });
}

bool ctorch_cuda_release(int32_t device, ctorch_error error) {
  return done(error, [&] {
#if EASEL_CUDA
    c10::cuda::CUDACachingAllocator::emptyCache();
    c10::cuda::CUDACachingAllocator::resetPeakStats(static_cast<c10::DeviceIndex>(device));
#else
    TORCH_CHECK(false, "this build has no CUDA, so cuda:", device, " holds no memory");
#endif
  });
}
