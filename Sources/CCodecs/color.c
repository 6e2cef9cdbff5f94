#include <lcms2.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rows.h"

struct color {
  cmsHTRANSFORM transform;
};

// lcms prints nothing by default, but its handler is shared by the process; errors are recognised by NULL results.
static void keep_silent(cmsContext context, cmsUInt32Number code, const char *text) {
  (void)context, (void)code, (void)text;
}

// Whether the transform changes no color by more than a level, as for most profiles, which are sRGB.
static bool changes_nothing(cmsHTRANSFORM transform, int channels) {
  uint8_t from[729 * 4], to[729 * 4];
  const uint32_t samples = channels == 1 ? 1 : (uint32_t)channels;
  const int count = channels == 1 ? 256 : 729;
  for (int i = 0; i < count; i++) {
    if (samples == 1) {
      from[i] = (uint8_t)i;
      continue;
    }
    const int levels[3] = {i % 9, i / 9 % 9, i / 81};
    for (int c = 0; c < 3; c++) from[i * samples + c] = (uint8_t)(levels[c] * 255 / 8);
    if (samples == 4) from[i * 4 + 3] = 255;
  }
  memcpy(to, from, sizeof to);
  cmsDoTransform(transform, from, to, (cmsUInt32Number)count);
  for (uint32_t i = 0; i < (uint32_t)count * samples; i++) {
    if (abs(from[i] - to[i]) > 1) return false;
  }
  return true;
}

// Takes over the profile `input`.
static color *make(cmsContext context, cmsHPROFILE input, int channels) {
  color *made = NULL;
  cmsHPROFILE output = NULL;
  if (!input) goto end;
  const cmsColorSpaceSignature space = cmsGetColorSpace(input);
  cmsUInt32Number from, to;
  if (channels == 1) {
    cmsToneCurve *curve = NULL;
    const cmsFloat64Number srgb[5] = {2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045};
    if (space != cmsSigGrayData || !(curve = cmsBuildParametricToneCurve(context, 4, srgb))) goto end;
    output = cmsCreateGrayProfileTHR(context, cmsD50_xyY(), curve);
    cmsFreeToneCurve(curve);
    from = to = TYPE_GRAY_8;
  } else {
    const bool inks = channels <= 0;
    if (space != (inks ? cmsSigCmykData : cmsSigRgbData)) goto end;
    output = cmsCreate_sRGBProfileTHR(context);
    from = channels == 0 ? TYPE_CMYK_8 : channels == -4 ? TYPE_CMYK_8_REV : channels == 4 ? TYPE_RGBA_8 : TYPE_RGB_8;
    to = channels == 4 ? TYPE_RGBA_8 : TYPE_RGB_8;
  }
  if (!output) goto end;
  const cmsUInt32Number flags =
      cmsFLAGS_BLACKPOINTCOMPENSATION | (channels == 4 ? cmsFLAGS_COPY_ALPHA : 0);
  cmsHTRANSFORM transform = cmsCreateTransformTHR(
      context, input, from, output, to, INTENT_RELATIVE_COLORIMETRIC, flags);
  if (!transform) goto end;
  if ((channels > 0 && changes_nothing(transform, channels)) || !(made = malloc(sizeof *made))) {
    cmsDeleteTransform(transform);
    goto end;
  }
  made->transform = transform;
end:
  if (output) cmsCloseProfile(output);
  if (input) cmsCloseProfile(input);
  return made;
}

static cmsContext silent_context(void) {
  cmsContext context = cmsCreateContext(NULL, NULL);
  if (context) cmsSetLogErrorHandlerTHR(context, keep_silent);
  return context;
}

color *color_from_profile(const uint8_t *profile, size_t size, int channels) {
  if (!profile || size < 128 || size > 16 << 20) return NULL;
  cmsContext context = silent_context();
  if (!context) return NULL;
  color *made = make(context, cmsOpenProfileFromMemTHR(context, profile, (cmsUInt32Number)size), channels);
  if (!made) cmsDeleteContext(context);
  return made;
}

// The curve from a sample, 0 to 1, to light; the white of a picture on screens is 203 cd/m2 of an HDR signal (ITU-R BT.2408).
static double light(int transfer, double sample) {
  switch (transfer) {
  case 16: {
    const double power = pow(sample, 1 / 78.84375);
    return fmin(1, pow(fmax(power - 0.8359375, 0) / (18.8515625 - 18.6875 * power), 1 / 0.1593017578125) * 10000 / 203);
  }
  case 18: {
    const double scene = sample <= 0.5 ? sample * sample / 3 : (exp((sample - 0.55991073) / 0.17883277) + 0.28466892) / 12;
    return fmin(1, pow(scene, 1.2) * 1000 / 203);
  }
  case 8: return sample;
  case 4: return pow(sample, 2.2);
  case 5: return pow(sample, 2.8);
  // Other programs also show images with a video's curve as sRGB.
  default: return sample <= 0.04045 ? sample / 12.92 : pow((sample + 0.055) / 1.055, 2.4);
  }
}

// The transform from a space with the white D65, `ends` as red, green and blue, and one curve, which it frees.
static color *from_curve(cmsContext context, cmsCIExyYTRIPLE ends, cmsToneCurve *curve, int channels) {
  const cmsCIExyY white = {0.3127, 0.3290, 1};
  color *made = NULL;
  if (curve) {
    cmsToneCurve *curves[3] = {curve, curve, curve};
    made = make(context, cmsCreateRGBProfileTHR(context, &white, &ends, curves), channels);
    cmsFreeToneCurve(curve);
  }
  if (!made) cmsDeleteContext(context);
  return made;
}

color *color_from_codes(int primaries, int transfer, int channels) {
  cmsCIExyYTRIPLE ends;
  switch (primaries) {
  case 9: ends = (cmsCIExyYTRIPLE){{0.708, 0.292, 1}, {0.170, 0.797, 1}, {0.131, 0.046, 1}}; break;
  case 12: ends = (cmsCIExyYTRIPLE){{0.680, 0.320, 1}, {0.265, 0.690, 1}, {0.150, 0.060, 1}}; break;
  default: ends = (cmsCIExyYTRIPLE){{0.640, 0.330, 1}, {0.300, 0.600, 1}, {0.150, 0.060, 1}}; break;
  }
  cmsContext context = channels < 3 ? NULL : silent_context();
  if (!context) return NULL;
  cmsUInt16Number table[1024];
  for (int i = 0; i < 1024; i++) table[i] = (cmsUInt16Number)(light(transfer, i / 1023.0) * 65535 + 0.5);
  return from_curve(context, ends, cmsBuildTabulatedToneCurve16(context, 1024, table), channels);
}

color *color_from_adobe_rgb(int channels) {
  cmsContext context = silent_context();
  if (!context) return NULL;
  // Adobe RGB (1998) Color Image Encoding, 4.3.1: these primaries, and the exponent 2 + 51/256.
  const cmsCIExyYTRIPLE ends = {{0.640, 0.330, 1}, {0.210, 0.710, 1}, {0.150, 0.060, 1}};
  return from_curve(context, ends, cmsBuildGamma(context, 2.19921875), channels);
}

void color_convert(const color *color, const uint8_t *from, uint8_t *to, uint32_t count) {
  cmsDoTransform(color->transform, from, to, count);
}

void color_free(color *color) {
  if (!color) return;
  cmsContext context = cmsGetTransformContextID(color->transform);
  cmsDeleteTransform(color->transform);
  cmsDeleteContext(context);
  free(color);
}
