// A C ABI over the parts of OpenCV that Easel uses.
//
// Images cross as views of memory that the caller owns; inputs are never written, outputs are written in
// place. Every function that can fail returns false (or null) and leaves a message in the caller's ocv_error
// buffer; no C++ exception leaves this library. Threads share no data: a handle
// belongs to one thread at a time.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A caller-owned buffer for one message; always ends with a zero byte after a failure.
typedef struct {
  char *_Nonnull text;
  size_t capacity;
} ocv_error;

typedef enum { OCV_UINT8 = 0, OCV_FLOAT32 = 1, OCV_INT32 = 2 } ocv_depth;

/// Interleaved samples, rows from top to bottom, `stride` bytes from row to row.
typedef struct {
  void *_Nonnull data;
  int width;
  int height;
  int channels;
  ptrdiff_t stride;
  ocv_depth depth;
} ocv_view;

/// Whole pixels.
typedef struct {
  int x;
  int y;
  int width;
  int height;
} ocv_rect;

/// Sets one thread and no log messages; called once before all other functions.
void ocv_start(void);

/// The version of the loaded library, such as "4.6.0".
const char *_Nonnull ocv_version(void);

// Geometry (geometry.cpp).

typedef enum {
  OCV_NEAREST = 0,
  OCV_LINEAR = 1,
  OCV_CUBIC = 2,
  OCV_AREA = 3
} ocv_interpolation;
typedef enum { OCV_BORDER_CONSTANT = 0, OCV_BORDER_EDGE = 1, OCV_BORDER_REFLECT = 2 } ocv_border;

/// Forward affine map `matrix` (6 numbers, row by row) from `source` to `target`, averaging where it shrinks.
/// `fill` holds 4 samples, used with OCV_BORDER_CONSTANT. Four channels mean straight alpha.
bool ocv_warp(ocv_view source, ocv_view target, const double *_Nonnull matrix,
              ocv_interpolation interpolation, ocv_border border, const double *_Nonnull fill,
              ocv_error error);

/// Fills `target` with the whole of `source`. Four 8-bit channels mean straight alpha.
bool ocv_resize(ocv_view source, ocv_view target, ocv_interpolation interpolation, ocv_error error);

// Filters (filters.cpp).

typedef enum { OCV_ERODE = 0, OCV_DILATE = 1, OCV_OPEN = 2, OCV_CLOSE = 3 } ocv_morphology;

/// One connected part of a mask.
typedef struct {
  ocv_rect box;
  int area;
  double x;
  double y;
} ocv_component;

bool ocv_gaussian_blur(ocv_view source, ocv_view target, double sigma, ocv_error error);
bool ocv_morph(ocv_view mask, ocv_view target, ocv_morphology operation, int radius, ocv_error error);

/// 8-connected parts of the non-zero pixels of `mask`; `labels` is OCV_INT32. Returns their number (the
/// background, label 0, not counted) or -1. At most `capacity` parts are described.
int ocv_components(ocv_view mask, ocv_view labels, ocv_component *_Nullable parts, int capacity,
                   ocv_error error);

/// The guided filter of He, Sun and Tang with a grey or RGB guide; `input` and `target` are OCV_FLOAT32 with
/// one channel.
bool ocv_guided_filter(ocv_view guide, ocv_view input, ocv_view target, int radius, double epsilon,
                       ocv_error error);

/// The power of the frequencies 0 to width / 2 of each row of real samples, summed over the rows; `rows` is OCV_FLOAT32 with
/// one channel and an even width.
bool ocv_row_power(ocv_view rows, double *_Nonnull power, ocv_error error);

/// For each pixel of `mask` that is not zero the distance to the nearest zero; `target` is OCV_FLOAT32.
bool ocv_distance(ocv_view mask, ocv_view target, ocv_error error);
bool ocv_canny(ocv_view gray, ocv_view target, double low, double high, ocv_error error);

// Cascades (cascade.cpp).

typedef struct ocv_cascade ocv_cascade;

/// One window that a cascade accepts; `score` is the number of neighbours or the last stage's sum.
typedef struct {
  ocv_rect box;
  double score;
} ocv_cascade_hit;

ocv_cascade *_Nullable ocv_cascade_load(const char *_Nonnull path, ocv_error error);
void ocv_cascade_free(ocv_cascade *_Nonnull cascade);

/// Finds windows in a grey image; the result, owned by the handle, lives until the next call. Returns the
/// count or -1.
int ocv_cascade_detect(ocv_cascade *_Nonnull cascade, ocv_view gray, double scale_factor, int min_neighbors,
                       int min_size, int max_size, bool equalize, bool level_weights,
                       const ocv_cascade_hit *_Nullable *_Nonnull hits, ocv_error error);

// Networks (network.cpp).

typedef struct ocv_network ocv_network;

/// The conversion of an image to a network's input: (sample - mean) * scale for each channel, in the order of the
/// blob.
typedef struct {
  int width;
  int height;
  double mean[4];
  double scale[4];
  bool swap_rb;
  bool channels_last;
} ocv_blob;

/// Reads ONNX (`config` null), Caffe or TensorFlow files; `fuses` joins layers, which is faster.
ocv_network *_Nullable ocv_network_load(const char *_Nonnull model, const char *_Nullable config, bool fuses,
                                        ocv_error error);
/// Reads the bytes of an ONNX file.
ocv_network *_Nullable ocv_network_read_onnx(const void *_Nonnull bytes, size_t count, ocv_error error);
void ocv_network_free(ocv_network *_Nonnull network);

/// The names of the outputs, separated by line feeds; lives as long as the handle.
const char *_Nonnull ocv_network_output_names(ocv_network *_Nonnull network);

bool ocv_network_set_image(ocv_network *_Nonnull network, ocv_view image, const ocv_blob *_Nonnull blob,
                           const char *_Nonnull input, ocv_error error);
bool ocv_network_set_values(ocv_network *_Nonnull network, const float *_Nonnull values,
                            const int *_Nonnull shape, int dimensions, const char *_Nonnull input,
                            ocv_error error);

/// Runs the layers that the named outputs need.
bool ocv_network_forward(ocv_network *_Nonnull network, const char *_Nonnull const *_Nonnull outputs,
                         int count, ocv_error error);

/// The values of the output at `index` of the last run; they live until the next one.
const float *_Nullable ocv_network_output(ocv_network *_Nonnull network, int index,
                                          const int *_Nullable *_Nonnull shape, int *_Nonnull dimensions,
                                          size_t *_Nonnull count);

typedef struct ocv_yunet ocv_yunet;

ocv_yunet *_Nullable ocv_yunet_load(const char *_Nonnull path, float score, float overlap, int most,
                                    ocv_error error);
void ocv_yunet_free(ocv_yunet *_Nonnull yunet);

/// Finds faces in an RGB image; a row has 15 numbers: x, y, width, height, five points, score. The rows,
/// owned by the handle, live until the next call. Returns the count or -1.
int ocv_yunet_detect(ocv_yunet *_Nonnull yunet, ocv_view rgb, const float *_Nullable *_Nonnull rows,
                     ocv_error error);

#ifdef __cplusplus
}
#endif
