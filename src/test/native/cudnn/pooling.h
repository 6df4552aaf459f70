// Max pooling in two dimensions.
#pragma once

#include "arguments.h"

namespace cudnn {

constexpr int kMax = 0, kMaxDeterministic = 3;

struct PoolingDescriptor : Object {
  int mode = kMax;
  bool propagatesNan = false;
  int window[2] = {}, pad[2] = {}, stride[2] = {};  // of height and width
  bool set = false;
};

}  // namespace cudnn
