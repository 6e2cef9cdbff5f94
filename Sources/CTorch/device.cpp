// CUDA devices: their number, names and memory.
#include <ATen/Context.h>

#include "guard.hpp"

#if EASEL_CUDA
// Of CUDA only the runtime's API is included: ATen/cuda/CUDAContext.h needs the headers of the whole toolkit.
#include <cuda_runtime_api.h>

#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAGuard.h>
#endif

using namespace easel;

bool ctorch_cpu_has_bfloat16(void) {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512bf16");
#else
  return false;
#endif
}

bool ctorch_cuda_built(void) {
#if EASEL_CUDA
  return true;
#else
  return false;
#endif
}

int32_t ctorch_cuda_devices(void) {
  ctorch_failure kind = ctorch_failure_none;
  char text[1];
  return guarded({text, 0, &kind}, [&] {
    if (!at::hasCUDA()) return 0;
    const auto count = static_cast<int32_t>(at::detail::getCUDAHooks().getNumGPUs());
#if EASEL_CUDA
    // Otherwise libtorch prepares its allocator only for the first tensor, and knows no memory before.
    if (count > 0) at::globalContext().lazyInitDevice(at::kCUDA);
#endif
    return count;
  });
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

bool ctorch_cuda_memory(int32_t device, uint64_t *used, uint64_t *peak, uint64_t *available, uint64_t *total,
                        ctorch_error error) {
  return done(error, [&] {
#if EASEL_CUDA
    auto stats = c10::cuda::CUDACachingAllocator::getDeviceStats(static_cast<c10::DeviceIndex>(device));
    *used = static_cast<uint64_t>(stats.allocated_bytes[0].current);
    *peak = static_cast<uint64_t>(stats.reserved_bytes[0].peak);
    c10::cuda::CUDAGuard guard(static_cast<c10::DeviceIndex>(device));
    size_t free = 0, all = 0;
    TORCH_CHECK(cudaMemGetInfo(&free, &all) == cudaSuccess, "the memory of cuda:", device, " cannot be read");
    *available = free;
    *total = all;
#else
    (void)used, (void)peak, (void)available, (void)total;
    TORCH_CHECK(false, "this build has no CUDA, so cuda:", device, " has no memory to ask for");
#endif
  });
}

bool ctorch_cuda_capability(int32_t device, int32_t *major, int32_t *minor, ctorch_error error) {
  return done(error, [&] {
#if EASEL_CUDA
    TORCH_CHECK(cudaDeviceGetAttribute(major, cudaDevAttrComputeCapabilityMajor, device) == cudaSuccess &&
                    cudaDeviceGetAttribute(minor, cudaDevAttrComputeCapabilityMinor, device) == cudaSuccess,
                "the compute capability of cuda:", device, " cannot be read");
#else
    (void)major, (void)minor;
    TORCH_CHECK(false, "this build has no CUDA, so cuda:", device, " has no compute capability");
#endif
  });
}

bool ctorch_cuda_synchronize(int32_t device, ctorch_error error) {
  return done(error, [&] {
#if EASEL_CUDA
    c10::cuda::CUDAGuard guard(static_cast<c10::DeviceIndex>(device));
    c10::cuda::device_synchronize();
#else
    TORCH_CHECK(false, "this build has no CUDA, so cuda:", device, " cannot be waited for");
#endif
  });
}
