/* The built-in mask network: the bytes of network.weights in the program itself. */
#pragma once

#include <stddef.h>

/* The first byte of the file. */
const unsigned char *_Nonnull mask_network_bytes(void);
/* The number of bytes of the file. */
size_t mask_network_size(void);
