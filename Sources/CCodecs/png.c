#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>
#include <zlib.h>

#include "rows.h"

typedef struct source {
  const uint8_t *bytes;
  size_t count;
  size_t position;
  codecs_status status;
  char *message;
} source;

static void fail(png_structp png, png_const_charp text) {
  source *input = png_get_error_ptr(png);
  if (input->status == CODECS_OK) {
    input->status = strstr(text, "emory") ? CODECS_NO_MEMORY : CODECS_DAMAGED;
    snprintf(input->message, CODECS_MESSAGE_SIZE, "%s", text);
  }
  png_longjmp(png, 1);
}

static void keep_silent(png_structp png, png_const_charp text) { (void)png, (void)text; }

static void take(png_structp png, png_bytep to, size_t wanted) {
  source *input = png_get_io_ptr(png);
  if (wanted > input->count - input->position) {
    input->status = CODECS_TRUNCATED;
    snprintf(input->message, CODECS_MESSAGE_SIZE, "%zu bytes are there, more are needed", input->count);
    png_error(png, "truncated");
  }
  memcpy(to, input->bytes + input->position, wanted);
  input->position += wanted;
}

// Chunks that do not affect pixels; their checksums are verified, but their contents are not read.
static const uint8_t ignored_chunks[] =
    "cHRM\0gAMA\0sRGB\0sBIT\0bKGD\0hIST\0pHYs\0sPLT\0tIME\0tEXt\0zTXt\0iTXt\0eXIf\0oFFs\0pCAL\0sCAL\0sTER";

static uint32_t channels_of(png_structp png, png_infop info) {
  const png_byte color = png_get_color_type(png, info);
  const bool alpha = (color & PNG_COLOR_MASK_ALPHA) || png_get_valid(png, info, PNG_INFO_tRNS);
  return alpha ? 4 : (color & PNG_COLOR_MASK_COLOR) ? 3 : 1;
}

// Whether a chunk that makes the file an animation comes before the image's own data.
static bool is_animated(const source *input) {
  for (size_t at = 8; at + 12 <= input->count;) {
    const uint8_t *chunk = input->bytes + at;
    if (!memcmp(chunk + 4, "acTL", 4)) return true;
    if (!memcmp(chunk + 4, "IDAT", 4)) return false;
    at += 12 + ((size_t)chunk[0] << 24 | (size_t)chunk[1] << 16 | (size_t)chunk[2] << 8 | chunk[3]);
  }
  return false;
}

typedef struct reader {
  source input;
  png_structp png;
  png_infop info;
  rows rows;
  color *color;
  uint8_t *memory;
} reader;

static void close_png(reader *reader) {
  rows_end(&reader->rows);
  color_free(reader->color);
  free(reader->memory);
  png_destroy_read_struct(&reader->png, &reader->info, NULL);
}

static bool open_png(reader *reader, const uint8_t *bytes, size_t count, char *message) {
  memset(reader, 0, sizeof *reader);
  reader->input = (source){bytes, count, 0, CODECS_OK, message};
  message[0] = 0;
  reader->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reader->input, fail, keep_silent);
  reader->info = reader->png ? png_create_info_struct(reader->png) : NULL;
  if (reader->info) return true;
  close_png(reader);
  fail_with(CODECS_NO_MEMORY, message, "no memory is left");
  return false;
}

// Errors leave by the jump that the caller has set.
static void read_header(reader *reader) {
  png_structp png = reader->png;
  png_set_read_fn(png, &reader->input, take);
  png_set_user_limits(png, 0x7fffffff, 0x7fffffff);
  png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
  // An invalid profile is ignored, as other programs do.
  png_set_benign_errors(png, 1);
  png_set_keep_unknown_chunks(
      png, PNG_HANDLE_CHUNK_NEVER, ignored_chunks, (int)(sizeof ignored_chunks / 5));
  png_read_info(png, reader->info);
}

codecs_status codecs_png_header(
    const uint8_t *bytes, size_t count, codecs_header *header, char *message) {
  reader reader;
  if (!open_png(&reader, bytes, count, message)) return CODECS_NO_MEMORY;
  if (setjmp(png_jmpbuf(reader.png))) {
    close_png(&reader);
    return reader.input.status;
  }
  read_header(&reader);
  *header = (codecs_header){
      .width = png_get_image_width(reader.png, reader.info),
      .height = png_get_image_height(reader.png, reader.info),
      .channels = channels_of(reader.png, reader.info),
      .more = is_animated(&reader.input),
  };
  close_png(&reader);
  return CODECS_OK;
}

static color *profile_of(reader *reader, uint32_t channels) {
  png_charp name = NULL;
  png_bytep profile = NULL;
  png_uint_32 size = 0;
  int compression = 0;
  if (!png_get_iCCP(reader->png, reader->info, &name, &compression, &profile, &size)) return NULL;
  return color_from_profile(profile, size, (int)channels);
}

codecs_status codecs_png_decode(
    const uint8_t *bytes, size_t count, codecs_region region, uint32_t box, uint8_t *pixels, size_t capacity,
    char *message) {
  reader reader;
  if (!open_png(&reader, bytes, count, message)) return CODECS_NO_MEMORY;
  if (setjmp(png_jmpbuf(reader.png))) {
    close_png(&reader);
    return reader.input.status;
  }
  read_header(&reader);
  png_structp png = reader.png;
  const uint32_t channels = channels_of(png, reader.info);
  reader.color = profile_of(&reader, channels);
  png_set_expand(png);
  png_set_scale_16(png);
  if (channels == 4) png_set_gray_to_rgb(png);
  const int passes = png_set_interlace_handling(png);
  png_read_update_info(png, reader.info);
  const size_t stride = png_get_rowbytes(png, reader.info);
  const uint32_t height = png_get_image_height(png, reader.info);
  const uint64_t whole = passes > 1 ? (uint64_t)stride * height : stride;
  codecs_status status = require_memory(whole, "an interlaced PNG", message);
  if (status == CODECS_OK) {
    status = rows_begin(&reader.rows, region, box, channels, reader.color, pixels, capacity, message);
  }
  // Interlaced passes add pixels to existing rows.
  if (status == CODECS_OK && !(reader.memory = calloc(1, whole))) {
    status = fail_with(CODECS_NO_MEMORY, message, "no memory is left");
  }
  if (status != CODECS_OK) {
    close_png(&reader);
    return status;
  }
  for (int pass = 0; pass < passes - 1; pass++) {
    for (uint32_t y = 0; y < height; y++) png_read_row(png, reader.memory + y * stride, NULL);
  }
  for (uint32_t y = 0; y < height; y++) {
    uint8_t *row = passes > 1 ? reader.memory + y * stride : reader.memory;
    png_read_row(png, row, NULL);
    rows_take(&reader.rows, row, 0);
  }
  png_read_end(png, NULL);
  close_png(&reader);
  return CODECS_OK;
}

typedef struct sink {
  uint8_t *bytes;
  size_t count;
  size_t room;
  // The header that `fail` expects.
  source error;
} sink;

static void put(png_structp png, png_bytep from, size_t count) {
  sink *output = png_get_io_ptr(png);
  if (output->room - output->count < count) {
    const size_t room = (output->room + count) * 2;
    uint8_t *grown = realloc(output->bytes, room);
    if (!grown) png_error(png, "out of memory");
    output->bytes = grown;
    output->room = room;
  }
  memcpy(output->bytes + output->count, from, count);
  output->count += count;
}

static void flush_nothing(png_structp png) { (void)png; }

codecs_status codecs_png_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, uint32_t channels, int level,
    uint8_t **encoded, size_t *size, char *message) {
  sink output = {NULL, 0, 0, {NULL, 0, 0, CODECS_OK, message}};
  message[0] = 0;
  png_structp png =
      png_create_write_struct(PNG_LIBPNG_VER_STRING, &output.error, fail, keep_silent);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  if (!info) {
    png_destroy_write_struct(&png, NULL);
    return CODECS_NO_MEMORY;
  }
  if (setjmp(png_jmpbuf(png))) {
    png_destroy_write_struct(&png, &info);
    free(output.bytes);
    return output.error.status == CODECS_NO_MEMORY ? CODECS_NO_MEMORY : CODECS_REFUSED;
  }
  png_set_write_fn(png, &output, put, flush_nothing);
  png_set_user_limits(png, 0x7fffffff, 0x7fffffff);
  const int color = channels == 1 ? PNG_COLOR_TYPE_GRAY : channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_RGBA;
  png_set_IHDR(
      png, info, width, height, 8, color, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
      PNG_FILTER_TYPE_DEFAULT);
  png_set_compression_level(png, level);
  // After filtering, most bytes are runs of small numbers, so at low levels run-length encoding is faster and smaller.
  if (level > 0 && level < 3) png_set_compression_strategy(png, Z_RLE);
  // One filter for all rows, because choosing a filter for each row costs more time than it saves bytes.
  png_set_filter(png, PNG_FILTER_TYPE_BASE, level == 0 ? PNG_FILTER_NONE : PNG_FILTER_PAETH);
  png_write_info(png, info);
  for (uint32_t row = 0; row < height; row++) {
    png_write_row(png, pixels + (size_t)row * width * channels);
  }
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  *encoded = output.bytes;
  *size = output.count;
  return CODECS_OK;
}

void codecs_free(uint8_t *encoded) { free(encoded); }
