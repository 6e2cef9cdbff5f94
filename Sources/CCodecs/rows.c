#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rows.h"

codecs_status fail_with(codecs_status status, char *message, const char *format, ...) {
  va_list values;
  va_start(values, format);
  vsnprintf(message, CODECS_MESSAGE_SIZE, format, values);
  va_end(values);
  return status;
}

codecs_status require_memory(uint64_t bytes, const char *what, char *message) {
  if (bytes <= CODECS_WHOLE_LIMIT) return CODECS_OK;
  return fail_with(
      CODECS_NO_MEMORY, message, "%s can only be decoded whole, which takes %llu MB; save it as a smaller image or as "
      "a baseline JPEG", what, (unsigned long long)(bytes >> 20));
}

codecs_status rows_begin(
    rows *rows, codecs_region region, uint32_t box, uint32_t channels, const color *color, uint8_t *pixels,
    size_t capacity, char *message) {
  *rows = (struct rows){
      .region = region, .box = box, .channels = channels, .color = color, .pixels = pixels,
      .width = boxes(region.width, box)};
  const size_t needed = (size_t)rows->width * channels * boxes(region.height, box);
  if (needed != capacity) return fail_with(CODECS_REFUSED, message, "the pixels do not fit the memory given");
  if (box == 1) return CODECS_OK;
  // A box of 64 x 64 pixels with alpha sums up to 64 * 64 * 255 * 255, which is below 2^32.
  rows->sums = calloc((size_t)rows->width * channels, sizeof *rows->sums);
  return rows->sums ? CODECS_OK : fail_with(CODECS_NO_MEMORY, message, "no memory is left");
}

static void write_boxes(rows *rows) {
  const uint32_t channels = rows->channels;
  uint8_t *to = rows->pixels + (size_t)rows->written * rows->width * channels;
  for (uint32_t x = 0; x < rows->width; x++) {
    uint32_t *sums = rows->sums + (size_t)x * channels;
    const uint32_t left = rows->region.width - x * rows->box;
    const uint32_t count = (left < rows->box ? left : rows->box) * rows->gathered;
    if (channels == 4) {
      // Colors are weighted by alpha.
      const uint32_t alpha = sums[3];
      for (int c = 0; c < 3; c++) to[x * 4 + c] = alpha ? (uint8_t)((sums[c] + alpha / 2) / alpha) : 0;
      to[x * 4 + 3] = (uint8_t)((alpha + count / 2) / count);
    } else {
      for (uint32_t c = 0; c < channels; c++) to[x * channels + c] = (uint8_t)((sums[c] + count / 2) / count);
    }
  }
  if (rows->color) color_convert(rows->color, to, to, rows->width);
  memset(rows->sums, 0, (size_t)rows->width * channels * sizeof *rows->sums);
  rows->written++;
  rows->gathered = 0;
}

void rows_take(rows *rows, const uint8_t *row, uint32_t first) {
  const uint32_t y = rows->y++;
  if (y < rows->region.top || y - rows->region.top >= rows->region.height) return;
  const uint32_t channels = rows->channels, width = rows->region.width;
  const uint8_t *from = row + (size_t)(rows->region.left - first) * channels;
  if (rows->box == 1) {
    uint8_t *to = rows->pixels + (size_t)rows->written++ * width * channels;
    if (rows->color) color_convert(rows->color, from, to, width);
    else memcpy(to, from, (size_t)width * channels);
    return;
  }
  uint32_t *sums = rows->sums;
  uint32_t filled = 0;
  for (uint32_t x = 0; x < width; x++, from += channels) {
    if (channels == 4) {
      const uint32_t alpha = from[3];
      for (int c = 0; c < 3; c++) sums[c] += from[c] * alpha;
      sums[3] += alpha;
    } else {
      for (uint32_t c = 0; c < channels; c++) sums[c] += from[c];
    }
    if (++filled == rows->box) filled = 0, sums += channels;
  }
  if (++rows->gathered == rows->box) write_boxes(rows);
}

void rows_end(rows *rows) {
  if (rows->sums && rows->gathered) write_boxes(rows);
  free(rows->sums);
  rows->sums = NULL;
}

codecs_status codecs_reduce(
    const uint8_t *from, uint32_t width, uint32_t height, uint32_t channels, codecs_region region, uint32_t box,
    uint8_t *pixels, size_t capacity, char *message) {
  rows rows;
  const codecs_status status = rows_begin(&rows, region, box, channels, NULL, pixels, capacity, message);
  for (uint32_t y = 0; status == CODECS_OK && y < height; y++) {
    rows_take(&rows, from + (size_t)y * width * channels, 0);
  }
  rows_end(&rows);
  return status;
}

void inks_to_rgb(const uint8_t *from, uint8_t *to, uint32_t count, bool inverted) {
  const uint8_t flip = inverted ? 0 : 255;
  for (uint32_t x = 0; x < count; x++, from += 4, to += 3) {
    const uint32_t black = from[3] ^ flip;
    for (int c = 0; c < 3; c++) to[c] = (uint8_t)(((uint32_t)(from[c] ^ flip) * black + 127) / 255);
  }
}
