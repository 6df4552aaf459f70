// Everything else: linkable, and refused.
#include "abi.h"

#define STUB(name) \
  CUDNN_API int name() { return kNotSupported; }
#include "unsupported.def"
