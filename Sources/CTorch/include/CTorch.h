/* libtorch behind a C ABI: opaque handles, no exception leaves, messages go into the caller's buffer.
 *
 * A function that returns a tensor returns a new handle (+1, freed with ctorch_tensor_free), or NULL with the error
 * filled in. A function that returns bool returns false with the error filled in. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ctorch_tensor ctorch_tensor;
typedef struct ctorch_generator ctorch_generator;

typedef enum {
  ctorch_failure_none = 0,
  ctorch_failure_memory = 1,
  ctorch_failure_other = 2,
  ctorch_failure_timeout = 3,
  ctorch_failure_port_in_use = 4,
} ctorch_failure;

/* The place of an error message: a text buffer and a kind, both the caller's. */
typedef struct {
  char *_Nonnull text;
  size_t capacity;
  ctorch_failure *_Nonnull kind;
} ctorch_error;

typedef enum {
  ctorch_float32 = 0,
  ctorch_float64 = 1,
  ctorch_float16 = 2,
  ctorch_bfloat16 = 3,
  ctorch_int64 = 4,
  ctorch_int32 = 5,
  ctorch_int16 = 6,
  ctorch_int8 = 7,
  ctorch_uint8 = 8,
  ctorch_bool = 9,
} ctorch_dtype;

/* A device: -1 is the CPU, n >= 0 the n-th CUDA device. */
typedef int32_t ctorch_device;

typedef ctorch_tensor *_Nonnull ctorch_in;
typedef ctorch_tensor *_Nullable ctorch_out;

/* ---- runtime.cpp ---- */

const char *_Nonnull ctorch_version(void);
bool ctorch_set_threads(int32_t count, ctorch_error error);
int32_t ctorch_threads(void);
/* Whether cuDNN gives the same bits every time, or tries which kernels are fastest. */
bool ctorch_set_deterministic(bool on, ctorch_error error);
/* Whether float32 convolutions and products may round their inputs to TF32 on a GPU. */
bool ctorch_set_tf32(bool on, ctorch_error error);
bool ctorch_seed(uint64_t seed, ctorch_error error);

/* ---- device.cpp ---- */

/* Whether the processor multiplies bfloat16 numbers itself (AVX-512 BF16). */
bool ctorch_cpu_has_bfloat16(void);
/* Whether this build can use CUDA devices. */
bool ctorch_cuda_built(void);
int32_t ctorch_cuda_devices(void);
/* The name of a CUDA device, cut to capacity. */
bool ctorch_cuda_name(int32_t device, char *_Nonnull name, size_t capacity, ctorch_error error);
/* Bytes in use, the most ever in use, free and in all on a CUDA device; false if this build has no CUDA. */
bool ctorch_cuda_memory(int32_t device, uint64_t *_Nonnull used, uint64_t *_Nonnull peak, uint64_t *_Nonnull available,
                        uint64_t *_Nonnull total, ctorch_error error);
/* The compute capability of a CUDA device, such as 9 and 0. */
bool ctorch_cuda_capability(int32_t device, int32_t *_Nonnull major, int32_t *_Nonnull minor, ctorch_error error);
bool ctorch_cuda_synchronize(int32_t device, ctorch_error error);
/* Returns the memory of freed tensors to the device, and restarts the peak at what is in use. */
bool ctorch_cuda_release(int32_t device, ctorch_error error);

/* ---- generator.cpp: random numbers with an explicit state ---- */

ctorch_generator *_Nullable ctorch_generator_new(uint64_t seed, ctorch_error error);
void ctorch_generator_free(ctorch_generator *_Nonnull generator);
ctorch_out ctorch_generator_state(const ctorch_generator *_Nonnull generator, ctorch_error error);
bool ctorch_generator_set_state(ctorch_generator *_Nonnull generator, ctorch_in state, ctorch_error error);
/* Overwrite every element of a tensor with draws from [a, b) or from N(a, b). */
bool ctorch_fill_uniform(ctorch_in tensor, double a, double b, ctorch_generator *_Nonnull generator, ctorch_error error);
bool ctorch_fill_normal(ctorch_in tensor, double a, double b, ctorch_generator *_Nonnull generator, ctorch_error error);

/* ---- tensor.cpp: storage, shape, conversion ---- */

void ctorch_tensor_free(ctorch_tensor *_Nonnull tensor);
ctorch_out ctorch_from_bytes(const void *_Nullable bytes, size_t count, ctorch_dtype dtype, const int64_t *_Nonnull shape,
                             int32_t rank, ctorch_error error);
bool ctorch_to_bytes(ctorch_in tensor, void *_Nullable bytes, size_t count, ctorch_error error);
ctorch_out ctorch_full(double value, ctorch_dtype dtype, ctorch_device device, const int64_t *_Nonnull shape, int32_t rank,
                       ctorch_error error);
int32_t ctorch_rank(ctorch_in tensor);
int64_t ctorch_length(ctorch_in tensor, int32_t axis);
int64_t ctorch_count(ctorch_in tensor);
ctorch_dtype ctorch_dtype_of(ctorch_in tensor);
ctorch_device ctorch_device_of(ctorch_in tensor);
ctorch_out ctorch_to(ctorch_in tensor, ctorch_dtype dtype, ctorch_device device, ctorch_error error);
ctorch_out ctorch_clone(ctorch_in tensor, ctorch_error error);
ctorch_out ctorch_contiguous(ctorch_in tensor, bool channels_last, ctorch_error error);
bool ctorch_is_channels_last(ctorch_in tensor);
ctorch_out ctorch_reshape(ctorch_in tensor, const int64_t *_Nonnull shape, int32_t rank, ctorch_error error);
ctorch_out ctorch_expand(ctorch_in tensor, const int64_t *_Nonnull shape, int32_t rank, ctorch_error error);
ctorch_out ctorch_permute(ctorch_in tensor, const int64_t *_Nonnull axes, int32_t rank, ctorch_error error);
ctorch_out ctorch_narrow(ctorch_in tensor, int64_t axis, int64_t start, int64_t length, ctorch_error error);
ctorch_out ctorch_gather(ctorch_in tensor, int64_t axis, ctorch_in indices, ctorch_error error);
ctorch_out ctorch_cat(const ctorch_in *_Nonnull tensors, int32_t count, int64_t axis, ctorch_error error);
bool ctorch_copy(ctorch_in tensor, ctorch_in source, ctorch_error error);
/* tensor = scale * tensor + factor * other */
bool ctorch_blend_in_place(ctorch_in tensor, double scale, ctorch_in other, double factor, ctorch_error error);
bool ctorch_fill(ctorch_in tensor, double value, ctorch_error error);

/* ---- arithmetic.cpp ---- */

typedef enum {
  ctorch_relu,
  ctorch_tanh,
  ctorch_sigmoid,
  ctorch_negate,
  ctorch_sqrt,
  ctorch_rsqrt,
  ctorch_abs,
  ctorch_square,
  ctorch_softplus,
  ctorch_is_finite,
  ctorch_all,
} ctorch_unary_op;
ctorch_out ctorch_unary(ctorch_unary_op op, ctorch_in tensor, ctorch_error error);

typedef enum {
  ctorch_add,
  ctorch_subtract,
  ctorch_multiply,
  ctorch_divide,
  ctorch_power,
  ctorch_matmul,
} ctorch_binary_op;
ctorch_out ctorch_binary(ctorch_binary_op op, ctorch_in a, ctorch_in b, ctorch_error error);
ctorch_out ctorch_binary_scalar(ctorch_binary_op op, ctorch_in a, double b, ctorch_error error);
ctorch_out ctorch_addcmul(ctorch_in tensor, ctorch_in a, ctorch_in b, ctorch_error error);
ctorch_out ctorch_clamp(ctorch_in tensor, double low, double high, ctorch_error error);

typedef enum { ctorch_sum, ctorch_mean, ctorch_amax, ctorch_amin } ctorch_reduction;
/* Over the axes given, or over all where rank is 0. */
ctorch_out ctorch_reduce(ctorch_reduction op, ctorch_in tensor, const int64_t *_Nonnull axes, int32_t rank, bool keep,
                         ctorch_error error);
/* Variance and mean; the divisor is the count less correction. */
ctorch_out ctorch_var_mean(ctorch_in tensor, const int64_t *_Nonnull axes, int32_t rank, int64_t correction, bool keep,
                           ctorch_out *_Nonnull mean, ctorch_error error);

typedef enum { ctorch_mse, ctorch_l1, ctorch_bce_logits } ctorch_loss_op;
ctorch_out ctorch_loss(ctorch_loss_op op, ctorch_in input, ctorch_in target, ctorch_error error);
ctorch_out ctorch_loss_scalar(ctorch_loss_op op, ctorch_in input, double target, ctorch_error error);
bool ctorch_item(ctorch_in tensor, double *_Nonnull value, ctorch_error error);

/* ---- layers.cpp ---- */

ctorch_out ctorch_linear(ctorch_in input, ctorch_in weight, ctorch_out bias, ctorch_error error);
ctorch_out ctorch_conv2d(ctorch_in input, ctorch_in weight, ctorch_out bias, int64_t stride, int64_t padding, int64_t groups,
                         ctorch_error error);
ctorch_out ctorch_pad(ctorch_in input, const int64_t *_Nonnull padding, int32_t count, double value, ctorch_error error);
ctorch_out ctorch_upsample_nearest(ctorch_in input, int64_t height, int64_t width, ctorch_error error);
ctorch_out ctorch_upsample_bilinear(ctorch_in input, int64_t height, int64_t width, bool align_corners, ctorch_error error);
ctorch_out ctorch_avg_pool2d(ctorch_in input, int64_t size, ctorch_error error);
/* The largest value or the mean of overlapping windows; padding does not count. */
ctorch_out ctorch_pool2d(ctorch_in input, bool maximum, int64_t size, int64_t stride, int64_t padding, ctorch_error error);
ctorch_out ctorch_global_avg_pool(ctorch_in input, ctorch_error error);
ctorch_out ctorch_global_max_pool(ctorch_in input, ctorch_error error);
ctorch_out ctorch_leaky_relu(ctorch_in input, double slope, ctorch_error error);
ctorch_out ctorch_prelu(ctorch_in input, ctorch_in weight, ctorch_error error);
ctorch_out ctorch_instance_norm(ctorch_in input, double eps, ctorch_error error);
ctorch_out ctorch_batch_norm_eval(ctorch_in input, ctorch_out weight, ctorch_out bias, ctorch_in mean, ctorch_in variance,
                                  double eps, ctorch_error error);
ctorch_out ctorch_normalize(ctorch_in input, int64_t axis, double eps, ctorch_error error);

/* ---- padding.cpp ---- */

ctorch_out ctorch_reflection_pad(ctorch_in input, int64_t padding, ctorch_error error);
/* Every pixel repeated to a square of 2 x 2, then mirrored borders. */
ctorch_out ctorch_double_and_pad(ctorch_in input, int64_t padding, ctorch_error error);

/* ---- normalization.cpp ---- */

/* Variance and mean of each channel of each image, (N, C, 1, 1), in float32 for 16-bit images. */
ctorch_out ctorch_channel_statistics(ctorch_in input, int64_t correction, ctorch_out *_Nonnull mean, ctorch_error error);
/* input * scale + shift, both (N or 1, C or 1, 1, 1), computed in float32 for 16-bit images; then times slope if negative.
 * A scale of NULL is 1. */
ctorch_out ctorch_channel_affine(ctorch_in input, ctorch_out scale, ctorch_in shift, double slope, ctorch_error error);

/* ---- mixed_norm.cpp ---- */

/* Instance and layer normalisation mixed by rho (1, C, 1, 1), scaled by gamma and shifted by beta (N or 1, C, 1, 1); then the
 * positive part if rectified. All three NULL: instance normalisation. To a result that is not rectified an addend can be
 * added; one without addend can get mirrored borders. */
ctorch_out ctorch_mixed_norm(ctorch_in input, ctorch_out rho, ctorch_out gamma, ctorch_out beta, bool unbiased, double eps,
                             bool rectified, ctorch_out addend, int64_t border, ctorch_error error);

/* ---- pooling.cpp ---- */

/* Mean and largest value of each channel of each image, (N, C), in float32 for 16-bit images. */
ctorch_out ctorch_pooled(ctorch_in input, ctorch_out *_Nonnull maximum, ctorch_error error);

/* ---- spectral_norm.cpp ---- */

/* One over the largest singular value of each of count weights (out, ...), once for each of uses, (uses). In training each use
 * first makes one power iteration, which changes u (out) and v (the other axes together) in place, and gradients flow to the
 * weight only once. The results go to scales, and the weights of convolutions in dtype to converted. */
bool ctorch_spectral_scales(const ctorch_in *_Nonnull weights, const ctorch_in *_Nonnull u, const ctorch_in *_Nonnull v,
                            int32_t count, int32_t uses, bool training, ctorch_dtype dtype, ctorch_out *_Nonnull scales,
                            ctorch_out *_Nonnull converted, ctorch_error error);

/* ---- kernels.cpp ---- */

/* Whether the fused kernels can be used on a CUDA device; false with the reason. The first call compiles them. */
bool ctorch_cuda_kernels(ctorch_device device, ctorch_error error);

/* ---- autograd.cpp ---- */

bool ctorch_grad_mode(void);
void ctorch_set_grad_mode(bool on);
bool ctorch_requires_grad(ctorch_in tensor);
bool ctorch_set_requires_grad(ctorch_in tensor, bool on, ctorch_error error);
ctorch_out ctorch_detach(ctorch_in tensor, ctorch_error error);
/* NULL without an error where there is no gradient. */
ctorch_out ctorch_grad(ctorch_in tensor, ctorch_error error);
/* NULL takes the gradient away. */
bool ctorch_set_grad(ctorch_in tensor, ctorch_out grad, ctorch_error error);
/* From count roots at once; a gradient is NULL for a root of one number. */
bool ctorch_backward(const ctorch_in *_Nonnull roots, const ctorch_out *_Nonnull gradients, int32_t count,
                     ctorch_error error);
/* The gradient of a scalar with respect to count inputs, each a new handle, NULL where it does not depend on one. */
bool ctorch_gradients(ctorch_in tensor, const ctorch_in *_Nonnull inputs, int32_t count, bool create_graph,
                      ctorch_out *_Nonnull gradients, ctorch_error error);

/* ---- adam.cpp ---- */

typedef struct {
  double beta1, beta2, eps, weight_decay;
} ctorch_adam;
/* One step for every parameter whose gradient is defined, with decay added to the gradient. Nothing changes if skip is 1
 * instead of 0. steps, float32 (count), counts the steps of each parameter; rate and skip have one element. All three are on the
 * device of the parameters, and no value is read from a GPU. */
bool ctorch_adam_step(const ctorch_in *_Nonnull parameters, const ctorch_in *_Nonnull first,
                      const ctorch_in *_Nonnull second, ctorch_in steps, int32_t count, ctorch_in rate, ctorch_in skip,
                      ctorch_adam settings, ctorch_error error);

/* ---- tensor_list.cpp: one operation on many tensors ---- */

/* The norm of all gradients together, a scalar. */
ctorch_out ctorch_grad_norm(const ctorch_in *_Nonnull parameters, int32_t count, ctorch_error error);
/* Multiplies all gradients by a factor, which has one element. */
bool ctorch_scale_grads(const ctorch_in *_Nonnull parameters, int32_t count, ctorch_in factor, ctorch_error error);
/* tensor += weight * (target - tensor) for each tensor; weight has one element. */
bool ctorch_move_towards(const ctorch_in *_Nonnull tensors, const ctorch_in *_Nonnull targets, int32_t count,
                         ctorch_in weight, ctorch_error error);
bool ctorch_clamp_in_place(const ctorch_in *_Nonnull tensors, int32_t count, double low, double high, ctorch_error error);

/* ---- graph.cpp: operations that a GPU records once and repeats ---- */

typedef struct ctorch_graph ctorch_graph;
ctorch_graph *_Nullable ctorch_graph_new(ctorch_device device, ctorch_error error);
void ctorch_graph_free(ctorch_graph *_Nonnull graph);
/* Between begin and end, this thread's operations run on the graph's stream (warm-up), or are recorded without being run. */
bool ctorch_graph_begin(ctorch_graph *_Nonnull graph, bool recording, ctorch_error error);
bool ctorch_graph_end(ctorch_graph *_Nonnull graph, ctorch_error error);
bool ctorch_graph_replay(ctorch_graph *_Nonnull graph, ctorch_error error);

/* ---- branches.cpp: operations that a GPU computes side by side ---- */

/* Streams for operations that do not depend on each other. Each begin moves this thread to the next stream; join waits for
 * all and goes back. A tensor that one branch makes may be used by others only after the join. */
typedef struct ctorch_branches ctorch_branches;
ctorch_branches *_Nullable ctorch_branches_new(ctorch_device device, int32_t count, ctorch_error error);
void ctorch_branches_free(ctorch_branches *_Nonnull branches);
bool ctorch_branches_begin(ctorch_branches *_Nonnull branches, ctorch_error error);
bool ctorch_branches_join(ctorch_branches *_Nonnull branches, ctorch_error error);

/* ---- store.cpp: short values that the processes of one training share ---- */

typedef struct ctorch_store ctorch_store;
/* A store on a TCP port of host. The process that serves opens the port; the others connect within so many seconds.
 * Keys of different prefixes never meet. */
ctorch_store *_Nullable ctorch_store_open(const char *_Nonnull host, uint16_t port, bool serves, double seconds,
                                          const char *_Nonnull prefix, ctorch_error error);
void ctorch_store_free(ctorch_store *_Nonnull store);
bool ctorch_store_set(ctorch_store *_Nonnull store, const char *_Nonnull key, const void *_Nullable bytes, size_t count,
                      ctorch_error error);
/* The value as a tensor of uint8; NULL without an error if there is no such key. */
ctorch_out ctorch_store_get(ctorch_store *_Nonnull store, const char *_Nonnull key, ctorch_error error);
/* Adds to the whole number at a key, 0 at first, and returns the sum. */
bool ctorch_store_add(ctorch_store *_Nonnull store, const char *_Nonnull key, int64_t amount, int64_t *_Nonnull sum,
                      ctorch_error error);

/* ---- group.cpp: numbers that processes exchange, with Gloo between processors and with NCCL between GPUs ---- */

typedef struct ctorch_group ctorch_group;
/* All processes open their group at the same time; the store must live as long as it. host is the address of rank 0. */
ctorch_group *_Nullable ctorch_group_open(ctorch_store *_Nonnull store, const char *_Nonnull host, ctorch_device device,
                                          int32_t rank, int32_t size, ctorch_error error);
void ctorch_group_free(ctorch_group *_Nonnull group);
/* Replaces the gradients of the parameters, and numbers, by their means over all processes, which have equal bits everywhere.
 * If rounded, gradients travel in bfloat16. */
bool ctorch_group_average(ctorch_group *_Nonnull group, const ctorch_in *_Nonnull parameters, int32_t count,
                          ctorch_in numbers, bool rounded, ctorch_error error);
/* Overwrites the tensors by those of rank 0. */
bool ctorch_group_broadcast(ctorch_group *_Nonnull group, const ctorch_in *_Nonnull tensors, int32_t count,
                            ctorch_error error);
/* Ends the waiting of this and of later calls with an error; for another thread that knows that a process is lost. */
void ctorch_group_abandon(ctorch_group *_Nonnull group);

#ifdef __cplusplus
}
#endif
