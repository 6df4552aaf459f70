// Names and texts of error codes.
#include "call.h"

namespace {

struct Description {
  int code;
  const char* name;
  const char* text;
};

constexpr Description kDescriptions[] = {
#define ERROR(name, code, text) {code, "CUDA_" #name, text},
#include "errors.def"
#undef ERROR
};

CUresult describe(CUresult code, const char** out, const char* Description::* field) {
  if (out == nullptr) return CUDA_ERROR_INVALID_VALUE;
  *out = nullptr;
  for (const Description& description : kDescriptions) {
    if (description.code == code) *out = description.*field;
  }
  return *out != nullptr ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

}  // namespace

// Both work before cuInit and inside host functions, as they touch no state.
CU_API CUresult cuGetErrorName(CUresult code, const char** name) {
  return describe(code, name, &Description::name);
}

CU_API CUresult cuGetErrorString(CUresult code, const char** text) {
  return describe(code, text, &Description::text);
}

// For stand-ins of other libraries: what failure injection says about one of their calls.
CU_API CUresult cuEmulatedFailure(const char* name) {
  return driver::inHostFunction ? CUDA_SUCCESS : driver::theDriver().injected(name);
}
