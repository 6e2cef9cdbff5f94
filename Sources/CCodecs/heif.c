#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libheif/heif.h>

#include "rows.h"

// libheif depends on four video codecs. It is loaded when the first HEIC or AVIF file is read, so that programs start
// as fast as without it, and run where it is not installed.
#define FUNCTIONS(X) \
  X(heif_context_alloc) X(heif_context_free) X(heif_context_read_from_memory_without_copy) \
  X(heif_context_get_primary_image_handle) X(heif_context_get_number_of_top_level_images) \
  X(heif_image_handle_release) X(heif_image_handle_get_width) X(heif_image_handle_get_height) \
  X(heif_image_handle_has_alpha_channel) X(heif_image_handle_is_premultiplied_alpha) \
  X(heif_image_handle_get_luma_bits_per_pixel) X(heif_image_handle_get_raw_color_profile_size) \
  X(heif_image_handle_get_raw_color_profile) X(heif_image_handle_get_nclx_color_profile) \
  X(heif_nclx_color_profile_free) X(heif_decoding_options_alloc) X(heif_decoding_options_free) \
  X(heif_decode_image) X(heif_image_get_plane_readonly) X(heif_image_get_width) X(heif_image_get_height) \
  X(heif_image_release)

static struct {
#define FIELD(name) __typeof__(&name) name;
  FUNCTIONS(FIELD)
#undef FIELD
  bool ready;
} lib;

static void load(void) {
  void *library = dlopen("libheif.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!library) return;
  lib.ready = true;
#define FIND(name) lib.name = (__typeof__(&name))dlsym(library, #name); lib.ready = lib.ready && lib.name;
  FUNCTIONS(FIND)
#undef FIND
}

static codecs_status explain(struct heif_error error, char *message) {
  codecs_status status = CODECS_DAMAGED;
  if (error.code == heif_error_Memory_allocation_error) status = CODECS_NO_MEMORY;
  if (error.subcode == heif_suberror_End_of_data) status = CODECS_TRUNCATED;
  return fail_with(status, message, "%s", error.message ? error.message : "libheif gives no reason");
}

typedef struct reader {
  struct heif_context *context;
  struct heif_image_handle *handle;
  uint32_t width, height, channels;
} reader;

static void close_heif(reader *reader) {
  if (reader->handle) lib.heif_image_handle_release(reader->handle);
  if (reader->context) lib.heif_context_free(reader->context);
}

static codecs_status open_heif(reader *reader, const uint8_t *bytes, size_t count, char *message) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, load);
  *reader = (struct reader){0};
  message[0] = 0;
  if (!lib.ready) {
    return fail_with(CODECS_UNSUPPORTED, message, "a HEIC or AVIF file, and libheif is not installed: apt-get install libheif1");
  }
  reader->context = lib.heif_context_alloc();
  if (!reader->context) return fail_with(CODECS_NO_MEMORY, message, "no memory is left");
  struct heif_error error = lib.heif_context_read_from_memory_without_copy(reader->context, bytes, count, NULL);
  if (error.code == heif_error_Ok) {
    error = lib.heif_context_get_primary_image_handle(reader->context, &reader->handle);
  }
  if (error.code != heif_error_Ok) return explain(error, message);
  const int width = lib.heif_image_handle_get_width(reader->handle);
  const int height = lib.heif_image_handle_get_height(reader->handle);
  if (width <= 0 || height <= 0) return fail_with(CODECS_DAMAGED, message, "the header declares no pixels");
  reader->width = (uint32_t)width;
  reader->height = (uint32_t)height;
  reader->channels = lib.heif_image_handle_has_alpha_channel(reader->handle) ? 4 : 3;
  return CODECS_OK;
}

codecs_status codecs_heif_header(
    const uint8_t *bytes, size_t count, codecs_header *header, char *message) {
  reader reader;
  const codecs_status status = open_heif(&reader, bytes, count, message);
  if (status == CODECS_OK) {
    *header = (codecs_header){.width = reader.width, .height = reader.height, .channels = reader.channels};
  }
  close_heif(&reader);
  return status;
}

static color *profile_of(const reader *reader) {
  const size_t size = lib.heif_image_handle_get_raw_color_profile_size(reader->handle);
  color *found = NULL;
  if (size > 0 && size < 16 << 20) {
    uint8_t *profile = malloc(size);
    if (profile && lib.heif_image_handle_get_raw_color_profile(reader->handle, profile).code == heif_error_Ok) {
      found = color_from_profile(profile, size, (int)reader->channels);
    }
    free(profile);
    return found;
  }
  struct heif_color_profile_nclx *codes = NULL;
  if (lib.heif_image_handle_get_nclx_color_profile(reader->handle, &codes).code == heif_error_Ok && codes) {
    found = color_from_codes(
        (int)codes->color_primaries, (int)codes->transfer_characteristics, (int)reader->channels);
    lib.heif_nclx_color_profile_free(codes);
  }
  return found;
}

static codecs_status decode(
    const reader *reader, rows *rows, char *message) {
  const bool alpha = reader->channels == 4;
  struct heif_image *image = NULL;
  struct heif_decoding_options *options = lib.heif_decoding_options_alloc();
  if (options) options->convert_hdr_to_8bit = 1;
  const struct heif_error error = lib.heif_decode_image(
      reader->handle, &image, heif_colorspace_RGB, alpha ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB,
      options);
  lib.heif_decoding_options_free(options);
  if (error.code != heif_error_Ok) return explain(error, message);
  int stride = 0;
  const uint8_t *plane = lib.heif_image_get_plane_readonly(image, heif_channel_interleaved, &stride);
  codecs_status status = CODECS_OK;
  if (!plane || stride < (int)(reader->width * reader->channels) ||
      lib.heif_image_get_width(image, heif_channel_interleaved) != (int)reader->width ||
      lib.heif_image_get_height(image, heif_channel_interleaved) != (int)reader->height) {
    status = fail_with(CODECS_DAMAGED, message, "the pixels are of another size than the header says");
  }
  for (uint32_t y = 0; status == CODECS_OK && y < reader->height; y++) {
    rows_take(rows, plane + (size_t)y * (size_t)stride, 0);
  }
  lib.heif_image_release(image);
  return status;
}

codecs_status codecs_heif_decode(
    const uint8_t *bytes, size_t count, codecs_region region, uint32_t box, uint8_t *pixels, size_t capacity,
    char *message) {
  reader reader;
  rows rows = {0};
  color *color = NULL;
  codecs_status status = open_heif(&reader, bytes, count, message);
  if (status == CODECS_OK) {
    // libheif temporarily keeps the image twice, in its own colors (1.5 samples a pixel, of 1 or 2 bytes) and in RGB.
    const uint64_t area = (uint64_t)reader.width * reader.height;
    const int bits = lib.heif_image_handle_get_luma_bits_per_pixel(reader.handle);
    status = require_memory(area * (reader.channels + (bits > 8 ? 3 : 2)), "a HEIC or AVIF picture", message);
  }
  if (status == CODECS_OK) {
    color = profile_of(&reader);
    status = rows_begin(&rows, region, box, reader.channels, color, pixels, capacity, message);
  }
  if (status == CODECS_OK) status = decode(&reader, &rows, message);
  rows_end(&rows);
  color_free(color);
  close_heif(&reader);
  return status;
}
