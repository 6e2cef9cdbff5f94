// A CUDA graph: operations that are recorded once and then launched together, without the cost of a launch for each.
#if EASEL_CUDA
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#endif

#include <utility>

#include "streams.hpp"

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

#else
struct ctorch_graph {};
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
