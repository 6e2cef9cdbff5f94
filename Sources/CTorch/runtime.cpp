// Threads, seeds, devices.
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <torch/version.h>

#include "guard.hpp"

#if EASEL_CUDA
// Of CUDA only the runtime's API is included: ATen/cuda/CUDAContext.h needs the headers of the whole toolkit.
#include <cuda_runtime_api.h>

#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAGuard.h>
#endif

using namespace easel;

// jemalloc, where the program is linked with it, keeps the memory of freed tensors for the next ones, in huge pages:
// with the C library's allocator a step spends a quarter of its time on pages that it has just given back.
extern "C" const char *malloc_conf = "thp:always,dirty_decay_ms:-1,muzzy_decay_ms:-1";

// OpenBLAS has threads of its own, which at::set_num_threads does not reach; other BLAS libraries lack the function.
extern "C" void openblas_set_num_threads(int count) __attribute__((weak));

const char *ctorch_version(void) { return TORCH_VERSION; }

bool ctorch_set_threads(int32_t count, ctorch_error error) {
  return done(error, [&] {
    at::set_num_threads(count);
    if (openblas_set_num_threads) openblas_set_num_threads(count);
  });
}

int32_t ctorch_threads(void) { return at::get_num_threads(); }

bool ctorch_set_deterministic(bool on, ctorch_error error) {
  return done(error, [&] {
    at::globalContext().setDeterministicCuDNN(on);
    at::globalContext().setBenchmarkCuDNN(!on);
  });
}

bool ctorch_set_tf32(bool on, ctorch_error error) {
  return done(error, [&] {
    at::globalContext().setAllowTF32CuDNN(on);
    at::globalContext().setAllowTF32CuBLAS(on);
  });
}

bool ctorch_seed(uint64_t seed, ctorch_error error) {
  return done(error, [&] { at::manual_seed(seed); });
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
