// Handles and descriptors. What callers hold are numbers, so a closed or invented one is refused.
#pragma once

#include <memory>
#include <mutex>
#include <new>
#include <unordered_map>
#include <vector>

#include "staging.h"
#include "tensor.h"

namespace cudnn {

struct Object {
  virtual ~Object() = default;
};

struct Library : Object {  // what a cudnnHandle_t stands for
  void* context = nullptr;
  void* stream = nullptr;
  StagingPool staging;
};

struct TensorDescriptor : Object {
  Tensor tensor;
  bool set = false;
};

struct ActivationDescriptor : Object {
  int mode = -1;
  int nanPropagation = 0;
  double coefficient = 0;
};

struct Objects {
  std::mutex mutex;
  std::unordered_map<void*, std::shared_ptr<Object>> open;
  std::uintptr_t next = 1;

  void* add(std::shared_ptr<Object> object) {
    void* handle = reinterpret_cast<void*>(std::uintptr_t{0xd00d'0000'0000} + 64 * next++);
    open[handle] = std::move(object);
    return handle;
  }
  template <class T>
  std::shared_ptr<T> get(void* handle) {
    require(handle != nullptr, kNullPointer);
    auto found = open.find(handle);
    auto object = found == open.end() ? nullptr : std::dynamic_pointer_cast<T>(found->second);
    require(object != nullptr, kBadParam);
    return object;
  }
  template <class T>
  void close(void* handle) {
    if (handle == nullptr) return;
    get<T>(handle);
    open.erase(handle);
  }
};

Objects& objects();

// The tensor of a descriptor that has been set.
const Tensor& tensorOf(Descriptor descriptor);

// The frame of every call that can fail.
template <class Body>
int call(const char* name, Body&& body) {
  if (const int injected = cuEmulatedFailure(name)) return injected;
  std::lock_guard<std::mutex> lock(objects().mutex);
  try {
    body();
    return kSuccess;
  } catch (const Failure& failure) {
    return failure.status;
  } catch (const std::bad_alloc&) {
    return kInternalError;
  }
}

template <class T>
int create(const char* name, void** out) {
  return call(name, [&] {
    require(out != nullptr, kNullPointer);
    *out = objects().add(std::make_shared<T>());
  });
}

}  // namespace cudnn
