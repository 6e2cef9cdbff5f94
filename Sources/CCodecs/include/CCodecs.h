#pragma once

// libjpeg-turbo, libpng and libwebp behind one small C ABI: memory in, memory out.
//
// A decoder is two calls without a handle between them: the first tells the size, so that the caller can refuse an
// image before a byte is reserved for it; the second writes the pixels straight into the caller's memory. Nothing
// here prints, exits or keeps state. On failure `message` holds a few words, always terminated.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma clang assume_nonnull begin

/// How a call ended.
typedef enum codecs_status {
  /// All went well.
  CODECS_OK = 0,
  /// The bytes break the rules of their format.
  CODECS_DAMAGED = 1,
  /// The bytes end before the image does.
  CODECS_TRUNCATED = 2,
  /// There is no memory left.
  CODECS_NO_MEMORY = 3,
  /// The caller asked for what the format cannot hold.
  CODECS_REFUSED = 4,
} codecs_status;

/// What a decoder will write.
typedef struct codecs_header {
  /// Columns.
  uint32_t width;
  /// Rows.
  uint32_t height;
  /// Samples a pixel: 1 grey, 3 RGB, 4 RGB and straight alpha.
  uint32_t channels;
  /// JPEG: the quality 1 to 100 whose standard tables come nearest; 0 where there are none.
  uint32_t quality;
  /// WebP: more than one frame.
  bool animated;
} codecs_header;

/// Room for a message.
#define CODECS_MESSAGE_SIZE 256

codecs_status codecs_jpeg_header(
    const uint8_t *bytes, size_t count, codecs_header *header, char *message);
/// `shrink` is 1, 2, 4 or 8: sides become ceil(side / shrink). CMYK becomes RGB. `capacity` must fit exactly.
codecs_status codecs_jpeg_decode(
    const uint8_t *bytes, size_t count, uint32_t shrink, uint8_t *pixels, size_t capacity, char *message);
/// `channels` is 1 or 3, `quality` 1 to 100. The caller frees `*encoded` with `codecs_free`.
codecs_status codecs_jpeg_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, uint32_t channels, int quality,
    bool full_chroma, uint8_t *_Nullable *_Nonnull encoded, size_t *size, char *message);

codecs_status codecs_png_header(
    const uint8_t *bytes, size_t count, codecs_header *header, char *message);
/// 16-bit samples are scaled to 8 with rounding; gamma and colour profiles are ignored. `capacity` must fit exactly.
codecs_status codecs_png_decode(
    const uint8_t *bytes, size_t count, uint8_t *pixels, size_t capacity, char *message);
/// `level` is zlib's, 0 to 9. The caller frees `*encoded` with `codecs_free`.
codecs_status codecs_png_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, uint32_t channels, int level,
    uint8_t *_Nullable *_Nonnull encoded, size_t *size, char *message);

codecs_status codecs_webp_header(
    const uint8_t *bytes, size_t count, codecs_header *header, char *message);
/// Of an animation, the first frame on its canvas. `capacity` must fit exactly.
codecs_status codecs_webp_decode(
    const uint8_t *bytes, size_t count, uint8_t *pixels, size_t capacity, char *message);
/// `channels` is 3 or 4; a negative `quality` asks for lossless. The caller frees `*encoded` with `codecs_free`.
codecs_status codecs_webp_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, uint32_t channels, float quality,
    uint8_t *_Nullable *_Nonnull encoded, size_t *size, char *message);

/// Frees what an encoder handed out.
void codecs_free(uint8_t *_Nullable encoded);

#pragma clang assume_nonnull end

#ifdef __cplusplus
}
#endif
