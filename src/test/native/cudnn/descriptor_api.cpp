// Library handle, version, tensor and activation descriptors.
#include <algorithm>

#include "objects.h"

namespace cudnn {

Objects& objects() {
  static Objects* const all = new Objects;  // never destroyed, as the JVM's threads may outlive us
  return *all;
}

const Tensor& tensorOf(Descriptor descriptor) {
  auto found = objects().get<TensorDescriptor>(descriptor);
  require(found->set, kBadParam);
  return found->tensor;
}

}  // namespace cudnn

using namespace cudnn;

namespace {

constexpr int kVersion[] = {9, 5, 1};
constexpr int kMostDims = 8;

bool known(int type) {
  return type == kFloat || type == kDouble || type == kHalf || type == kBfloat16;
}

void set(Descriptor descriptor, int type, int count, const int* dims, const int* strides, int format) {
  auto target = objects().get<TensorDescriptor>(descriptor);
  require(dims != nullptr, kNullPointer);
  require(known(type) && count >= 3 && count <= kMostDims, kBadParam);
  require(format == kNchw || format == kNhwc, kBadParam);
  Tensor tensor;
  tensor.type = type;
  tensor.dims.assign(dims, dims + count);
  if (strides != nullptr) tensor.strides.assign(strides, strides + count);
  else tensor.strides = Tensor::dense(tensor.dims, static_cast<Format>(format));
  auto positive = [](std::int64_t value) { return value > 0; };
  require(std::all_of(tensor.dims.begin(), tensor.dims.end(), positive), kBadParam);
  require(std::all_of(tensor.strides.begin(), tensor.strides.end(), positive), kBadParam);
  double elements = 1;
  for (auto size : tensor.dims) elements *= static_cast<double>(size);
  require(elements < 2147483648.0, kNotSupported);
  target->tensor = std::move(tensor);
  target->set = true;
}

}  // namespace

CUDNN_API std::size_t cudnnGetVersion() {
  return kVersion[0] * 10000 + kVersion[1] * 100 + kVersion[2];
}
CUDNN_API std::size_t cudnnGetMaxDeviceVersion() { return 1200; }
CUDNN_API std::size_t cudnnGetCudartVersion() { return 12060; }

CUDNN_API const char* cudnnGetErrorString(int status) {
  switch (status) {
    case kSuccess: return "CUDNN_STATUS_SUCCESS";
    case kNotInitialized: return "CUDNN_STATUS_NOT_INITIALIZED";
    case kBadParam: return "CUDNN_STATUS_BAD_PARAM";
    case kNullPointer: return "CUDNN_STATUS_BAD_PARAM_NULL_POINTER";
    case kNotSupported: return "CUDNN_STATUS_NOT_SUPPORTED";
    case kInternalError: return "CUDNN_STATUS_INTERNAL_ERROR";
    case kExecutionFailed: return "CUDNN_STATUS_EXECUTION_FAILED";
    default: return "CUDNN_UNKNOWN_STATUS";
  }
}

CUDNN_API int cudnnGetProperty(int which, int* value) {
  return call("cudnnGetProperty", [&] {
    require(value != nullptr, kNullPointer);
    require(which >= 0 && which <= 2, kBadParam);
    *value = kVersion[which];
  });
}

CUDNN_API int cudnnCreate(Handle* out) {
  return call("cudnnCreate", [&] {
    require(out != nullptr, kNullPointer);
    auto made = std::make_shared<Library>();
    const bool current = cuCtxGetCurrent(&made->context) == 0 && made->context != nullptr;
    require(current, kNotInitialized);
    *out = objects().add(made);
  });
}

CUDNN_API int cudnnDestroy(Handle handle) {
  return call("cudnnDestroy", [&] {
    auto library = objects().get<Library>(handle);
    const bool entered = cuCtxPushCurrent_v2(library->context) == 0;
    library->staging.close();
    if (entered) cuCtxPopCurrent_v2(nullptr);
    objects().close<Library>(handle);
  });
}

CUDNN_API int cudnnSetStream(Handle handle, void* stream) {
  return call("cudnnSetStream", [&] { objects().get<Library>(handle)->stream = stream; });
}

CUDNN_API int cudnnGetStream(Handle handle, void** stream) {
  return call("cudnnGetStream", [&] {
    require(stream != nullptr, kNullPointer);
    *stream = objects().get<Library>(handle)->stream;
  });
}

CUDNN_API int cudnnCreateTensorDescriptor(Descriptor* out) {
  return create<TensorDescriptor>("cudnnCreateTensorDescriptor", out);
}

CUDNN_API int cudnnDestroyTensorDescriptor(Descriptor descriptor) {
  return call("cudnnDestroyTensorDescriptor",
              [&] { objects().close<TensorDescriptor>(descriptor); });
}

CUDNN_API int cudnnSetTensor4dDescriptor(Descriptor descriptor, int format, int type, int n, int c,
                                         int h, int w) {
  return call("cudnnSetTensor4dDescriptor", [&] {
    const int dims[] = {n, c, h, w};
    set(descriptor, type, 4, dims, nullptr, format);
  });
}

CUDNN_API int cudnnSetTensor4dDescriptorEx(Descriptor descriptor, int type, int n, int c, int h,
                                           int w, int nStride, int cStride, int hStride,
                                           int wStride) {
  return call("cudnnSetTensor4dDescriptorEx", [&] {
    const int dims[] = {n, c, h, w}, strides[] = {nStride, cStride, hStride, wStride};
    set(descriptor, type, 4, dims, strides, kNchw);
  });
}

CUDNN_API int cudnnSetTensorNdDescriptor(Descriptor descriptor, int type, int count, const int* dims,
                                         const int* strides) {
  return call("cudnnSetTensorNdDescriptor", [&] {
    require(strides != nullptr, kNullPointer);
    set(descriptor, type, count, dims, strides, kNchw);
  });
}

CUDNN_API int cudnnSetTensorNdDescriptorEx(Descriptor descriptor, int format, int type, int count,
                                           const int* dims) {
  return call("cudnnSetTensorNdDescriptorEx",
              [&] { set(descriptor, type, count, dims, nullptr, format); });
}

CUDNN_API int cudnnGetTensorNdDescriptor(Descriptor descriptor, int wanted, int* type, int* count,
                                         int* dims, int* strides) {
  return call("cudnnGetTensorNdDescriptor", [&] {
    const Tensor& tensor = tensorOf(descriptor);
    require(type != nullptr && count != nullptr && dims != nullptr && strides != nullptr, kNullPointer);
    *type = tensor.type;
    *count = static_cast<int>(tensor.dims.size());
    for (int axis = 0; axis < std::min(wanted, *count); ++axis) {
      dims[axis] = static_cast<int>(tensor.dims[axis]);
      strides[axis] = static_cast<int>(tensor.strides[axis]);
    }
  });
}

CUDNN_API int cudnnGetTensorSizeInBytes(Descriptor descriptor, std::size_t* bytes) {
  return call("cudnnGetTensorSizeInBytes", [&] {
    require(bytes != nullptr, kNullPointer);
    *bytes = tensorOf(descriptor).spanBytes();
  });
}

CUDNN_API int cudnnCreateActivationDescriptor(Descriptor* out) {
  return create<ActivationDescriptor>("cudnnCreateActivationDescriptor", out);
}

CUDNN_API int cudnnDestroyActivationDescriptor(Descriptor descriptor) {
  return call("cudnnDestroyActivationDescriptor",
              [&] { objects().close<ActivationDescriptor>(descriptor); });
}

CUDNN_API int cudnnSetActivationDescriptor(Descriptor descriptor, int mode, int nanPropagation,
                                           double coefficient) {
  return call("cudnnSetActivationDescriptor", [&] {
    auto target = objects().get<ActivationDescriptor>(descriptor);
    require(mode >= 0 && mode <= 6, kBadParam);
    target->mode = mode;
    target->nanPropagation = nanPropagation;
    target->coefficient = coefficient;
  });
}

CUDNN_API int cudnnGetActivationDescriptor(Descriptor descriptor, int* mode, int* nanPropagation,
                                           double* coefficient) {
  return call("cudnnGetActivationDescriptor", [&] {
    auto source = objects().get<ActivationDescriptor>(descriptor);
    require(mode != nullptr && nanPropagation != nullptr && coefficient != nullptr, kNullPointer);
    *mode = source->mode;
    *nanPropagation = source->nanPropagation;
    *coefficient = source->coefficient;
  });
}
