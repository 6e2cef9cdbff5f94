#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <webp/decode.h>
#include <webp/demux.h>
#include <webp/encode.h>

#include "rows.h"

static codecs_status explain(VP8StatusCode code, char *message) {
  const char *text = "the bitstream breaks the rules of WebP";
  codecs_status status = CODECS_DAMAGED;
  switch (code) {
  case VP8_STATUS_OK: return CODECS_OK;
  case VP8_STATUS_OUT_OF_MEMORY: text = "out of memory", status = CODECS_NO_MEMORY; break;
  case VP8_STATUS_SUSPENDED:
  case VP8_STATUS_NOT_ENOUGH_DATA: text = "the pixels stop early", status = CODECS_TRUNCATED; break;
  case VP8_STATUS_UNSUPPORTED_FEATURE: text = "it uses a feature that libwebp does not know"; break;
  default: break;
  }
  snprintf(message, CODECS_MESSAGE_SIZE, "%s", text);
  return status;
}

static codecs_status read_features(
    const uint8_t *bytes, size_t count, WebPBitstreamFeatures *features, char *message) {
  message[0] = 0;
  // A truncated file is recognised by the length in the container.
  if (count >= 12 && memcmp(bytes, "RIFF", 4) == 0) {
    const uint64_t declared = 8 + ((uint64_t)bytes[4] | (uint64_t)bytes[5] << 8 |
                                   (uint64_t)bytes[6] << 16 | (uint64_t)bytes[7] << 24);
    if (declared > count) {
      snprintf(message, CODECS_MESSAGE_SIZE, "%zu of %llu bytes are there", count, (unsigned long long)declared);
      return CODECS_TRUNCATED;
    }
  }
  return explain(WebPGetFeatures(bytes, count, features), message);
}

codecs_status codecs_webp_header(
    const uint8_t *bytes, size_t count, codecs_header *header, char *message) {
  WebPBitstreamFeatures features;
  const codecs_status status = read_features(bytes, count, &features, message);
  if (status != CODECS_OK) return status;
  *header = (codecs_header){
      .width = (uint32_t)features.width,
      .height = (uint32_t)features.height,
      .channels = features.has_alpha || features.has_animation ? 4 : 3,
      .more = features.has_animation != 0,
  };
  return CODECS_OK;
}

static color *profile_of(const uint8_t *bytes, size_t count, int channels) {
  const WebPData data = {bytes, count};
  WebPDemuxer *demuxer = WebPDemux(&data);
  WebPChunkIterator chunk;
  color *found = NULL;
  if (demuxer && WebPDemuxGetChunk(demuxer, "ICCP", 1, &chunk)) {
    found = color_from_profile(chunk.chunk.bytes, chunk.chunk.size, channels);
    WebPDemuxReleaseChunkIterator(&chunk);
  }
  WebPDemuxDelete(demuxer);
  return found;
}

static codecs_status first_frame(
    const uint8_t *bytes, size_t count, rows *rows, char *message) {
  WebPAnimDecoderOptions options;
  WebPAnimDecoderOptionsInit(&options);
  options.color_mode = MODE_RGBA;
  const WebPData data = {bytes, count};
  WebPAnimDecoder *decoder = WebPAnimDecoderNew(&data, &options);
  WebPAnimInfo info;
  uint8_t *canvas = NULL;
  int timestamp = 0;
  codecs_status status = CODECS_DAMAGED;
  snprintf(message, CODECS_MESSAGE_SIZE, "the first frame of the animation is broken");
  if (decoder && WebPAnimDecoderGetInfo(decoder, &info) && WebPAnimDecoderGetNext(decoder, &canvas, &timestamp)) {
    for (uint32_t y = 0; y < info.canvas_height; y++) rows_take(rows, canvas + (size_t)y * info.canvas_width * 4, 0);
    status = CODECS_OK;
  }
  WebPAnimDecoderDelete(decoder);
  return status;
}

static codecs_status still(
    const uint8_t *bytes, size_t count, WebPDecoderConfig *config, codecs_region region, uint32_t box,
    const color *color, uint8_t *pixels, size_t capacity, char *message) {
  const uint32_t channels = config->input.has_alpha ? 4 : 3;
  const uint32_t width = boxes(region.width, box), height = boxes(region.height, box);
  const size_t stride = (size_t)width * channels;
  if (stride * height != capacity) return fail_with(CODECS_REFUSED, message, "the pixels do not fit the memory given");
  config->options.use_cropping = 1;
  config->options.crop_left = (int)region.left;
  config->options.crop_top = (int)region.top;
  config->options.crop_width = (int)region.width;
  config->options.crop_height = (int)region.height;
  config->options.use_scaling = box > 1;
  config->options.scaled_width = (int)width;
  config->options.scaled_height = (int)height;
  config->output.colorspace = channels == 4 ? MODE_RGBA : MODE_RGB;
  config->output.is_external_memory = 1;
  config->output.u.RGBA.rgba = pixels;
  config->output.u.RGBA.stride = (int)stride;
  config->output.u.RGBA.size = capacity;
  const VP8StatusCode code = WebPDecode(bytes, count, config);
  WebPFreeDecBuffer(&config->output);
  if (code == VP8_STATUS_OK && color) {
    for (uint32_t y = 0; y < height; y++) {
      color_convert(color, pixels + y * stride, pixels + y * stride, width);
    }
  }
  return explain(code, message);
}

codecs_status codecs_webp_decode(
    const uint8_t *bytes, size_t count, codecs_region region, uint32_t box, uint8_t *pixels, size_t capacity,
    char *message) {
  WebPDecoderConfig config;
  if (!WebPInitDecoderConfig(&config)) return explain(VP8_STATUS_INVALID_PARAM, message);
  codecs_status status = read_features(bytes, count, &config.input, message);
  if (status != CODECS_OK) return status;
  const bool animated = config.input.has_animation;
  const uint64_t area = (uint64_t)config.input.width * (uint64_t)config.input.height;
  // libwebp keeps lossless images as a whole, and animations twice.
  const uint64_t whole = animated ? area * 8 : config.input.format == 2 ? area * 4 : area * (config.input.has_alpha ? 1 : 0);
  status = require_memory(whole, "a lossless or animated WebP", message);
  if (status != CODECS_OK) return status;
  color *color = profile_of(bytes, count, animated || config.input.has_alpha ? 4 : 3);
  if (animated) {
    rows rows;
    status = rows_begin(&rows, region, box, 4, color, pixels, capacity, message);
    if (status == CODECS_OK) status = first_frame(bytes, count, &rows, message);
    rows_end(&rows);
  } else {
    status = still(bytes, count, &config, region, box, color, pixels, capacity, message);
  }
  color_free(color);
  return status;
}

codecs_status codecs_webp_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, uint32_t channels, float quality,
    uint8_t **encoded, size_t *size, char *message) {
  WebPConfig config;
  WebPPicture picture;
  message[0] = 0;
  if (width > WEBP_MAX_DIMENSION || height > WEBP_MAX_DIMENSION) {
    snprintf(message, CODECS_MESSAGE_SIZE, "WebP holds at most %d pixels a side", WEBP_MAX_DIMENSION);
    return CODECS_REFUSED;
  }
  if (!WebPConfigInit(&config) || !WebPPictureInit(&picture)) {
    return explain(VP8_STATUS_INVALID_PARAM, message);
  }
  if (quality < 0) {
    WebPConfigLosslessPreset(&config, 6);
    // Keep the color under transparent pixels too: lossless means all four samples.
    config.exact = 1;
  } else {
    config.quality = quality;
  }
  picture.use_argb = quality < 0;
  picture.width = (int)width;
  picture.height = (int)height;
  WebPMemoryWriter writer;
  WebPMemoryWriterInit(&writer);
  picture.writer = WebPMemoryWrite;
  picture.custom_ptr = &writer;
  const int stride = (int)(width * channels);
  const bool imported = channels == 4 ? WebPPictureImportRGBA(&picture, pixels, stride)
                                      : WebPPictureImportRGB(&picture, pixels, stride);
  const bool written = imported && WebPEncode(&config, &picture);
  const WebPEncodingError error = picture.error_code;
  WebPPictureFree(&picture);
  if (!written) {
    WebPMemoryWriterClear(&writer);
    snprintf(message, CODECS_MESSAGE_SIZE, "libwebp's encoder stops with error %d", (int)error);
    return error == VP8_ENC_ERROR_OUT_OF_MEMORY ? CODECS_NO_MEMORY : CODECS_REFUSED;
  }
  *encoded = writer.mem;
  *size = writer.size;
  return CODECS_OK;
}
