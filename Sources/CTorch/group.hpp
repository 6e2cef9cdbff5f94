// The store of a training's processes, and the failures that a caller distinguishes.
#pragma once

#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include <stdexcept>
#include <string>

#include "guard.hpp"

struct ctorch_store {
  c10::intrusive_ptr<c10d::Store> value;
};
