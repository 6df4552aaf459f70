// Contexts: primary ones, those that callers make, the stack of current ones, and peer access.
#include <algorithm>

#include "call.h"

using namespace driver;

namespace {

void destroy(Context& context) {
  release(context);
  context.alive = false;
  theDriver().objects.erase(context.handle);
  auto& stack = contextStack();
  // Destroying the current context pops it; elsewhere on stacks it stays, and gives 709.
  if (!stack.empty() && stack.back().get() == &context) stack.pop_back();
}

void retainPrimary(Device& device) {
  if (device.primary == nullptr) {
    device.primary = newContext(device, device.primaryFlags, true);
  }
  ++device.primaryReferences;
}

std::shared_ptr<Context> open(CUcontext handle) {
  return theDriver().get<Context>(handle, CUDA_ERROR_INVALID_CONTEXT);
}

}  // namespace

CU_API CUresult cuDevicePrimaryCtxRetain(CUcontext* context, CUdevice ordinal) {
  return call("cuDevicePrimaryCtxRetain", Needs::Init, [&] {
    notNull(context);
    Device& device = theDriver().device(ordinal);
    retainPrimary(device);
    *context = device.primary->handle;
  });
}

CU_API CUresult cuDevicePrimaryCtxRelease_v2(CUdevice ordinal) {
  return call("cuDevicePrimaryCtxRelease", Needs::Init, [&] {
    Device& device = theDriver().device(ordinal);
    require(device.primaryReferences > 0, CUDA_ERROR_INVALID_CONTEXT);
    if (--device.primaryReferences > 0) return;
    auto context = std::move(device.primary);
    device.primary = nullptr;
    destroy(*context);
  });
}

CU_API CUresult cuDevicePrimaryCtxReset_v2(CUdevice ordinal) {
  return call("cuDevicePrimaryCtxReset", Needs::Init, [&] {
    Device& device = theDriver().device(ordinal);
    if (device.primary != nullptr) release(*device.primary);
  });
}

CU_API CUresult cuDevicePrimaryCtxSetFlags_v2(CUdevice ordinal, unsigned flags) {
  return call("cuDevicePrimaryCtxSetFlags", Needs::Init, [&] {
    Device& device = theDriver().device(ordinal);
    device.primaryFlags = flags;
    if (device.primary != nullptr) device.primary->flags = flags;
  });
}

CU_API CUresult cuDevicePrimaryCtxGetState(CUdevice ordinal, unsigned* flags, int* active) {
  return call("cuDevicePrimaryCtxGetState", Needs::Init, [&] {
    notNull(flags, active);
    Device& device = theDriver().device(ordinal);
    *flags = device.primaryFlags;
    *active = device.primary != nullptr;
  });
}

CU_API CUresult cuCtxCreate_v2(CUcontext* context, unsigned flags, CUdevice device) {
  return call("cuCtxCreate", Needs::Init, [&] {
    notNull(context);
    auto made = newContext(theDriver().device(device), flags, false);
    contextStack().push_back(made);
    *context = made->handle;
  });
}

CU_API CUresult cuCtxDestroy_v2(CUcontext handle) {
  return call("cuCtxDestroy", Needs::Init, [&] {
    auto context = open(handle);
    require(!context->primary, CUDA_ERROR_INVALID_CONTEXT);
    destroy(*context);
  });
}

CU_API CUresult cuCtxPushCurrent_v2(CUcontext handle) {
  return call("cuCtxPushCurrent", Needs::Init, [&] { contextStack().push_back(open(handle)); });
}

CU_API CUresult cuCtxPopCurrent_v2(CUcontext* context) {
  return call("cuCtxPopCurrent", Needs::Init, [&] {
    auto& stack = contextStack();
    require(!stack.empty(), CUDA_ERROR_INVALID_CONTEXT);
    if (context != nullptr) *context = stack.back() == nullptr ? nullptr : stack.back()->handle;
    stack.pop_back();
  });
}

CU_API CUresult cuCtxSetCurrent(CUcontext handle) {
  return call("cuCtxSetCurrent", Needs::Init, [&] {
    auto context = handle == nullptr ? nullptr : open(handle);
    auto& stack = contextStack();
    if (!stack.empty()) stack.pop_back();
    if (context != nullptr) stack.push_back(context);
  });
}

CU_API CUresult cuCtxGetCurrent(CUcontext* context) {
  return call("cuCtxGetCurrent", Needs::Init, [&] {
    notNull(context);
    auto& stack = contextStack();
    *context = stack.empty() || stack.back() == nullptr ? nullptr : stack.back()->handle;
  });
}

CU_API CUresult cuCtxGetDevice(CUdevice* device) {
  return call("cuCtxGetDevice", Needs::Context, [&] {
    notNull(device);
    *device = current()->device->ordinal;
  });
}

CU_API CUresult cuCtxGetFlags(unsigned* flags) {
  return call("cuCtxGetFlags", Needs::Context, [&] {
    notNull(flags);
    *flags = current()->flags;
  });
}

CU_API CUresult cuCtxGetId(CUcontext handle, unsigned long long* id) {
  return call("cuCtxGetId", Needs::Init, [&] {
    notNull(id);
    *id = handle == nullptr ? current()->id : open(handle)->id;
  });
}

CU_API CUresult cuCtxGetApiVersion(CUcontext handle, unsigned* version) {
  return call("cuCtxGetApiVersion", Needs::Init, [&] {
    notNull(version);
    if (handle == nullptr) current();
    else open(handle);
    *version = 3020;  // what contexts made by cuCtxCreate_v2 answer
  });
}

CU_API CUresult cuCtxSynchronize() {
  return call("cuCtxSynchronize", Needs::Context, [&] {
    auto context = current();
    refuseInCapture();
    for (auto& weak : context->streams) {
      if (auto stream = weak.lock()) refuseCapturing(*stream);
    }
    synchronise(*context);
  });
}

CU_API CUresult cuCtxGetStreamPriorityRange(int* least, int* greatest) {
  return call("cuCtxGetStreamPriorityRange", Needs::Context, [&] {
    if (least != nullptr) *least = kLowestPriority;
    if (greatest != nullptr) *greatest = kHighestPriority;
  });
}

CU_API CUresult cuCtxEnablePeerAccess(CUcontext handle, unsigned flags) {
  return call("cuCtxEnablePeerAccess", Needs::Context, [&] {
    require(flags == 0, CUDA_ERROR_INVALID_VALUE);
    auto peer = open(handle);
    auto context = current();
    require(peer->device != context->device, CUDA_ERROR_INVALID_DEVICE);
    const bool added = context->peers.insert(peer.get()).second;
    require(added, CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED);
  });
}

CU_API CUresult cuCtxDisablePeerAccess(CUcontext handle) {
  return call("cuCtxDisablePeerAccess", Needs::Context, [&] {
    auto peer = open(handle);
    const bool removed = current()->peers.erase(peer.get()) > 0;
    require(removed, CUDA_ERROR_PEER_ACCESS_NOT_ENABLED);
  });
}

CU_API CUresult cuCtxSetCacheConfig(int) {
  return call("cuCtxSetCacheConfig", Needs::Context, [] {});
}

CU_API CUresult cuCtxGetCacheConfig(int* config) {
  return call("cuCtxGetCacheConfig", Needs::Context, [&] {
    notNull(config);
    *config = 0;  // no preference
  });
}

CU_API CUresult cuCtxGetLimit(std::size_t* value, int limit) {
  return call("cuCtxGetLimit", Needs::Context, [&] {
    notNull(value);
    constexpr int kStack = 0, kPrintf = 1, kHeap = 2;
    require(limit >= kStack && limit <= kHeap, CUDA_ERROR_UNSUPPORTED_LIMIT);
    *value = limit == kStack ? 1024 : limit == kPrintf ? 1 << 20 : 8 << 20;
  });
}
