// The part of cuDNN 9's binary interface that is implemented, and what is used of the driver's.
#pragma once

#include <cstddef>
#include <cstdint>

#define CUDNN_API extern "C" __attribute__((visibility("default")))

enum Status : int {
  kSuccess = 0,
  kNotInitialized = 1001,
  kBadParam = 2000,
  kNullPointer = 2002,
  kNotSupported = 3000,
  kInternalError = 4000,
  kExecutionFailed = 5000,
};

enum DataType : int { kFloat = 0, kDouble = 1, kHalf = 2, kBfloat16 = 9 };
enum Format : int { kNchw = 0, kNhwc = 1 };
enum Mode : int { kPerActivation = 0, kSpatial = 1, kSpatialPersistent = 2 };
enum Operations : int { kNormalize = 0, kActivate = 1, kAddActivate = 2 };
constexpr int kRelu = 1;

using Handle = void*;      // cudnnHandle_t
using Descriptor = void*;  // of a tensor, a filter or an operation

// Of the driver; bound to whatever is loaded as libcuda.so.1.
extern "C" {
int cuCtxGetCurrent(void** context);
int cuCtxGetDevice(int* device);
int cuDeviceGetAttribute(int* value, int attribute, int device);
int cuCtxPushCurrent_v2(void* context);
int cuCtxPopCurrent_v2(void** context);
int cuLaunchHostFunc(void* stream, void (*function)(void*), void* data);
int cuMemcpyDtoHAsync_v2(void* to, std::uint64_t from, std::size_t bytes, void* stream);
int cuMemcpyHtoDAsync_v2(std::uint64_t to, const void* from, std::size_t bytes, void* stream);
int cuMemHostRegister_v2(void* memory, std::size_t bytes, unsigned flags);
int cuMemHostUnregister(void* memory);
int cuStreamIsCapturing(void* stream, int* status);
// Of the emulated driver only: what failure injection says about a call.
int cuEmulatedFailure(const char* call);
}
