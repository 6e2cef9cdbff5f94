// Storage, shape and conversion.
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>

#include "guard.hpp"

using namespace easel;

void ctorch_tensor_free(ctorch_tensor *tensor) { delete tensor; }

ctorch_tensor *ctorch_from_bytes(const void *bytes, size_t count, ctorch_dtype dtype, const int64_t *shape, int32_t rank,
                                 ctorch_error error) {
  return made(error, [&] {
    auto tensor = at::empty(sizes(shape, rank), at::TensorOptions(type(dtype)));
    TORCH_CHECK(count == tensor.nbytes(), count, " bytes given, ", tensor.nbytes(), " needed");
    if (count > 0) std::memcpy(tensor.data_ptr(), bytes, count);
    return tensor;
  });
}

bool ctorch_to_bytes(ctorch_tensor *tensor, void *bytes, size_t count, ctorch_error error) {
  return done(error, [&] {
    auto source = tensor->value.detach().to(at::kCPU).contiguous();
    TORCH_CHECK(count == source.nbytes(), "room for ", count, " bytes, ", source.nbytes(), " needed");
    if (count > 0) std::memcpy(bytes, source.data_ptr(), count);
  });
}

ctorch_tensor *ctorch_full(double value, ctorch_dtype dtype, ctorch_device device, const int64_t *shape, int32_t rank,
                           ctorch_error error) {
  return made(error, [&] {
    return at::full(sizes(shape, rank), value, at::TensorOptions(type(dtype)).device(place(device)));
  });
}

int32_t ctorch_rank(ctorch_tensor *tensor) { return static_cast<int32_t>(tensor->value.dim()); }

int64_t ctorch_length(ctorch_tensor *tensor, int32_t axis) { return tensor->value.sizes()[static_cast<size_t>(axis)]; }

int64_t ctorch_count(ctorch_tensor *tensor) { return tensor->value.numel(); }

ctorch_dtype ctorch_dtype_of(ctorch_tensor *tensor) {
  switch (tensor->value.scalar_type()) {
    case at::kDouble: return ctorch_float64;
    case at::kHalf: return ctorch_float16;
    case at::kBFloat16: return ctorch_bfloat16;
    case at::kLong: return ctorch_int64;
    case at::kInt: return ctorch_int32;
    case at::kShort: return ctorch_int16;
    case at::kChar: return ctorch_int8;
    case at::kByte: return ctorch_uint8;
    case at::kBool: return ctorch_bool;
    default: return ctorch_float32;
  }
}

ctorch_device ctorch_device_of(ctorch_tensor *tensor) {
  auto device = tensor->value.device();
  return device.is_cpu() ? -1 : static_cast<ctorch_device>(device.has_index() ? device.index() : 0);
}

ctorch_tensor *ctorch_to(ctorch_tensor *tensor, ctorch_dtype dtype, ctorch_device device, ctorch_error error) {
  return made(error, [&] {
    const auto &source = tensor->value;
    // From pinned memory the copy runs beside the device's work; libtorch keeps that memory until the copy is done.
    if (source.is_cpu() && device >= 0) return source.pin_memory().to(place(device), type(dtype), /* non_blocking */ true);
    return source.to(place(device), type(dtype));
  });
}

ctorch_tensor *ctorch_clone(ctorch_tensor *tensor, ctorch_error error) {
  return made(error, [&] { return tensor->value.clone(); });
}

ctorch_tensor *ctorch_contiguous(ctorch_tensor *tensor, bool channels_last, ctorch_error error) {
  return made(error, [&] {
    return tensor->value.contiguous(channels_last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous);
  });
}

bool ctorch_is_channels_last(ctorch_tensor *tensor) {
  return tensor->value.dim() == 4 && tensor->value.is_contiguous(at::MemoryFormat::ChannelsLast) &&
         !tensor->value.is_contiguous();
}

ctorch_tensor *ctorch_reshape(ctorch_tensor *tensor, const int64_t *shape, int32_t rank, ctorch_error error) {
  return made(error, [&] { return tensor->value.reshape(sizes(shape, rank)); });
}

ctorch_tensor *ctorch_expand(ctorch_tensor *tensor, const int64_t *shape, int32_t rank, ctorch_error error) {
  return made(error, [&] { return tensor->value.expand(sizes(shape, rank)); });
}

ctorch_tensor *ctorch_permute(ctorch_tensor *tensor, const int64_t *axes, int32_t rank, ctorch_error error) {
  return made(error, [&] { return tensor->value.permute(sizes(axes, rank)); });
}

ctorch_tensor *ctorch_narrow(ctorch_tensor *tensor, int64_t axis, int64_t start, int64_t length, ctorch_error error) {
  return made(error, [&] { return tensor->value.narrow(axis, start, length); });
}

ctorch_tensor *ctorch_gather(ctorch_tensor *tensor, int64_t axis, ctorch_tensor *indices, ctorch_error error) {
  return made(error, [&] { return tensor->value.gather(axis, indices->value); });
}

ctorch_tensor *ctorch_cat(const ctorch_in *tensors, int32_t count, int64_t axis, ctorch_error error) {
  return made(error, [&] { return at::cat(list(tensors, count), axis); });
}

bool ctorch_copy(ctorch_tensor *tensor, ctorch_tensor *source, ctorch_error error) {
  return done(error, [&] {
    TORCH_CHECK(tensor->value.sizes() == source->value.sizes(), "the shapes differ");
    tensor->value.copy_(source->value);
  });
}

bool ctorch_blend_in_place(ctorch_tensor *tensor, double scale, ctorch_tensor *other, double factor, ctorch_error error) {
  return done(error, [&] {
    if (scale != 1) tensor->value.mul_(scale);
    tensor->value.add_(other->value, factor);
  });
}

bool ctorch_fill(ctorch_tensor *tensor, double value, ctorch_error error) {
  return done(error, [&] { tensor->value.fill_(value); });
}
