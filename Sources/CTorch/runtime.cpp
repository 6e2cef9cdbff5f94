// Threads, seeds and how exactly libtorch computes.
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <torch/version.h>

#include "guard.hpp"

using namespace easel;

// jemalloc, where the program is linked with it, keeps the memory of freed tensors for the next ones, in huge pages:
// with the C library's allocator a step spends a quarter of its time on pages that it has just given back. After 10
// seconds without use the pages are given back: images of many sizes, decoded again and again, would otherwise leave
// fragments that nothing else fits into, 20 GB in 2,500 steps of a mask network.
extern "C" const char *malloc_conf = "thp:always,dirty_decay_ms:10000,muzzy_decay_ms:0";

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
