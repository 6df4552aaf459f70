// Everything else: linkable, and refused.
#include "abi.h"

#define STUB(name) \
  CU_API CUresult name() { return CUDA_ERROR_NOT_SUPPORTED; }
#include "unsupported.def"
