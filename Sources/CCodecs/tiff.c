#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tiffio.h>

#include "rows.h"

typedef struct source {
  const uint8_t *bytes;
  uint64_t count;
  uint64_t position;
} source;

static tmsize_t take(thandle_t handle, void *to, tmsize_t wanted) {
  source *input = (source *)handle;
  if (input->position >= input->count || wanted < 0) return 0;
  const uint64_t left = input->count - input->position;
  const uint64_t given = (uint64_t)wanted < left ? (uint64_t)wanted : left;
  memcpy(to, input->bytes + input->position, given);
  input->position += given;
  return (tmsize_t)given;
}

static tmsize_t refuse(thandle_t handle, void *from, tmsize_t count) {
  (void)handle, (void)from, (void)count;
  return 0;
}

static toff_t seek(thandle_t handle, toff_t offset, int whence) {
  source *input = (source *)handle;
  const uint64_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? input->position : input->count;
  return input->position = base + offset;
}

static int keep_open(thandle_t handle) {
  (void)handle;
  return 0;
}

static toff_t size_of(thandle_t handle) { return ((source *)handle)->count; }

static int map(thandle_t handle, void **base, toff_t *size) {
  source *input = (source *)handle;
  *base = (void *)input->bytes;
  *size = input->count;
  return 1;
}

static void unmap(thandle_t handle, void *base, toff_t size) { (void)handle, (void)base, (void)size; }

// The last message of libtiff; its handlers are shared by the process, so each thread has its own buffer.
static _Thread_local char complaint[CODECS_MESSAGE_SIZE];

static void listen(const char *module, const char *format, va_list values) {
  (void)module;
  vsnprintf(complaint, sizeof complaint, format, values);
}

static codecs_status explain(char *message) {
  const bool ended = strstr(complaint, "past end") || strstr(complaint, "Read error") ||
                     strstr(complaint, "got 0 bytes") || strstr(complaint, "Not enough data");
  return fail_with(
      ended ? CODECS_TRUNCATED : CODECS_DAMAGED, message, "%s", complaint[0] ? complaint : "a broken TIFF file");
}

/// The layout of the stored pixels.
typedef struct layout {
  uint32_t width, height, channels;
  uint16_t bits, samples, photometric, planar, orientation, extra;
  bool is_float;
  /// Whether rows can be read one at a time by `unpack`.
  bool in_rows;
} layout;

static uint16_t short_tag(TIFF *tiff, uint32_t tag, uint16_t otherwise) {
  uint16_t value = otherwise;
  TIFFGetFieldDefaulted(tiff, tag, &value);
  return value;
}

// Whether the first page is the thumbnail of a camera raw file.
static bool is_raw(TIFF *tiff, const source *input) {
  uint32_t kind = 0, size = 0;
  void *data = NULL;
  if (input->count > 10 && !memcmp(input->bytes + 8, "CR", 2)) return true;
  if (TIFFGetField(tiff, TIFFTAG_SUBFILETYPE, &kind) && (kind & FILETYPE_REDUCEDIMAGE)) return true;
  return TIFFGetField(tiff, TIFFTAG_DNGVERSION, &size, &data) == 1;
}

static codecs_status read_layout(TIFF *tiff, const source *input, layout *page, char *message) {
  *page = (layout){0};
  uint16_t *kinds = NULL;
  TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &page->width);
  TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &page->height);
  page->bits = short_tag(tiff, TIFFTAG_BITSPERSAMPLE, 1);
  page->samples = short_tag(tiff, TIFFTAG_SAMPLESPERPIXEL, 1);
  page->planar = short_tag(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
  page->orientation = short_tag(tiff, TIFFTAG_ORIENTATION, 1);
  const uint16_t format = short_tag(tiff, TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_UINT);
  const uint16_t compression = short_tag(tiff, TIFFTAG_COMPRESSION, COMPRESSION_NONE);
  if (is_raw(tiff, input)) {
    return fail_with(CODECS_UNSUPPORTED, message, "a camera raw file; develop it and save it as JPEG or TIFF");
  }
  if (page->width == 0 || page->height == 0) return explain(message);
  if (!TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &page->photometric)) {
    page->photometric = page->samples >= 3 ? PHOTOMETRIC_RGB : PHOTOMETRIC_MINISBLACK;
  }
  if (!TIFFIsCODECConfigured(compression)) {
    return fail_with(CODECS_UNSUPPORTED, message, "its compression (%d) is not known; save it as PNG", (int)compression);
  }
  page->is_float = format == SAMPLEFORMAT_IEEEFP;
  if (page->is_float || page->bits > 16 || (format != SAMPLEFORMAT_UINT && format != SAMPLEFORMAT_VOID)) {
    return fail_with(CODECS_UNSUPPORTED, message, "samples of %d bits or with a sign; save it as PNG", (int)page->bits);
  }
  uint16_t extras = 0;
  if (TIFFGetField(tiff, TIFFTAG_EXTRASAMPLES, &extras, &kinds) && extras) page->extra = kinds[0];
  uint16_t colors = 0;
  switch (page->photometric) {
  case PHOTOMETRIC_MINISWHITE:
  case PHOTOMETRIC_MINISBLACK:
  case PHOTOMETRIC_PALETTE: colors = 1; break;
  case PHOTOMETRIC_RGB: colors = 3; break;
  case PHOTOMETRIC_SEPARATED: colors = 4; break;
  case PHOTOMETRIC_YCBCR:
    // libjpeg converts the colors; libtiff decodes other encodings.
    if (compression == COMPRESSION_JPEG && page->planar == PLANARCONFIG_CONTIG) {
      TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
      colors = 3;
      page->photometric = PHOTOMETRIC_RGB;
    }
    break;
  default: break;
  }
  page->in_rows = colors && page->planar == PLANARCONFIG_CONTIG && !TIFFIsTiled(tiff) && page->samples >= colors;
  const bool alpha = extras && (page->extra == EXTRASAMPLE_ASSOCALPHA || page->extra == EXTRASAMPLE_UNASSALPHA);
  if (page->in_rows && alpha && colors == 4) page->extra = 0;
  page->channels = page->in_rows ? (alpha && colors < 4 ? 4 : colors == 1 && page->photometric != PHOTOMETRIC_PALETTE ? 1 : 3)
                                 : (alpha ? 4 : 3);
  return CODECS_OK;
}

static codecs_status open_tiff(source *input, TIFF **opened, layout *page, char *message) {
  message[0] = complaint[0] = 0;
  TIFFSetErrorHandler(listen);
  TIFFSetWarningHandler(NULL);
  *opened = TIFFClientOpen(
      "image", "r", (thandle_t)input, take, refuse, seek, keep_open, size_of, map, unmap);
  return *opened ? read_layout(*opened, input, page, message) : explain(message);
}

codecs_status codecs_tiff_header(
    const uint8_t *bytes, size_t count, codecs_header *header, char *message) {
  source input = {bytes, count, 0};
  TIFF *tiff = NULL;
  layout page;
  const codecs_status status = open_tiff(&input, &tiff, &page, message);
  if (status == CODECS_OK) {
    *header = (codecs_header){
        .width = page.width, .height = page.height, .channels = page.channels,
        .orientation = page.orientation};
    uint32_t kind = 0;
    while (!header->more && TIFFReadDirectory(tiff)) {
      kind = 0;
      TIFFGetField(tiff, TIFFTAG_SUBFILETYPE, &kind);
      header->more = !(kind & (FILETYPE_REDUCEDIMAGE | FILETYPE_MASK));
    }
  }
  if (tiff) TIFFClose(tiff);
  return status;
}

// Sample number `index` of a row, 0 to 255.
static inline uint8_t sample(const uint8_t *row, size_t index, uint32_t bits) {
  if (bits == 8) return row[index];
  if (bits == 16) {
    uint16_t value;
    memcpy(&value, row + index * 2, 2);
    return (uint8_t)((value * 255u + 32767) / 65535);
  }
  uint32_t value = 0;
  for (size_t bit = index * bits; bit < (index + 1) * bits; bit++) {
    value = value << 1 | (row[bit / 8] >> (7 - bit % 8) & 1);
  }
  const uint32_t greatest = (1u << bits) - 1;
  return (uint8_t)((value * 255 + greatest / 2) / greatest);
}

static inline uint32_t palette_index(const uint8_t *row, size_t index, uint32_t bits) {
  uint32_t value = 0;
  if (bits == 16) {
    uint16_t wide;
    memcpy(&wide, row + index * 2, 2);
    return wide;
  }
  for (size_t bit = index * bits; bit < (index + 1) * bits; bit++) {
    value = value << 1 | (row[bit / 8] >> (7 - bit % 8) & 1);
  }
  return value;
}

// Converts one stored row to grey, RGB, RGBA or four inks of 8 bits.
static void unpack(const layout *page, const uint8_t *row, uint8_t *to, uint16_t *const palette[3]) {
  const bool inks = page->photometric == PHOTOMETRIC_SEPARATED;
  const uint32_t colors = inks ? 4 : page->photometric == PHOTOMETRIC_RGB ? 3 : 1;
  for (uint32_t x = 0; x < page->width; x++) {
    const size_t first = (size_t)x * page->samples;
    uint8_t values[4] = {0, 0, 0, 255};
    if (page->photometric == PHOTOMETRIC_PALETTE) {
      const uint32_t index = palette_index(row, first, page->bits);
      for (int c = 0; c < 3; c++) values[c] = (uint8_t)(palette[c][index] >> 8);
    } else {
      for (uint32_t c = 0; c < colors; c++) values[c] = sample(row, first + c, page->bits);
      if (page->photometric == PHOTOMETRIC_MINISWHITE) values[0] = 255 - values[0];
      if (colors == 1 && page->channels == 4) values[1] = values[2] = values[0];
    }
    if (inks) {
      memcpy(to, values, 4), to += 4;
      continue;
    }
    if (page->channels == 4) {
      values[3] = sample(row, first + (page->photometric == PHOTOMETRIC_PALETTE ? 1 : colors), page->bits);
      if (page->extra == EXTRASAMPLE_ASSOCALPHA && values[3]) {
        for (int c = 0; c < 3; c++) {
          const uint32_t straight = (values[c] * 255u + values[3] / 2) / values[3];
          values[c] = (uint8_t)(straight > 255 ? 255 : straight);
        }
      }
    }
    memcpy(to, values, page->channels), to += page->channels;
  }
}

static codecs_status read_rows(
    TIFF *tiff, const layout *page, rows *rows, const color *inks_color, char *message) {
  uint16_t *palette[3] = {NULL, NULL, NULL};
  if (page->photometric == PHOTOMETRIC_PALETTE &&
      !TIFFGetField(tiff, TIFFTAG_COLORMAP, &palette[0], &palette[1], &palette[2])) {
    return fail_with(CODECS_DAMAGED, message, "it has no palette");
  }
  const bool inks = page->photometric == PHOTOMETRIC_SEPARATED;
  const tmsize_t stride = TIFFScanlineSize(tiff);
  const uint64_t needed = ((uint64_t)page->width * page->samples * page->bits + 7) / 8;
  if (stride <= 0 || (uint64_t)stride < needed) return explain(message);
  codecs_status status = require_memory((uint64_t)stride + (uint64_t)page->width * 8, "a TIFF with such rows", message);
  if (status != CODECS_OK) return status;
  uint8_t *row = calloc(1, (size_t)stride), *line = malloc((size_t)page->width * 4);
  if (!row || !line) status = fail_with(CODECS_NO_MEMORY, message, "no memory is left");
  for (uint32_t y = 0; status == CODECS_OK && y < page->height; y++) {
    if (TIFFReadScanline(tiff, row, y, 0) != 1) {
      status = explain(message);
      break;
    }
    unpack(page, row, line, palette);
    if (inks) {
      if (inks_color) color_convert(inks_color, line, line, page->width);
      else inks_to_rgb(line, line, page->width, false);
    }
    rows_take(rows, line, 0);
  }
  free(row);
  free(line);
  return status;
}

// Tiles, planes and rare color spaces, by libtiff's own conversion of the whole page.
static codecs_status read_whole(TIFF *tiff, const layout *page, rows *rows, char *message) {
  const uint64_t area = (uint64_t)page->width * page->height;
  codecs_status status = require_memory(area * 4, "a TIFF in tiles or planes", message);
  if (status != CODECS_OK) return status;
  uint32_t *raster = malloc((size_t)area * 4);
  uint8_t *line = malloc((size_t)page->width * 4);
  if (!raster || !line) {
    status = fail_with(CODECS_NO_MEMORY, message, "no memory is left");
  } else if (!TIFFReadRGBAImageOriented(tiff, page->width, page->height, raster, page->orientation, 1)) {
    status = explain(message);
  }
  for (uint32_t y = 0; status == CODECS_OK && y < page->height; y++) {
    for (uint32_t x = 0; x < page->width; x++) {
      const uint32_t value = raster[(size_t)y * page->width + x];
      const uint32_t alpha = TIFFGetA(value);
      uint8_t *to = line + (size_t)x * page->channels;
      const uint32_t color[3] = {TIFFGetR(value), TIFFGetG(value), TIFFGetB(value)};
      for (int c = 0; c < 3; c++) {
        // libtiff returns premultiplied alpha.
        const uint32_t straight = alpha && page->channels == 4 ? (color[c] * 255 + alpha / 2) / alpha : color[c];
        to[c] = (uint8_t)(straight > 255 ? 255 : straight);
      }
      if (page->channels == 4) to[3] = (uint8_t)alpha;
    }
    rows_take(rows, line, 0);
  }
  free(raster);
  free(line);
  return status;
}

codecs_status codecs_tiff_decode(
    const uint8_t *bytes, size_t count, codecs_region region, uint32_t box, uint8_t *pixels, size_t capacity,
    char *message) {
  source input = {bytes, count, 0};
  TIFF *tiff = NULL;
  layout page;
  rows rows = {0};
  color *color = NULL;
  codecs_status status = open_tiff(&input, &tiff, &page, message);
  if (status == CODECS_OK) {
    uint32_t size = 0;
    void *profile = NULL;
    const bool inks = page.in_rows && page.photometric == PHOTOMETRIC_SEPARATED;
    if (TIFFGetField(tiff, TIFFTAG_ICCPROFILE, &size, &profile)) {
      color = color_from_profile(profile, size, inks ? 0 : (int)page.channels);
    }
    status = rows_begin(&rows, region, box, page.channels, inks ? NULL : color, pixels, capacity, message);
    if (status == CODECS_OK) {
      status = page.in_rows ? read_rows(tiff, &page, &rows, inks ? color : NULL, message)
                            : read_whole(tiff, &page, &rows, message);
    }
  }
  rows_end(&rows);
  color_free(color);
  if (tiff) TIFFClose(tiff);
  return status;
}
