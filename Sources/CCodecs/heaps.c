#include "CCodecs.h"

#include <stdlib.h>

#ifdef __GLIBC__
#include <malloc.h>

void codecs_limit_heaps(int count) { mallopt(M_ARENA_MAX, count < 1 ? 1 : count); }
#else
void codecs_limit_heaps(int count) { (void)count; }
#endif
