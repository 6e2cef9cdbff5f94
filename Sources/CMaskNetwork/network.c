// mask-network.onnx as an array. The card mask-network.md says how it was trained and from what.

#include "CMaskNetwork.h"

#pragma clang diagnostic ignored "-Wc23-extensions"
static const uint8_t network[] = {
#embed "mask-network.onnx"
};

const uint8_t *mask_network_bytes(size_t *count) {
  *count = sizeof network;
  return network;
}
