#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include "CAnimeFace.h"

// The library's matrix; an image has n channels (blue, green, red) of m = rows * cols pixels, pixel k
// starting at v[k * step].
typedef struct {
  int list;
  unsigned list_step;
  int n;
  int m;
  int rows;
  int cols;
  int step;
  int alias;
  float *v;
} matrix;

// A neural network compiled into the library; only its address is used.
typedef struct network network;

struct animeface_library {
  void *handle;
  matrix *(*matrix3d_alloc)(int channels, int rows, int columns);
  void (*matrix_zero)(matrix *);
  void (*matrix_free)(matrix **);
  void (*gray)(matrix *gray, const matrix *bgr);
  void (*gaussian5x5)(matrix *target, int target_channel, const matrix *source, int source_channel);
  void (*laplacian1)(matrix *edge, const matrix *smooth, float level);
  void (*integral)(matrix *sums, const matrix *image, int channel);
  int (*detect)(animeface_face *faces, int most, const matrix *gray_sums, const matrix *edge_sums,
                const animeface_rect *area, const network *direction, const network *detector,
                const network **verifiers, int verifier_count, const network *parts, float step, float scale,
                float window, float threshold);
  const network *direction;
  const network *parts;
  const network *detector;
  const network *verifiers[2];
};

static void fill(animeface_error error, const char *what, const char *detail) {
  if (error.capacity > 0) snprintf(error.text, error.capacity, "%s%s", what, detail ? detail : "");
}

animeface_library *animeface_open(const char *path, animeface_error error) {
  animeface_library *library = calloc(1, sizeof *library);
  if (!library) {
    fill(error, "out of memory", NULL);
    return NULL;
  }
  library->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library->handle) {
    fill(error, "", dlerror());
    free(library);
    return NULL;
  }
  const struct {
    const char *name;
    void *place;
  } symbols[] = {
      {"nv_matrix3d_alloc", &library->matrix3d_alloc},
      {"nv_matrix_zero", &library->matrix_zero},
      {"nv_matrix_free", &library->matrix_free},
      {"nv_gray", &library->gray},
      {"nv_gaussian5x5", &library->gaussian5x5},
      {"nv_laplacian1", &library->laplacian1},
      {"nv_integral", &library->integral},
      {"nv_face_detect", &library->detect},
      {"nv_face_mlp_dir", &library->direction},
      {"nv_face_mlp_parts", &library->parts},
      {"nv_face_mlp_face_00", &library->detector},
      {"nv_face_mlp_face_01", &library->verifiers[0]},
      {"nv_face_mlp_face_02", &library->verifiers[1]},
  };
  for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; ++i) {
    void *symbol = dlsym(library->handle, symbols[i].name);
    if (!symbol) {
      fill(error, "the library does not have ", symbols[i].name);
      animeface_close(library);
      return NULL;
    }
    *(void **)symbols[i].place = symbol;
  }
  return library;
}

void animeface_close(animeface_library *library) {
  dlclose(library->handle);
  free(library);
}

// The data of one search. The library's own allocator is used because its loops rely on the padding it
// gives.
typedef struct {
  matrix *bgr, *gray, *smooth, *edge, *gray_sums, *edge_sums;
} workspace;

static void release(const animeface_library *library, workspace *w) {
  matrix **all[] = {&w->bgr, &w->gray, &w->smooth, &w->edge, &w->gray_sums, &w->edge_sums};
  for (size_t i = 0; i < sizeof all / sizeof all[0]; ++i) {
    if (*all[i]) library->matrix_free(all[i]);
  }
}

static bool allocate(const animeface_library *library, workspace *w, int width, int height) {
  w->bgr = library->matrix3d_alloc(3, height, width);
  w->gray = library->matrix3d_alloc(1, height, width);
  w->smooth = library->matrix3d_alloc(1, height, width);
  w->edge = library->matrix3d_alloc(1, height, width);
  w->gray_sums = library->matrix3d_alloc(1, height + 1, width + 1);
  w->edge_sums = library->matrix3d_alloc(1, height + 1, width + 1);
  return w->bgr && w->gray && w->smooth && w->edge && w->gray_sums && w->edge_sums;
}

int animeface_detect(const animeface_library *library, const uint8_t *rgb, int width, int height,
                     float threshold, animeface_face *faces, int capacity, animeface_error error) {
  if (width < 1 || height < 1 || width > 4096 || height > 4096 || capacity < 1) {
    fill(error, "the image has no pixels or more than 4096 on a side", NULL);
    return -1;
  }
  workspace w = {0};
  int count = -1;
  if (!allocate(library, &w, width, height)) {
    fill(error, "out of memory", NULL);
  } else if (w.bgr->n != 3 || w.bgr->m != width * height || w.bgr->rows != height || w.bgr->cols != width ||
             w.bgr->step < 3 || !w.bgr->v) {
    fill(error, "the library's matrices are laid out differently from those of animeface 2.0.3", NULL);
  } else {
    matrix *all[] = {w.bgr, w.gray, w.smooth, w.edge, w.gray_sums, w.edge_sums};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; ++i) library->matrix_zero(all[i]);
    const size_t step = (size_t)w.bgr->step;
    for (size_t k = 0; k < (size_t)width * (size_t)height; ++k) {
      for (size_t c = 0; c < 3; ++c) w.bgr->v[k * step + c] = rgb[k * 3 + 2 - c];
    }
    library->gray(w.gray, w.bgr);
    library->gaussian5x5(w.smooth, 0, w.gray, 0);
    library->laplacian1(w.edge, w.smooth, 4.0f);
    library->integral(w.gray_sums, w.gray, 0);
    library->integral(w.edge_sums, w.edge, 0);
    const animeface_rect area = {0, 0, width, height};
    const network *verifiers[2] = {library->verifiers[0], library->verifiers[1]};
    // Window step, growth and first size are those that the wheel's own Python module uses.
    count =
        library->detect(faces, capacity, w.gray_sums, w.edge_sums, &area, library->direction,
                        library->detector, verifiers, 2, library->parts, 4.0f, 1.095f, 42.592f, threshold);
    if (count < 0) fill(error, "the library refused the image", NULL);
    if (count > capacity) count = capacity;
  }
  release(library, &w);
  return count;
}
