// Branches: operations that a GPU computes side by side on streams of their own, in a CUDA graph too.
#include <utility>

#include "streams.hpp"

using namespace easel;

#if EASEL_CUDA
struct ctorch_branches {
  std::vector<c10::cuda::CUDAStream> streams;
  /// The stream that was current before the first branch, from its beginning to the join.
  std::unique_ptr<c10::cuda::CUDAStream> outer;
  size_t used = 0;
};
#else
struct ctorch_branches {};
#endif

ctorch_branches *ctorch_branches_new(ctorch_device device, int32_t count, ctorch_error error) {
  return guarded(error, [&]() -> ctorch_branches * {
#if EASEL_CUDA
    auto branches = std::make_unique<ctorch_branches>();
    c10::cuda::CUDAGuard guard(static_cast<c10::DeviceIndex>(device));
    for (int32_t index = 0; index < count; index++) {
      branches->streams.push_back(c10::cuda::getStreamFromPool(false, static_cast<c10::DeviceIndex>(device)));
    }
    return branches.release();
#else
    TORCH_CHECK(false, "this build has no CUDA, so device ", device, " has no ", count, " branches");
#endif
  });
}

void ctorch_branches_free(ctorch_branches *branches) { delete branches; }

bool ctorch_branches_begin(ctorch_branches *branches, ctorch_error error) {
  return done(error, [&] {
#if EASEL_CUDA
    auto &outer = branches->outer;
    if (!outer) {
      outer = std::make_unique<c10::cuda::CUDAStream>(
          c10::cuda::getCurrentCUDAStream(branches->streams[0].device_index()));
    }
    TORCH_CHECK(branches->used < branches->streams.size(), "there are only ", branches->streams.size(), " branches");
    const auto &stream = branches->streams[branches->used];
    // Nothing has been added to the outer stream since the first branch began.
    chain(*outer, stream);
    branches->used++;
    c10::cuda::setCurrentCUDAStream(stream);
#else
    (void)branches;
#endif
  });
}

bool ctorch_branches_join(ctorch_branches *branches, ctorch_error error) {
  return done(error, [&] {
#if EASEL_CUDA
    if (!branches->outer) return;
    auto outer = std::move(branches->outer);
    const size_t used = std::exchange(branches->used, 0);
    Restore restore{*outer};
    for (size_t index = 0; index < used; index++) chain(branches->streams[index], *outer);
#else
    (void)branches;
#endif
  });
}
