// A CUDA graph: operations that are recorded once and then launched together, without the cost of a launch for each. And
// branches: operations that a GPU computes side by side, in a graph too.
#if EASEL_CUDA
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#endif

#include <utility>

#include "guard.hpp"

using namespace easel;

#if EASEL_CUDA
struct ctorch_graph {
  at::cuda::CUDAGraph graph;
  /// Warm-up and recording need a stream of their own.
  c10::cuda::CUDAStream stream;
  /// The stream that was current before, while the graph's is.
  std::unique_ptr<c10::cuda::CUDAStream> outer;
  bool recording = false;
};

struct ctorch_branches {
  std::vector<c10::cuda::CUDAStream> streams;
  /// The stream that was current before the first branch, from its beginning to the join.
  std::unique_ptr<c10::cuda::CUDAStream> outer;
  size_t used = 0;
};

namespace {

/// Makes a stream current again at the end of a block, also if an exception leaves it.
struct Restore {
  c10::cuda::CUDAStream stream;
  ~Restore() { c10::cuda::setCurrentCUDAStream(stream); }
};

/// Makes `next` wait for all that `before` has been given.
void chain(const c10::cuda::CUDAStream &before, const c10::cuda::CUDAStream &next) {
  cudaEvent_t event = nullptr;
  TORCH_CHECK(cudaEventCreateWithFlags(&event, cudaEventDisableTiming) == cudaSuccess, "an event cannot be created");
  auto recorded = cudaEventRecord(event, before.stream());
  auto waited = cudaStreamWaitEvent(next.stream(), event, 0);
  cudaEventDestroy(event);
  TORCH_CHECK(recorded == cudaSuccess && waited == cudaSuccess, "a stream cannot wait for another one");
}

}  // namespace
#else
struct ctorch_graph {};
struct ctorch_branches {};
#endif

ctorch_graph *ctorch_graph_new(ctorch_device device, ctorch_error error) {
  return guarded(error, [&]() -> ctorch_graph * {
#if EASEL_CUDA
    c10::cuda::CUDAGuard guard(static_cast<c10::DeviceIndex>(device));
    return new ctorch_graph{{}, c10::cuda::getStreamFromPool(true, static_cast<c10::DeviceIndex>(device)), nullptr};
#else
    TORCH_CHECK(false, "this build has no CUDA, so device ", device, " cannot record a graph");
#endif
  });
}

void ctorch_graph_free(ctorch_graph *graph) { delete graph; }

bool ctorch_graph_begin(ctorch_graph *graph, bool recording, ctorch_error error) {
  return done(error, [&] {
#if EASEL_CUDA
    graph->outer = std::make_unique<c10::cuda::CUDAStream>(c10::cuda::getCurrentCUDAStream(graph->stream.device_index()));
    chain(*graph->outer, graph->stream);
    // What the warm-up has left in the cache would otherwise be held beside the graph's own memory.
    if (recording) {
      c10::cuda::device_synchronize();
      c10::cuda::CUDACachingAllocator::emptyCache();
    }
    c10::cuda::setCurrentCUDAStream(graph->stream);
    graph->recording = recording;
    // Other threads may use the device meanwhile.
    if (recording) graph->graph.capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal);
#else
    (void)graph, (void)recording;
#endif
  });
}

bool ctorch_graph_end(ctorch_graph *graph, ctorch_error error) {
  return done(error, [&] {
#if EASEL_CUDA
    if (!graph->outer) return;
    auto outer = std::move(graph->outer);
    const bool recording = std::exchange(graph->recording, false);
    Restore restore{*outer};
    if (recording) graph->graph.capture_end();
    chain(graph->stream, *outer);
#else
    (void)graph;
#endif
  });
}

bool ctorch_graph_replay(ctorch_graph *graph, ctorch_error error) {
  return done(error, [&] {
#if EASEL_CUDA
    c10::cuda::CUDAGuard guard(graph->stream.device_index());
    graph->graph.replay();
#else
    (void)graph;
#endif
  });
}

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
