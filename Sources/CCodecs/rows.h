#pragma once

// Copies rows of a stored image into the caller's memory: a region is selected, boxes of pixels are averaged, and colors
// are converted to sRGB. So a decoder needs memory for a row, not for the image.

#include "CCodecs.h"

#pragma clang assume_nonnull begin

/// The maximum memory of a decoder that cannot work row by row, in bytes.
#define CODECS_WHOLE_LIMIT ((uint64_t)288 << 20)

typedef struct color color;

typedef struct rows {
  codecs_region region;
  uint32_t box;
  uint32_t channels;
  const color *_Nullable color;
  uint8_t *pixels;
  uint32_t width;
  uint32_t y;
  uint32_t gathered;
  uint32_t written;
  uint32_t *_Nullable sums;
} rows;

/// The number of boxes of `box` pixels in `side`.
static inline uint32_t boxes(uint32_t side, uint32_t box) { return side / box + (side % box != 0); }

/// Prepares for rows of `channels` samples; `color` may be NULL and must outlive the rows.
codecs_status rows_begin(
    rows *rows, codecs_region region, uint32_t box, uint32_t channels, const color *_Nullable color,
    uint8_t *pixels, size_t capacity, char *message);
/// Adds the next row of the image, whose first sample is in column `first`.
void rows_take(rows *rows, const uint8_t *row, uint32_t first);
/// Writes the last boxes and frees the memory; must also be called after a failure.
void rows_end(rows *rows);

/// The transform from an embedded profile to sRGB; NULL if there is no valid profile or if it changes nothing.
///
/// `channels` is 1 for grey, 3 or 4 (with alpha) for RGB; 0 stands for four inks, and -4 for four inverted inks, which become RGB.
color *_Nullable color_from_profile(const uint8_t *_Nullable profile, size_t size, int channels);
/// The transform from a color space given by the codes of ITU-T H.273.
color *_Nullable color_from_codes(int primaries, int transfer, int channels);
/// The transform from Adobe RGB (1998) to sRGB.
color *_Nullable color_from_adobe_rgb(int channels);
/// Converts `count` pixels; `from` and `to` may be the same unless the number of samples changes.
void color_convert(const color *color, const uint8_t *from, uint8_t *to, uint32_t count);
void color_free(color *_Nullable color);

/// Four inks to RGB without a profile, by multiplying.
void inks_to_rgb(const uint8_t *from, uint8_t *to, uint32_t count, bool inverted);

/// Writes a message and returns `status`.
codecs_status fail_with(codecs_status status, char *message, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/// Fails if an image that must be decoded as a whole needs too many `bytes`.
codecs_status require_memory(uint64_t bytes, const char *what, char *message);

#pragma clang assume_nonnull end
