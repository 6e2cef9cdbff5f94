#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jerror.h>
#include <jpeglib.h>

#include "rows.h"

// A progressive file can repeat its scans without end and cost hours for a few kilobytes; real ones have about ten.
enum { scan_limit = 500 };

typedef struct failure {
  struct jpeg_error_mgr base;
  jmp_buf escape;
  codecs_status status;
  bool in_pixels;
  char *message;
} failure;

static void leave(j_common_ptr codec) {
  failure *error = (failure *)codec->err;
  char text[JMSG_LENGTH_MAX];
  error->base.format_message(codec, text);
  snprintf(error->message, CODECS_MESSAGE_SIZE, "%s", text);
  error->status = CODECS_DAMAGED;
  switch (error->base.msg_code) {
  case JWRN_JPEG_EOF:
  case JWRN_HIT_MARKER:
  case JERR_INPUT_EOF:
  case JERR_INPUT_EMPTY: error->status = CODECS_TRUNCATED; break;
  case JERR_OUT_OF_MEMORY: error->status = CODECS_NO_MEMORY; break;
  default: break;
  }
  longjmp(error->escape, 1);
}

// libjpeg only warns of missing and broken data and fills it with grey; here it is an error.
static void judge(j_common_ptr codec, int level) {
  failure *error = (failure *)codec->err;
  if (level >= 0) return;
  error->base.num_warnings++;
  switch (error->base.msg_code) {
  case JWRN_ADOBE_XFORM:
  case JWRN_JFIF_MAJOR: return;
  case JWRN_EXTRANEOUS_DATA:
    // Some cameras write padding before a marker outside the pixels; inside the pixels it means lost data.
    if (!error->in_pixels) return;
    break;
  default: break;
  }
  leave(codec);
}

static void keep_silent(j_common_ptr codec) { (void)codec; }

static void count_scans(j_common_ptr codec) {
  if (codec->is_decompressor && ((j_decompress_ptr)codec)->input_scan_number > scan_limit) {
    failure *error = (failure *)codec->err;
    snprintf(error->message, CODECS_MESSAGE_SIZE, "more than %d scans", scan_limit);
    error->status = CODECS_DAMAGED;
    longjmp(error->escape, 1);
  }
}

static struct jpeg_error_mgr *watch(failure *error, char *message) {
  jpeg_std_error(&error->base);
  error->base.error_exit = leave;
  error->base.emit_message = judge;
  error->base.output_message = keep_silent;
  error->status = CODECS_DAMAGED;
  error->in_pixels = false;
  error->message = message;
  message[0] = 0;
  return &error->base;
}

// The luminance table of the JPEG standard (Annex K.1), which nearly every encoder scales.
static const uint8_t standard_luminance[64] = {
    16, 11, 10, 16, 24,  40,  51,  61,  12, 12, 14, 19, 26,  58,  60,  55,  14, 13, 16, 24, 40,  57,
    69, 56, 14, 17, 22,  29,  51,  87,  80, 62, 18, 22, 37,  56,  68,  109, 103, 77, 24, 35, 55, 64,
    81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99};

static uint32_t nearest_quality(const JQUANT_TBL *table) {
  uint32_t best = 0;
  long best_distance = 0;
  for (int quality = 1; quality <= 100; quality++) {
    long distance = 0;
    int scale = quality < 50 ? 5000 / quality : 200 - 2 * quality;
    for (int index = 0; index < 64; index++) {
      long value = ((long)standard_luminance[index] * scale + 50) / 100;
      value = value < 1 ? 1 : value > 255 ? 255 : value;
      distance += labs(value - (long)table->quantval[index]);
    }
    if (best == 0 || distance <= best_distance) {
      best = (uint32_t)quality;
      best_distance = distance;
    }
  }
  return best;
}

static bool is_cmyk(const struct jpeg_decompress_struct *codec) {
  return codec->jpeg_color_space == JCS_CMYK || codec->jpeg_color_space == JCS_YCCK;
}

typedef struct reader {
  struct jpeg_decompress_struct codec;
  struct jpeg_progress_mgr progress;
  failure error;
  rows rows;
  color *color;
  JOCTET *profile;
} reader;

static void close_jpeg(reader *reader) {
  rows_end(&reader->rows);
  color_free(reader->color);
  free(reader->profile);
  jpeg_destroy_decompress(&reader->codec);
}

// Opens the file up to its pixels. Errors leave by `error.escape`, which the caller has set.
static void open_jpeg(reader *reader, const uint8_t *bytes, size_t count) {
  jpeg_create_decompress(&reader->codec);
  reader->progress.progress_monitor = count_scans;
  reader->codec.progress = &reader->progress;
  jpeg_mem_src(&reader->codec, bytes, (unsigned long)count);
  jpeg_save_markers(&reader->codec, JPEG_APP0 + 2, 0xFFFF);
  jpeg_read_header(&reader->codec, TRUE);
}

codecs_status codecs_jpeg_header(
    const uint8_t *bytes, size_t count, codecs_header *header, char *message) {
  reader reader;
  memset(&reader, 0, sizeof reader);
  reader.codec.err = watch(&reader.error, message);
  if (setjmp(reader.error.escape)) {
    close_jpeg(&reader);
    return reader.error.status;
  }
  open_jpeg(&reader, bytes, count);
  *header = (codecs_header){
      .width = reader.codec.image_width,
      .height = reader.codec.image_height,
      .channels = reader.codec.jpeg_color_space == JCS_GRAYSCALE ? 1 : 3,
      .quality = reader.codec.quant_tbl_ptrs[0] ? nearest_quality(reader.codec.quant_tbl_ptrs[0]) : 0,
  };
  close_jpeg(&reader);
  return CODECS_OK;
}

// The memory that libjpeg needs before the first row: the coefficients of progressive files.
static uint64_t kept_at_once(struct jpeg_decompress_struct *codec) {
  uint64_t samples = 0;
  if (!jpeg_has_multiple_scans(codec)) return 0;
  for (int i = 0; i < codec->num_components; i++) {
    const jpeg_component_info *part = &codec->comp_info[i];
    samples += (uint64_t)part->width_in_blocks * part->height_in_blocks * DCTSIZE2;
  }
  return samples * sizeof(JCOEF);
}

codecs_status codecs_jpeg_decode(
    const uint8_t *bytes, size_t count, codecs_region region, uint32_t box, bool adobe_rgb, uint8_t *pixels,
    size_t capacity, char *message) {
  reader reader;
  struct jpeg_decompress_struct *codec = &reader.codec;
  memset(&reader, 0, sizeof reader);
  codec->err = watch(&reader.error, message);
  if (setjmp(reader.error.escape)) {
    close_jpeg(&reader);
    return reader.error.status;
  }
  open_jpeg(&reader, bytes, count);
  codecs_status status = require_memory(kept_at_once(codec), "a progressive JPEG", message);
  // The inverse transform can return an image reduced up to 8 times.
  const uint32_t shrink = box > 8 ? 8 : box;
  codec->scale_num = 8 / shrink;
  codec->scale_denom = 8;
  const bool gray = codec->jpeg_color_space == JCS_GRAYSCALE, inks = is_cmyk(codec);
  codec->out_color_space = gray ? JCS_GRAYSCALE : inks ? JCS_CMYK : JCS_RGB;
  unsigned int size = 0;
  if (jpeg_read_icc_profile(codec, &reader.profile, &size)) {
    const int channels = gray ? 1 : inks ? (codec->saw_Adobe_marker ? -4 : 0) : 3;
    reader.color = color_from_profile(reader.profile, size, channels);
  } else if (adobe_rgb && !gray && !inks) {
    reader.color = color_from_adobe_rgb(3);
  }
  const codecs_region scaled = {
      region.left / shrink, region.top / shrink, boxes(region.width, shrink), boxes(region.height, shrink)};
  if (status == CODECS_OK) {
    status = rows_begin(
        &reader.rows, scaled, box / shrink, gray ? 1 : 3, inks ? NULL : reader.color, pixels, capacity, message);
  }
  if (status != CODECS_OK) {
    close_jpeg(&reader);
    return status;
  }
  reader.error.in_pixels = true;
  jpeg_start_decompress(codec);
  const bool whole = region.left == 0 && region.top == 0 && region.width == codec->image_width &&
                     region.height == codec->image_height;
  JDIMENSION first = scaled.left, width = scaled.width;
  if (!whole && width < codec->output_width) jpeg_crop_scanline(codec, &first, &width);
  else first = 0;
  if (scaled.top) reader.rows.y = jpeg_skip_scanlines(codec, scaled.top);
  // Allocated in libjpeg's pool, so that it is always freed with the codec.
  JSAMPARRAY row = codec->mem->alloc_sarray(
      (j_common_ptr)codec, JPOOL_IMAGE, codec->output_width * (gray ? 1 : inks ? 4 : 3), 1);
  while (codec->output_scanline < scaled.top + scaled.height) {
    jpeg_read_scanlines(codec, row, 1);
    if (inks) {
      if (reader.color) color_convert(reader.color, row[0], row[0], codec->output_width);
      else inks_to_rgb(row[0], row[0], codec->output_width, codec->saw_Adobe_marker);
    }
    rows_take(&reader.rows, row[0], first);
  }
  reader.error.in_pixels = false;
  if (whole) jpeg_finish_decompress(codec);
  close_jpeg(&reader);
  return CODECS_OK;
}

codecs_status codecs_jpeg_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, uint32_t channels, int quality,
    bool full_chroma, uint8_t **encoded, size_t *size, char *message) {
  struct jpeg_compress_struct codec;
  failure error;
  // libjpeg has their addresses, so they are in memory and a longjmp does not change them.
  unsigned char *bytes = NULL;
  unsigned long written = 0;
  memset(&codec, 0, sizeof codec);
  codec.err = watch(&error, message);
  if (setjmp(error.escape)) {
    jpeg_destroy_compress(&codec);
    free(bytes);
    return error.status == CODECS_NO_MEMORY ? CODECS_NO_MEMORY : CODECS_REFUSED;
  }
  jpeg_create_compress(&codec);
  jpeg_mem_dest(&codec, &bytes, &written);
  codec.image_width = width;
  codec.image_height = height;
  codec.input_components = (int)channels;
  codec.in_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&codec);
  jpeg_set_quality(&codec, quality, TRUE);
  codec.optimize_coding = TRUE;
  if (full_chroma && channels == 3) {
    codec.comp_info[0].h_samp_factor = 1;
    codec.comp_info[0].v_samp_factor = 1;
  }
  jpeg_start_compress(&codec, TRUE);
  while (codec.next_scanline < height) {
    JSAMPROW row = (JSAMPROW)(pixels + (size_t)codec.next_scanline * width * channels);
    jpeg_write_scanlines(&codec, &row, 1);
  }
  jpeg_finish_compress(&codec);
  jpeg_destroy_compress(&codec);
  *encoded = bytes;
  *size = written;
  return CODECS_OK;
}
