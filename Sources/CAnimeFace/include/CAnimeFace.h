// The anime face detector in the shared library of the PyPI wheel `animeface` 2.0.3 (Apache-2.0; its core, by
// nagadomi, MIT), opened at run time. Nothing of it is compiled or linked here: the declarations are our own
// and describe that build, so the file's SHA-256 should be checked before it is opened.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A caller-owned buffer for one message; always ends with a zero byte after a failure.
typedef struct {
  char *_Nonnull text;
  size_t capacity;
} animeface_error;

/// Whole pixels.
typedef struct {
  int x;
  int y;
  int width;
  int height;
} animeface_rect;

/// One face. Left and right are the character's own: the left eye has the larger x.
typedef struct {
  float likelihood;
  animeface_rect face;
  animeface_rect left_eye;
  animeface_rect right_eye;
  animeface_rect nose;
  animeface_rect mouth;
  animeface_rect chin;
} animeface_face;

typedef struct animeface_library animeface_library;

/// Opens the library at `path`; returns null if it is not this library.
animeface_library *_Nullable animeface_open(const char *_Nonnull path, animeface_error error);
void animeface_close(animeface_library *_Nonnull library);

/// Finds up to `capacity` faces in packed RGB rows of `width * 3` bytes. Returns the count, or -1 with a
/// message. Calls share no memory.
int animeface_detect(const animeface_library *_Nonnull library, const uint8_t *_Nonnull rgb, int width,
                     int height, float threshold, animeface_face *_Nonnull faces, int capacity,
                     animeface_error error);

#ifdef __cplusplus
}
#endif
