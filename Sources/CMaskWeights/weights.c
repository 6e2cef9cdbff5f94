#include "CMaskWeights.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char network[] = {
#embed "network.weights"
};

const unsigned char *mask_network_bytes(void) { return network; }

size_t mask_network_size(void) { return sizeof network; }
