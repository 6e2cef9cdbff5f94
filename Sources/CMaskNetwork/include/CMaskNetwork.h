// The weights of the built-in mask network, compiled into the program.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// The ONNX file of the built-in mask network; `count` receives its size in bytes. It lives as long as the program.
const uint8_t *_Nonnull mask_network_bytes(size_t *_Nonnull count);
