// OpenCV's GrabCut behind a C function, to compare Easel's masks with.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// GrabCut in place over packed 8-bit samples: `classes` holds OpenCV's 0 background, 1 foreground, 2 and 3 probably so. With
/// `box` (x, y, width, height) the classes are made from it first. The random state is fixed, so equal inputs give equal
/// masks. Returns false and a message of at most `capacity` bytes if OpenCV refuses.
bool grabcut_run(const uint8_t *_Nonnull rgb, uint8_t *_Nonnull classes, int width, int height, const int *_Nullable box,
                 int iterations, char *_Nonnull message, size_t capacity);

#ifdef __cplusplus
}
#endif
