#pragma once

// libjpeg-turbo, libpng, libwebp, giflib, libtiff and libheif behind one small C ABI: memory in, memory out.
//
// A decoder is two calls without a handle between them: the first gives the size, so that the caller can refuse an image or
// request a part of it before memory is reserved; the second writes the pixels straight into the caller's memory. Colors are
// converted to sRGB by the file's own profile. Nothing here prints, exits or keeps state, except that libheif is loaded when
// it is first needed. On failure, `message` is a short text with a terminating zero.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma clang assume_nonnull begin

/// The result of a call.
typedef enum codecs_status {
  /// Success.
  CODECS_OK = 0,
  /// The bytes are not valid in their format.
  CODECS_DAMAGED = 1,
  /// The bytes end before the image does.
  CODECS_TRUNCATED = 2,
  /// There is no memory left.
  CODECS_NO_MEMORY = 3,
  /// The request is not possible in this format.
  CODECS_REFUSED = 4,
  /// The format is known, but this kind of file is not supported.
  CODECS_UNSUPPORTED = 5,
} codecs_status;

/// Lets malloc use at most `count` heaps, at least 1; with another C library than glibc nothing happens.
///
/// By default glibc gives each thread a heap, and memory that one thread has freed is not used by the others.
void codecs_limit_heaps(int count);

/// The output of a decoder.
typedef struct codecs_header {
  /// Columns.
  uint32_t width;
  /// Rows.
  uint32_t height;
  /// Samples per pixel: 1 grey, 3 RGB, 4 RGB and straight alpha.
  uint32_t channels;
  /// JPEG: the quality 1 to 100 with the most similar standard tables; 0 without tables.
  uint32_t quality;
  /// TIFF: the orientation tag, 1 to 8; 0 for the others.
  uint32_t orientation;
  /// PNG, WebP, GIF: more than one frame. TIFF: more than one page.
  bool more;
} codecs_header;

/// A part of a stored image in pixels.
typedef struct codecs_region {
  /// The first column.
  uint32_t left;
  /// The first row.
  uint32_t top;
  /// Columns, at least 1.
  uint32_t width;
  /// Rows, at least 1.
  uint32_t height;
} codecs_region;

/// A buffer for a message.
#define CODECS_MESSAGE_SIZE 256

codecs_status codecs_jpeg_header(
    const uint8_t *bytes, size_t count, codecs_header *header, char *message);
/// Decodes a region with each `box` x `box` pixels as one, their mean; a side becomes ceil(side / box). This holds for all decoders.
///
/// `box` is a power of two up to 64, and `left` and `top` are multiples of 64. 16-bit samples are scaled to 8 with rounding;
/// CMYK becomes RGB. `capacity` must be exact. With `adobe_rgb`, colors without a profile are Adobe RGB instead of sRGB.
codecs_status codecs_jpeg_decode(
    const uint8_t *bytes, size_t count, codecs_region region, uint32_t box, bool adobe_rgb, uint8_t *pixels,
    size_t capacity, char *message);
/// `channels` is 1 or 3, `quality` 1 to 100. The caller frees `*encoded` with `codecs_free`.
codecs_status codecs_jpeg_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, uint32_t channels, int quality,
    bool full_chroma, uint8_t *_Nullable *_Nonnull encoded, size_t *size, char *message);

codecs_status codecs_png_header(
    const uint8_t *bytes, size_t count, codecs_header *header, char *message);
codecs_status codecs_png_decode(
    const uint8_t *bytes, size_t count, codecs_region region, uint32_t box, uint8_t *pixels, size_t capacity,
    char *message);
/// `level` is zlib's, 0 to 9. The caller frees `*encoded` with `codecs_free`.
codecs_status codecs_png_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, uint32_t channels, int level,
    uint8_t *_Nullable *_Nonnull encoded, size_t *size, char *message);

codecs_status codecs_webp_header(
    const uint8_t *bytes, size_t count, codecs_header *header, char *message);
/// Decodes an animation's first frame on its canvas.
codecs_status codecs_webp_decode(
    const uint8_t *bytes, size_t count, codecs_region region, uint32_t box, uint8_t *pixels, size_t capacity,
    char *message);
/// `channels` is 3 or 4; a negative `quality` means lossless. The caller frees `*encoded` with `codecs_free`.
codecs_status codecs_webp_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, uint32_t channels, float quality,
    uint8_t *_Nullable *_Nonnull encoded, size_t *size, char *message);

codecs_status codecs_gif_header(
    const uint8_t *bytes, size_t count, codecs_header *header, char *message);
/// Decodes an animation's first frame on its canvas.
codecs_status codecs_gif_decode(
    const uint8_t *bytes, size_t count, codecs_region region, uint32_t box, uint8_t *pixels, size_t capacity,
    char *message);

codecs_status codecs_tiff_header(
    const uint8_t *bytes, size_t count, codecs_header *header, char *message);
/// Decodes the first page. Camera raw files, whose first page is a thumbnail, are refused.
codecs_status codecs_tiff_decode(
    const uint8_t *bytes, size_t count, codecs_region region, uint32_t box, uint8_t *pixels, size_t capacity,
    char *message);

codecs_status codecs_heif_header(
    const uint8_t *bytes, size_t count, codecs_header *header, char *message);
/// HEIC and AVIF by libheif, which may be missing; the result is upright.
codecs_status codecs_heif_decode(
    const uint8_t *bytes, size_t count, codecs_region region, uint32_t box, uint8_t *pixels, size_t capacity,
    char *message);

/// Copies a region of pixels in memory, as a decoder does.
codecs_status codecs_reduce(
    const uint8_t *from, uint32_t width, uint32_t height, uint32_t channels, codecs_region region, uint32_t box,
    uint8_t *pixels, size_t capacity, char *message);

/// Frees the output of an encoder.
void codecs_free(uint8_t *_Nullable encoded);

#pragma clang assume_nonnull end

#ifdef __cplusplus
}
#endif
