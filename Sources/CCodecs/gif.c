#include <gif_lib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rows.h"

typedef struct source {
  const uint8_t *bytes;
  size_t count;
  size_t position;
} source;

static int take(GifFileType *gif, GifByteType *to, int wanted) {
  source *input = gif->UserData;
  const size_t left = input->count - input->position;
  const size_t given = (size_t)wanted < left ? (size_t)wanted : left;
  memcpy(to, input->bytes + input->position, given);
  input->position += given;
  return (int)given;
}

static codecs_status explain(int code, const source *input, char *message) {
  const bool ended = input->position == input->count;
  const char *words = GifErrorString(code);
  return fail_with(
      ended ? CODECS_TRUNCATED : CODECS_DAMAGED, message, "%s",
      ended ? "the file ends within the first frame" : words ? words : "the first frame is broken");
}

// Reads up to the pixels of the first frame; `transparent` is the index of the transparent color, or -1.
static codecs_status open_gif(source *input, GifFileType **opened, int *transparent, char *message) {
  int code = 0;
  message[0] = 0;
  *transparent = -1;
  GifFileType *gif = DGifOpen(input, take, &code);
  *opened = gif;
  if (!gif) return explain(code, input, message);
  GifRecordType type;
  while (DGifGetRecordType(gif, &type) == GIF_OK) {
    if (type == IMAGE_DESC_RECORD_TYPE) {
      if (DGifGetImageDesc(gif) != GIF_OK) break;
      const GifImageDesc *frame = &gif->Image;
      if (frame->Width <= 0 || frame->Height <= 0 || frame->Left < 0 || frame->Top < 0) {
        return fail_with(CODECS_DAMAGED, message, "the first frame has no pixels");
      }
      // Some writers omit the canvas size or make it smaller than the frames.
      if (gif->SWidth < frame->Left + frame->Width) gif->SWidth = frame->Left + frame->Width;
      if (gif->SHeight < frame->Top + frame->Height) gif->SHeight = frame->Top + frame->Height;
      return CODECS_OK;
    }
    if (type == TERMINATE_RECORD_TYPE) return fail_with(CODECS_DAMAGED, message, "the file has no frame");
    if (type != EXTENSION_RECORD_TYPE) continue;
    int kind = 0;
    GifByteType *block = NULL;
    if (DGifGetExtension(gif, &kind, &block) != GIF_OK) break;
    while (block) {
      if (kind == GRAPHICS_EXT_FUNC_CODE && block[0] >= 4) *transparent = block[1] & 1 ? block[4] : -1;
      if (DGifGetExtensionNext(gif, &block) != GIF_OK) return explain(gif->Error, input, message);
    }
  }
  return explain(gif->Error, input, message);
}

static bool has_alpha(const GifFileType *gif, int transparent) {
  const GifImageDesc *frame = &gif->Image;
  return transparent >= 0 || frame->Width < gif->SWidth || frame->Height < gif->SHeight;
}

// Whether another frame follows the current one, whose pixels have not been read.
static bool has_more(GifFileType *gif) {
  int size = 0;
  GifByteType *block = NULL;
  if (DGifGetCode(gif, &size, &block) != GIF_OK) return false;
  while (block) {
    if (DGifGetCodeNext(gif, &block) != GIF_OK) return false;
  }
  GifRecordType type;
  while (DGifGetRecordType(gif, &type) == GIF_OK) {
    if (type == IMAGE_DESC_RECORD_TYPE) return true;
    if (type != EXTENSION_RECORD_TYPE) return false;
    int kind = 0;
    if (DGifGetExtension(gif, &kind, &block) != GIF_OK) return false;
    while (block) {
      if (DGifGetExtensionNext(gif, &block) != GIF_OK) return false;
    }
  }
  return false;
}

codecs_status codecs_gif_header(
    const uint8_t *bytes, size_t count, codecs_header *header, char *message) {
  source input = {bytes, count, 0};
  GifFileType *gif = NULL;
  int transparent, code;
  const codecs_status status = open_gif(&input, &gif, &transparent, message);
  if (status == CODECS_OK) {
    *header = (codecs_header){
        .width = (uint32_t)gif->SWidth,
        .height = (uint32_t)gif->SHeight,
        .channels = has_alpha(gif, transparent) ? 4 : 3,
    };
    header->more = has_more(gif);
  }
  if (gif) DGifCloseFile(gif, &code);
  return status;
}

// Paints the frame onto the canvas.
static codecs_status paint(
    GifFileType *gif, uint8_t *canvas, uint32_t channels, int transparent, const source *input, char *message) {
  static const int starts[4] = {0, 4, 2, 1}, steps[4] = {8, 8, 4, 2};
  const GifImageDesc *frame = &gif->Image;
  const ColorMapObject *colors = frame->ColorMap ? frame->ColorMap : gif->SColorMap;
  if (!colors) return fail_with(CODECS_DAMAGED, message, "the first frame has no palette");
  GifPixelType *line = malloc((size_t)frame->Width);
  if (!line) return fail_with(CODECS_NO_MEMORY, message, "no memory is left");
  codecs_status status = CODECS_OK;
  for (int pass = 0; pass < (frame->Interlace ? 4 : 1) && status == CODECS_OK; pass++) {
    const int step = frame->Interlace ? steps[pass] : 1;
    for (int y = frame->Interlace ? starts[pass] : 0; y < frame->Height; y += step) {
      if (DGifGetLine(gif, line, frame->Width) != GIF_OK) {
        status = explain(gif->Error, input, message);
        break;
      }
      uint8_t *to = canvas + ((size_t)(frame->Top + y) * gif->SWidth + frame->Left) * channels;
      for (int x = 0; x < frame->Width; x++, to += channels) {
        if (line[x] == transparent || line[x] >= colors->ColorCount) continue;
        const GifColorType color = colors->Colors[line[x]];
        to[0] = color.Red, to[1] = color.Green, to[2] = color.Blue;
        if (channels == 4) to[3] = 255;
      }
    }
  }
  free(line);
  return status;
}

codecs_status codecs_gif_decode(
    const uint8_t *bytes, size_t count, codecs_region region, uint32_t box, uint8_t *pixels, size_t capacity,
    char *message) {
  source input = {bytes, count, 0};
  GifFileType *gif = NULL;
  uint8_t *canvas = NULL;
  rows rows = {0};
  int transparent, code;
  codecs_status status = open_gif(&input, &gif, &transparent, message);
  if (status == CODECS_OK) {
    const uint32_t channels = has_alpha(gif, transparent) ? 4 : 3;
    const size_t stride = (size_t)gif->SWidth * channels;
    status = require_memory((uint64_t)stride * (uint64_t)gif->SHeight, "a GIF", message);
    if (status == CODECS_OK) status = rows_begin(&rows, region, box, channels, NULL, pixels, capacity, message);
    if (status == CODECS_OK && !(canvas = calloc((size_t)gif->SHeight, stride))) {
      status = fail_with(CODECS_NO_MEMORY, message, "no memory is left");
    }
    if (status == CODECS_OK) status = paint(gif, canvas, channels, transparent, &input, message);
    for (int y = 0; status == CODECS_OK && y < gif->SHeight; y++) rows_take(&rows, canvas + (size_t)y * stride, 0);
  }
  rows_end(&rows);
  free(canvas);
  if (gif) DGifCloseFile(gif, &code);
  return status;
}
