// Numbers that the processes of a training exchange: gradients as one flat array, with Gloo between processors and with NCCL
// between GPUs.
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>
#include <torch/version.h>

#include <algorithm>
#include <atomic>

#include "group.hpp"

#if EASEL_CUDA
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

// From torch/csrc/cuda/nccl.h, which includes headers of the CUDA toolkit that nothing here needs.
namespace torch::cuda::nccl {
using ncclComm_t = void *;
typedef struct {
  char internal[128];
} ncclUniqueId;
void get_unique_id(ncclUniqueId &id);
ncclComm_t comm_init_rank(int count, const ncclUniqueId &id, int rank);
void all_reduce(const std::vector<at::Tensor> &inputs, std::vector<at::Tensor> &outputs, int32_t operation,
                const std::vector<std::optional<c10::cuda::CUDAStream>> &streams, const std::vector<ncclComm_t> &communicators);
}  // namespace torch::cuda::nccl
#elif TORCH_VERSION_MAJOR == 1
#define EASEL_GLOO 1
#define USE_C10D_GLOO
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>

#include <cstdlib>
#endif

using namespace easel;

struct ctorch_group {
  int32_t rank, size;
  /// Set by another thread when a process is lost.
  std::atomic<bool> abandoned = false;
#if EASEL_CUDA
  at::Device device = at::kCUDA;
  torch::cuda::nccl::ncclComm_t communicator = nullptr;
#elif EASEL_GLOO
  c10::intrusive_ptr<c10d::ProcessGroupGloo> gloo;
#endif
};

namespace {

#if EASEL_CUDA

void open(ctorch_group &group, ctorch_store *store, const std::string &, ctorch_device device) {
  TORCH_CHECK(device >= 0, "this build exchanges only between GPUs");
  group.device = place(device);
  c10::cuda::CUDAGuard guard(group.device);
  torch::cuda::nccl::ncclUniqueId id = {};
  if (group.rank == 0) {
    torch::cuda::nccl::get_unique_id(id);
    const auto *start = reinterpret_cast<const uint8_t *>(id.internal);
    store->value->set("nccl", std::vector<uint8_t>(start, start + sizeof id.internal));
  } else {
    auto bytes = store->value->get("nccl");
    TORCH_CHECK(bytes.size() == sizeof id.internal, "rank 0 uses another NCCL");
    std::memcpy(id.internal, bytes.data(), bytes.size());
  }
  group.communicator = torch::cuda::nccl::comm_init_rank(group.size, id, group.rank);
}

void sum(ctorch_group &group, at::Tensor &flat) {
  std::vector<at::Tensor> tensors{flat};
  torch::cuda::nccl::all_reduce(tensors, tensors, 0, {}, {group.communicator});
}

void rounded_mean(ctorch_group &group, at::Tensor &flat) {
  auto small = flat.div(group.size).to(at::kBFloat16);
  sum(group, small);
  flat.copy_(small);
}

void copy_from_first(ctorch_group &group, at::Tensor &tensor) {
  // NCCL's broadcast of libtorch is for the GPUs of one process; a sum in which only rank 0 is not zero is the same.
  if (group.rank != 0) tensor.zero_();
  sum(group, tensor);
}

#elif EASEL_GLOO

/// The own address of the network in which `host` is; a name of the machine could be another network's.
std::string own_address(const std::string &host) {
  addrinfo hints = {}, *found = nullptr;
  hints.ai_socktype = SOCK_DGRAM;
  TORCH_CHECK(getaddrinfo(host.c_str(), "9", &hints, &found) == 0, "the address ", host, " is not known");
  std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> addresses(found, freeaddrinfo);
  for (const addrinfo *address = found; address; address = address->ai_next) {
    // Connecting such a socket sends nothing.
    const int number = socket(address->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (number < 0) continue;
    sockaddr_storage own = {};
    socklen_t size = sizeof own;
    char text[NI_MAXHOST] = "";
    const bool known = connect(number, address->ai_addr, address->ai_addrlen) == 0 &&
                       getsockname(number, reinterpret_cast<sockaddr *>(&own), &size) == 0 &&
                       getnameinfo(reinterpret_cast<sockaddr *>(&own), size, text, sizeof text, nullptr, 0,
                                   NI_NUMERICHOST) == 0;
    close(number);
    if (known) return text;
  }
  TORCH_CHECK(false, "no network of this machine reaches ", host);
}

void open(ctorch_group &group, ctorch_store *store, const std::string &host, ctorch_device device) {
  TORCH_CHECK(device < 0, "this build exchanges only between processors");
  // The heartbeat ends an exchange with a lost process much earlier; this limit is for everything else.
  auto options = c10d::ProcessGroupGloo::Options::create(std::chrono::minutes(30));
  const char *interface = std::getenv("GLOO_SOCKET_IFNAME");
  options->devices.push_back(interface && *interface
                                 ? c10d::ProcessGroupGloo::createDeviceForInterface(interface)
                                 : c10d::ProcessGroupGloo::createDeviceForHostname(own_address(host)));
  group.gloo = c10::make_intrusive<c10d::ProcessGroupGloo>(store->value, group.rank, group.size, options);
}

/// Waits for an exchange, unless the group is abandoned.
void finish(ctorch_group &group, const c10::intrusive_ptr<c10d::Work> &work) {
  while (!work->isCompleted()) {
    TORCH_CHECK(!group.abandoned, "a process is lost");
    try {
      work->wait(std::chrono::milliseconds(500));
    } catch (...) {
      // After the time, or a failure, which the last wait reports.
    }
  }
  work->wait();
}

void sum(ctorch_group &group, at::Tensor &flat) {
  std::vector<at::Tensor> tensors{flat};
  finish(group, group.gloo->allreduce(tensors));
}

/// The mean of arrays that travel in bfloat16: each process adds up one part in float32 and sends it to all.
///
/// Gloo cannot add bfloat16, so that its bytes are exchanged. Each travels twice, as in Gloo's sum of float32. Pieces stay in
/// the processor's cache.
void rounded_mean(ctorch_group &group, at::Tensor &flat) {
  const int64_t most = 1 << 19;
  auto bytes = [](const at::Tensor &tensor) { return tensor.view(at::kByte).view(-1); };
  for (int64_t start = 0; start < flat.numel(); start += most * group.size) {
    auto piece = flat.narrow(0, start, std::min(most * group.size, flat.numel() - start));
    const int64_t part = (piece.numel() + group.size - 1) / group.size;
    auto sent = at::zeros({group.size, part}, flat.options().dtype(at::kBFloat16));
    sent.view(-1).narrow(0, 0, piece.numel()).copy_(piece);
    auto received = at::empty_like(sent);
    auto input = bytes(sent), output = bytes(received);
    std::vector<int64_t> even;
    finish(group, group.gloo->alltoall_base(output, input, even, even));
    auto mean = received[0].to(at::kFloat);
    for (int32_t rank = 1; rank < group.size; rank++) mean.add_(received[rank]);
    mean = mean.div_(group.size).to(at::kBFloat16);
    std::vector<at::Tensor> means{bytes(mean)};
    std::vector<std::vector<at::Tensor>> parts(1);
    for (int32_t rank = 0; rank < group.size; rank++) parts[0].push_back(bytes(sent[rank]));
    finish(group, group.gloo->allgather(parts, means));
    piece.copy_(sent.view(-1).narrow(0, 0, piece.numel()));
  }
}

void copy_from_first(ctorch_group &group, at::Tensor &tensor) {
  std::vector<at::Tensor> tensors{tensor};
  finish(group, group.gloo->broadcast(tensors));
}

#else

void open(ctorch_group &, ctorch_store *, const std::string &, ctorch_device) {
  TORCH_CHECK(false, "this build, with libtorch ", TORCH_VERSION, " without CUDA, cannot exchange gradients");
}
void sum(ctorch_group &, at::Tensor &) {}
void rounded_mean(ctorch_group &, at::Tensor &) {}
void copy_from_first(ctorch_group &, at::Tensor &) {}

#endif

/// The place of each tensor in one flat array.
at::Tensor flattened(const std::vector<at::Tensor> &tensors) {
  std::vector<at::Tensor> flat;
  flat.reserve(tensors.size());
  for (const auto &tensor : tensors) flat.push_back(tensor.reshape(-1));
  return at::cat(flat);
}

void copy_back(const at::Tensor &flat, std::vector<at::Tensor> &tensors) {
  int64_t start = 0;
  for (auto &tensor : tensors) {
    tensor.copy_(flat.narrow(0, start, tensor.numel()).view(tensor.sizes()));
    start += tensor.numel();
  }
}

}  // namespace

ctorch_group *ctorch_group_open(ctorch_store *store, const char *host, ctorch_device device, int32_t rank, int32_t size,
                                ctorch_error error) {
  return guarded(error, [&]() -> ctorch_group * {
    auto group = std::make_unique<ctorch_group>();
    group->rank = rank;
    group->size = size;
    open(*group, store, host, device);
    return group.release();
  });
}

// A communicator of NCCL is not freed: that waits for the others, and the process ends anyway.
void ctorch_group_free(ctorch_group *group) {
  // A lost process leaves an exchange unfinished, for which the group would wait.
  if (!group->abandoned) delete group;
}

bool ctorch_group_average(ctorch_group *group, const ctorch_in *parameters, int32_t count, ctorch_tensor *numbers,
                          bool rounded, ctorch_error error) {
  return done(error, [&] {
    c10::NoGradGuard guard;
    TORCH_CHECK(!group->abandoned, "a process is lost");
    std::vector<at::Tensor> gradients;
    for (int32_t index = 0; index < count; index++) {
      const auto &gradient = parameters[index]->value.grad();
      if (gradient.defined()) gradients.push_back(gradient);
    }
    std::vector<at::Tensor> rest{numbers->value};
    if (rounded && !gradients.empty()) {
      auto flat = flattened(gradients);
      rounded_mean(*group, flat);
      copy_back(flat, gradients);
    } else {
      rest.insert(rest.begin(), gradients.begin(), gradients.end());
    }
    auto flat = flattened(rest);
    sum(*group, flat);
    copy_back(flat.div_(group->size), rest);
  });
}

bool ctorch_group_broadcast(ctorch_group *group, const ctorch_in *tensors, int32_t count, ctorch_error error) {
  return done(error, [&] {
    c10::NoGradGuard guard;
    for (int32_t index = 0; index < count; index++) {
      auto &tensor = tensors[index]->value;
      auto whole = tensor.contiguous();
      copy_from_first(*group, whole);
      if (!whole.is_same(tensor)) tensor.copy_(whole);
    }
  });
}

void ctorch_group_abandon(ctorch_group *group) { group->abandoned = true; }
