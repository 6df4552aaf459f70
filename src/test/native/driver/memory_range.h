// Pinned host memory by address.
#pragma once

#include "state.h"

namespace driver {

// The pinned range that contains these bytes, or the end of Driver::pinned.
std::map<char*, PinnedRange>::iterator pinnedRange(const void* host, std::size_t bytes);

}  // namespace driver
