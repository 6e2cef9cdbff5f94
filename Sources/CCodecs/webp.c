#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <webp/decode.h>
#include <webp/demux.h>
#include <webp/encode.h>

#include "CCodecs.h"

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
  // The length in the container tells a file that was cut anywhere, the padding included.
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
      .animated = features.has_animation != 0,
  };
  return CODECS_OK;
}

static codecs_status refuse_size(char *message) {
  snprintf(message, CODECS_MESSAGE_SIZE, "the pixels do not fit the memory given");
  return CODECS_REFUSED;
}

static codecs_status first_frame(
    const uint8_t *bytes, size_t count, uint8_t *pixels, size_t capacity, char *message) {
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
  if (decoder && WebPAnimDecoderGetInfo(decoder, &info)) {
    if ((size_t)info.canvas_width * info.canvas_height * 4 != capacity) {
      status = refuse_size(message);
    } else if (WebPAnimDecoderGetNext(decoder, &canvas, &timestamp)) {
      memcpy(pixels, canvas, capacity);
      status = CODECS_OK;
    }
  }
  WebPAnimDecoderDelete(decoder);
  return status;
}

codecs_status codecs_webp_decode(
    const uint8_t *bytes, size_t count, uint8_t *pixels, size_t capacity, char *message) {
  WebPDecoderConfig config;
  if (!WebPInitDecoderConfig(&config)) return explain(VP8_STATUS_INVALID_PARAM, message);
  const codecs_status status = read_features(bytes, count, &config.input, message);
  if (status != CODECS_OK) return status;
  if (config.input.has_animation) return first_frame(bytes, count, pixels, capacity, message);
  const size_t channels = config.input.has_alpha ? 4 : 3;
  const size_t stride = (size_t)config.input.width * channels;
  if (stride * (size_t)config.input.height != capacity) return refuse_size(message);
  config.output.colorspace = channels == 4 ? MODE_RGBA : MODE_RGB;
  config.output.is_external_memory = 1;
  config.output.u.RGBA.rgba = pixels;
  config.output.u.RGBA.stride = (int)stride;
  config.output.u.RGBA.size = capacity;
  const VP8StatusCode code = WebPDecode(bytes, count, &config);
  WebPFreeDecBuffer(&config.output);
  return explain(code, message);
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
    // Keep the colour under transparent pixels too: lossless means all four samples.
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
