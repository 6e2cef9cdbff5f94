// Short values that the processes of one training share: libtorch's TCP store.
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <ATen/ops/from_blob.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <future>
#include <thread>

#include "group.hpp"

using namespace easel;

namespace {

using Clock = std::chrono::steady_clock;

/// A failure of a kind that the caller distinguishes.
struct Failure : std::runtime_error {
  ctorch_failure kind;
  Failure(ctorch_failure kind, const std::string &text) : std::runtime_error(text), kind(kind) {}
};

struct Socket {
  int number;
  explicit Socket(int number) : number(number) {}
  Socket(const Socket &) = delete;
  ~Socket() {
    if (number >= 0) close(number);
  }
};

struct Addresses {
  addrinfo *first = nullptr;
  Addresses(const char *host, uint16_t port, int flags) {
    addrinfo hints = {};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags;
    const int code = getaddrinfo(host, std::to_string(port).c_str(), &hints, &first);
    if (code != 0) throw std::runtime_error(gai_strerror(code));
  }
  Addresses(const Addresses &) = delete;
  ~Addresses() {
    if (first) freeaddrinfo(first);
  }
};

/// Fails if the port is in use, which the store would report with all that it tried.
void check_free(uint16_t port) {
  Socket probe(socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const bool six = probe.number >= 0;
  Socket old(six ? -1 : socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1, off = 0, number = six ? probe.number : old.number;
  setsockopt(number, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (six) setsockopt(number, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  Addresses any(six ? "::" : "0.0.0.0", port, AI_PASSIVE | AI_NUMERICHOST);
  if (bind(number, any.first->ai_addr, any.first->ai_addrlen) != 0 || listen(number, 1) != 0) {
    throw Failure(errno == EADDRINUSE ? ctorch_failure_port_in_use : ctorch_failure_other, std::strerror(errno));
  }
}

/// Whether something accepts connections at the address within a second.
bool accepts(const addrinfo &address) {
  Socket probe(socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (probe.number < 0) return false;
  if (connect(probe.number, address.ai_addr, address.ai_addrlen) == 0) return true;
  if (errno != EINPROGRESS) return false;
  pollfd wait = {probe.number, POLLOUT, 0};
  int problem = 0;
  socklen_t size = sizeof problem;
  return poll(&wait, 1, 1000) == 1 && getsockopt(probe.number, SOL_SOCKET, SO_ERROR, &problem, &size) == 0 && problem == 0;
}

/// Waits until something accepts connections at the port; the store itself would write a warning for each attempt.
void await_listener(const std::string &host, uint16_t port, Clock::time_point deadline) {
  while (true) {
    std::string reason = "nothing accepts connections there";
    try {
      Addresses found(host.c_str(), port, 0);
      for (const addrinfo *address = found.first; address; address = address->ai_next) {
        if (accepts(*address)) return;
      }
    } catch (const std::exception &exception) {
      reason = exception.what();  // a name may become known while machines start
    }
    if (Clock::now() >= deadline) throw Failure(ctorch_failure_timeout, reason);
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

c10::intrusive_ptr<c10d::Store> connected(const std::string &host, uint16_t port, bool serves, double seconds,
                                          const std::string &prefix) {
  const auto limit = std::chrono::milliseconds(static_cast<int64_t>(seconds * 1000));
  const auto deadline = Clock::now() + limit;
  if (serves) {
    check_free(port);
  } else {
    await_listener(host, port, deadline);
  }
  c10d::TCPStoreOptions options;
  options.port = port;
  options.isServer = serves;
  options.waitWorkers = false;
  options.timeout = std::max(limit, std::chrono::milliseconds(5000));
  auto store = c10::make_intrusive<c10d::PrefixStore>(prefix, c10::make_intrusive<c10d::TCPStore>(host, options));
  // Only a store answers this.
  store->add("connections", 1);
  return store;
}

/// Runs a body that may never return on a thread of its own, and gives up after some time.
template <typename Body>
auto within(double seconds, Body body) -> decltype(body()) {
  std::packaged_task<decltype(body())()> task(std::move(body));
  auto result = task.get_future();
  std::thread(std::move(task)).detach();
  if (result.wait_for(std::chrono::duration<double>(seconds)) == std::future_status::timeout) {
    throw Failure(ctorch_failure_timeout, "what listens there does not answer");
  }
  return result.get();
}

}  // namespace

ctorch_store *ctorch_store_open(const char *host, uint16_t port, bool serves, double seconds, const char *prefix,
                                ctorch_error error) {
  return guarded(error, [&]() -> ctorch_store * {
    try {
      std::string address = host, name = prefix;
      return new ctorch_store{within(seconds + 5, [=] { return connected(address, port, serves, seconds, name); })};
    } catch (const Failure &failure) {
      tell(error, failure.kind, failure.what());
      return nullptr;
    }
  });
}

void ctorch_store_free(ctorch_store *store) { delete store; }

bool ctorch_store_set(ctorch_store *store, const char *key, const void *bytes, size_t count, ctorch_error error) {
  return done(error, [&] {
    const auto *start = static_cast<const uint8_t *>(bytes);
    store->value->set(key, std::vector<uint8_t>(start, start + count));
  });
}

ctorch_tensor *ctorch_store_get(ctorch_store *store, const char *key, ctorch_error error) {
  return guarded(error, [&]() -> ctorch_tensor * {
    if (!store->value->check({key})) return nullptr;
    auto value = store->value->get(key);
    return new ctorch_tensor{at::from_blob(value.data(), {static_cast<int64_t>(value.size())}, at::kByte).clone()};
  });
}

bool ctorch_store_add(ctorch_store *store, const char *key, int64_t amount, int64_t *sum, ctorch_error error) {
  return done(error, [&] { *sum = store->value->add(key, amount); });
}
