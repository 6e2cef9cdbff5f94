// What every body of the shim stands on: the handle, and the guard that no exception passes.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>

#include <cstring>
#include <memory>
#include <new>
#include <vector>

#include "CTorch.h"

struct ctorch_tensor {
  at::Tensor value;
};

namespace easel {

/// An input of a differentiable function that may be missing: libtorch does not take an undefined tensor.
using OptionalTensor = c10::optional<at::Tensor>;

inline void tell(ctorch_error error, ctorch_failure kind, const char *text) noexcept {
  *error.kind = kind;
  if (error.capacity == 0) return;
  const char *end = std::strchr(text, '\n');  // the first line; what follows names libtorch's own sources
  size_t length = end ? static_cast<size_t>(end - text) : std::strlen(text);
  if (length > error.capacity - 1) length = error.capacity - 1;
  std::memcpy(error.text, text, length);
  error.text[length] = 0;
}

/// Runs a body; an exception becomes its message, its kind, and the empty result.
template <typename Body>
auto guarded(ctorch_error error, Body body) noexcept -> decltype(body()) {
  try {
    return body();
  } catch (const c10::Error &exception) {
    const char *text = exception.what_without_backtrace();
    bool memory = dynamic_cast<const c10::OutOfMemoryError *>(&exception) != nullptr ||
                  std::strstr(text, "not enough memory") != nullptr || std::strstr(text, "can't allocate memory") != nullptr;
    tell(error, memory ? ctorch_failure_memory : ctorch_failure_other, text);
  } catch (const std::bad_alloc &) {
    tell(error, ctorch_failure_memory, "not enough memory");
  } catch (const std::exception &exception) {
    tell(error, ctorch_failure_other, exception.what());
  } catch (...) {
    tell(error, ctorch_failure_other, "unknown C++ exception");
  }
  return {};
}

/// A body that makes one tensor.
template <typename Body>
ctorch_tensor *made(ctorch_error error, Body body) noexcept {
  return guarded(error, [&]() -> ctorch_tensor * { return new ctorch_tensor{body()}; });
}

/// A body that changes something.
template <typename Body>
bool done(ctorch_error error, Body body) noexcept {
  return guarded(error, [&] {
    body();
    return true;
  });
}

inline std::vector<at::Tensor> list(const ctorch_in *handles, int32_t count) {
  std::vector<at::Tensor> tensors;
  tensors.reserve(static_cast<size_t>(count));
  for (int32_t index = 0; index < count; index++) tensors.push_back(handles[index]->value);
  return tensors;
}

/// An image of a 16-bit type in float32, any other as it is.
inline at::Tensor widened(const at::Tensor &x) {
  return x.scalar_type() == at::kBFloat16 || x.scalar_type() == at::kHalf ? x.to(at::kFloat) : x;
}

/// New float32 tensors on the device of `x`, in row-major order.
inline at::TensorOptions float_options(const at::Tensor &x) {
  return x.options().dtype(at::kFloat).memory_format(at::MemoryFormat::Contiguous);
}

/// The image without gaps: on CUDA in channels_last, which the kernels need, else in its own memory order.
inline at::Tensor dense(const at::Tensor &x) {
  return x.contiguous(x.is_cuda() ? at::MemoryFormat::ChannelsLast : x.suggest_memory_format());
}

inline at::IntArrayRef sizes(const int64_t *values, int32_t count) {
  return {values, static_cast<size_t>(count)};
}

inline at::ScalarType type(ctorch_dtype dtype) {
  switch (dtype) {
    case ctorch_float32: return at::kFloat;
    case ctorch_float64: return at::kDouble;
    case ctorch_float16: return at::kHalf;
    case ctorch_bfloat16: return at::kBFloat16;
    case ctorch_int64: return at::kLong;
    case ctorch_int32: return at::kInt;
    case ctorch_int16: return at::kShort;
    case ctorch_int8: return at::kChar;
    case ctorch_uint8: return at::kByte;
    case ctorch_bool: return at::kBool;
  }
  TORCH_CHECK(false, "unknown element type ", static_cast<int>(dtype));
}

inline at::Device place(ctorch_device device) {
  return device < 0 ? at::Device(at::kCPU) : at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(device));
}

}  // namespace easel
