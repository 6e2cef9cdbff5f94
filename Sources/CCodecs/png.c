#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>
#include <zlib.h>

#include "CCodecs.h"

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

// Chunks that change no pixel here: their sums are checked, their contents are not read.
static const uint8_t ignored_chunks[] =
    "cHRM\0gAMA\0iCCP\0sRGB\0sBIT\0bKGD\0hIST\0pHYs\0sPLT\0tIME\0tEXt\0zTXt\0iTXt\0eXIf\0oFFs\0pCAL\0sCAL\0sTER";

static png_structp open_png(source *input) {
  input->message[0] = 0;
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, input, fail, keep_silent);
  return png;
}

static void read_header(png_structp png, png_infop info, source *input) {
  png_set_read_fn(png, input, take);
  png_set_user_limits(png, 0x7fffffff, 0x7fffffff);
  png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
  png_set_keep_unknown_chunks(
      png, PNG_HANDLE_CHUNK_NEVER, ignored_chunks, (int)(sizeof ignored_chunks / 5));
  png_read_info(png, info);
}

static uint32_t channels_of(png_structp png, png_infop info) {
  const png_byte color = png_get_color_type(png, info);
  const bool alpha = (color & PNG_COLOR_MASK_ALPHA) || png_get_valid(png, info, PNG_INFO_tRNS);
  return alpha ? 4 : (color & PNG_COLOR_MASK_COLOR) ? 3 : 1;
}

// Whether a chunk that makes the file an animation stands before the image's own data.
static bool is_animated(const source *input) {
  for (size_t at = 8; at + 12 <= input->count;) {
    const uint8_t *chunk = input->bytes + at;
    if (!memcmp(chunk + 4, "acTL", 4)) return true;
    if (!memcmp(chunk + 4, "IDAT", 4)) return false;
    at += 12 + ((size_t)chunk[0] << 24 | (size_t)chunk[1] << 16 | (size_t)chunk[2] << 8 | chunk[3]);
  }
  return false;
}

codecs_status codecs_png_header(
    const uint8_t *bytes, size_t count, codecs_header *header, char *message) {
  source input = {bytes, count, 0, CODECS_OK, message};
  png_structp png = open_png(&input);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  if (!info) {
    png_destroy_read_struct(&png, NULL, NULL);
    return CODECS_NO_MEMORY;
  }
  if (setjmp(png_jmpbuf(png))) {
    png_destroy_read_struct(&png, &info, NULL);
    return input.status;
  }
  read_header(png, info, &input);
  *header = (codecs_header){
      .width = png_get_image_width(png, info),
      .height = png_get_image_height(png, info),
      .channels = channels_of(png, info),
      .animated = is_animated(&input),
  };
  png_destroy_read_struct(&png, &info, NULL);
  return CODECS_OK;
}

codecs_status codecs_png_decode(
    const uint8_t *bytes, size_t count, uint8_t *pixels, size_t capacity, char *message) {
  source input = {bytes, count, 0, CODECS_OK, message};
  png_structp png = open_png(&input);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  if (!info) {
    png_destroy_read_struct(&png, NULL, NULL);
    return CODECS_NO_MEMORY;
  }
  if (setjmp(png_jmpbuf(png))) {
    png_destroy_read_struct(&png, &info, NULL);
    return input.status;
  }
  read_header(png, info, &input);
  png_set_expand(png);
  png_set_scale_16(png);
  if (channels_of(png, info) == 4) png_set_gray_to_rgb(png);
  const int passes = png_set_interlace_handling(png);
  png_read_update_info(png, info);
  const size_t stride = png_get_rowbytes(png, info);
  const uint32_t height = png_get_image_height(png, info);
  if (stride * height != capacity) {
    input.status = CODECS_REFUSED;
    snprintf(message, CODECS_MESSAGE_SIZE, "the pixels do not fit the memory given");
    png_error(png, message);
  }
  // Interlaced passes fill in the rows that are there already.
  if (passes > 1) memset(pixels, 0, capacity);
  for (int pass = 0; pass < passes; pass++) {
    for (uint32_t row = 0; row < height; row++) png_read_row(png, pixels + row * stride, NULL);
  }
  png_read_end(png, NULL);
  png_destroy_read_struct(&png, &info, NULL);
  return CODECS_OK;
}

typedef struct sink {
  uint8_t *bytes;
  size_t count;
  size_t room;
  // The head that `fail` expects.
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
  // After the filter most of a picture is runs of small numbers: at low levels looking for runs alone is faster and smaller.
  if (level > 0 && level < 3) png_set_compression_strategy(png, Z_RLE);
  // One filter for all rows: choosing row by row costs more time than it saves bytes.
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
