// Device and pinned host memory.
#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "call.h"
#include "memory_range.h"

namespace driver {

std::map<char*, PinnedRange>::iterator pinnedRange(const void* host, std::size_t bytes) {
  auto& all = theDriver().pinned;
  char* start = const_cast<char*>(static_cast<const char*>(host));
  auto after = all.upper_bound(start);
  if (after == all.begin()) return all.end();
  auto range = std::prev(after);
  const std::size_t offset = start - range->first;
  return offset <= range->second.bytes && bytes <= range->second.bytes - offset ? range : all.end();
}

}  // namespace driver

using namespace driver;

namespace {

CUdeviceptr allocate(Context& context, std::size_t bytes, const char* caller) {
  require(bytes > 0, CUDA_ERROR_INVALID_VALUE);
  auto& memory = *context.device->memory;
  std::string site = std::string(caller) + " #" + std::to_string(memory.statistics().allocations + 1);
  if (theDriver().callSite != nullptr) site += " " + theDriver().callSite();
  const auto address = memory.allocate(bytes, std::move(site));
  require(address != 0, CUDA_ERROR_OUT_OF_MEMORY);
  context.allocations.insert(address);
  return address;
}

// The context that allocated, which need not be the current one.
std::shared_ptr<Context> allocator(CUdeviceptr address) {
  for (auto& [handle, object] : theDriver().objects) {
    auto context = std::dynamic_pointer_cast<Context>(object);
    if (context != nullptr && context->allocations.count(address) > 0) return context;
  }
  fail(CUDA_ERROR_INVALID_VALUE);
}

void release(Context& context, CUdeviceptr address) {
  context.allocations.erase(address);
  require(context.device->memory->free(address), CUDA_ERROR_INVALID_VALUE);
}

void allocateHost(void** out, std::size_t bytes, unsigned flags) {
  notNull(out);
  *out = nullptr;
  require(bytes > 0 && flags <= 7, CUDA_ERROR_INVALID_VALUE);
  auto context = current();
  refuseInCapture();
  void* memory = std::calloc(1, bytes);
  require(memory != nullptr, CUDA_ERROR_OUT_OF_MEMORY);
  theDriver().pinned[static_cast<char*>(memory)] = {bytes, flags, false, context.get()};
  *out = memory;
}

void pointerAttribute(void* out, int which, CUdeviceptr address) {
  Device* device = theDriver().owner(address);
  auto* allocation = device == nullptr ? nullptr : device->memory->find(address, 1);
  const auto range = pinnedRange(reinterpret_cast<void*>(address), 1);
  const bool pinned = range != theDriver().pinned.end();
  require(allocation != nullptr || pinned, CUDA_ERROR_INVALID_VALUE);
  const auto put = [&](auto value) { std::memcpy(out, &value, sizeof value); };
  switch (which) {
    case kPointerContext:
      return put(pinned ? range->second.owner->handle : allocator(allocation->begin)->handle);
    case kPointerMemoryType: return put(pinned ? 1u : 2u);
    case kPointerDevice:
      require(!pinned, CUDA_ERROR_INVALID_VALUE);
      return put(address);
    case kPointerHost:
      require(pinned, CUDA_ERROR_INVALID_VALUE);
      return put(address);
    case kPointerIsManaged: return put(0u);
    case kPointerDeviceOrdinal:
      return put(pinned ? range->second.owner->device->ordinal : device->ordinal);
    case kPointerRangeStart:
      return put(pinned ? reinterpret_cast<CUdeviceptr>(range->first) : allocation->begin);
    case kPointerRangeSize: return put(pinned ? range->second.bytes : std::size_t{allocation->size});
    case kPointerMapped: return put(1u);
    default: fail(CUDA_ERROR_NOT_SUPPORTED);
  }
}

}  // namespace

CU_API CUresult cuMemGetInfo_v2(std::size_t* free, std::size_t* total) {
  return call("cuMemGetInfo", Needs::Context, [&] {
    notNull(free, total);
    const auto& statistics = current()->device->memory->statistics();
    *free = statistics.capacity - statistics.used;
    *total = statistics.capacity;
  });
}

CU_API CUresult cuMemAlloc_v2(CUdeviceptr* out, std::size_t bytes) {
  return call("cuMemAlloc", Needs::Context, [&] {
    notNull(out);
    refuseInCapture();
    *out = allocate(*current(), bytes, "cuMemAlloc");
  });
}

CU_API CUresult cuMemFree_v2(CUdeviceptr address) {
  return call("cuMemFree", Needs::Context, [&] {
    if (address == 0) return;
    refuseInCapture();
    auto context = allocator(address);
    synchronise(*context);  // as the driver does, though nobody promises it
    release(*context, address);
  });
}

CU_API CUresult cuMemAllocAsync(CUdeviceptr* out, std::size_t bytes, CUstream handle) {
  return call("cuMemAllocAsync", Needs::Init, [&] {
    notNull(out);
    auto target = stream(handle);
    require(target->capture == nullptr, CUDA_ERROR_NOT_SUPPORTED);  // no memory nodes here
    *out = allocate(*contextOf(*target), bytes, "cuMemAllocAsync");
    enqueue(*target, kNodeEmpty, "cuMemAllocAsync", [] { return 0.0; });
  });
}

CU_API CUresult cuMemFreeAsync(CUdeviceptr address, CUstream handle) {
  return call("cuMemFreeAsync", Needs::Init, [&] {
    auto target = stream(handle);
    require(target->capture == nullptr, CUDA_ERROR_NOT_SUPPORTED);
    auto context = allocator(address);
    enqueue(*target, kNodeEmpty, "cuMemFreeAsync", [context, address] {
      release(*context, address);
      return 0.0;
    });
  });
}

CU_API CUresult cuMemGetAddressRange_v2(CUdeviceptr* base, std::size_t* size, CUdeviceptr address) {
  return call("cuMemGetAddressRange", Needs::Context, [&] {
    Device* device = theDriver().owner(address);
    auto* allocation = device == nullptr ? nullptr : device->memory->find(address, 1);
    require(allocation != nullptr, CUDA_ERROR_NOT_FOUND);
    if (base != nullptr) *base = allocation->begin;
    if (size != nullptr) *size = allocation->size;
  });
}

CU_API CUresult cuMemAllocHost_v2(void** out, std::size_t bytes) {
  return call("cuMemAllocHost", Needs::Context, [&] { allocateHost(out, bytes, 0); });
}

CU_API CUresult cuMemHostAlloc(void** out, std::size_t bytes, unsigned flags) {
  return call("cuMemHostAlloc", Needs::Context, [&] { allocateHost(out, bytes, flags); });
}

CU_API CUresult cuMemFreeHost(void* host) {
  return call("cuMemFreeHost", Needs::Context, [&] {
    if (host == nullptr) return;
    refuseInCapture();
    auto range = theDriver().pinned.find(static_cast<char*>(host));
    const bool ours = range != theDriver().pinned.end() && !range->second.registered;
    require(ours, CUDA_ERROR_INVALID_VALUE);
    synchronise(*current());
    std::free(host);
    theDriver().pinned.erase(range);
  });
}

CU_API CUresult cuMemHostRegister_v2(void* host, std::size_t bytes, unsigned flags) {
  return call("cuMemHostRegister", Needs::Context, [&] {
    require(host != nullptr && bytes > 0, CUDA_ERROR_INVALID_VALUE);
    auto& all = theDriver().pinned;
    char* start = static_cast<char*>(host);
    auto next = all.lower_bound(start);
    const bool hitsNext = next != all.end() && next->first < start + bytes;
    require(!hitsNext && pinnedRange(host, 1) == all.end(),
            CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED);
    all[start] = {bytes, flags, true, current().get()};
  });
}

CU_API CUresult cuMemHostUnregister(void* host) {
  return call("cuMemHostUnregister", Needs::Context, [&] {
    auto range = theDriver().pinned.find(static_cast<char*>(host));
    const bool registered = range != theDriver().pinned.end() && range->second.registered;
    require(registered, CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED);
    synchronise(*current());
    theDriver().pinned.erase(range);
  });
}

CU_API CUresult cuMemHostGetFlags(unsigned* flags, void* host) {
  return call("cuMemHostGetFlags", Needs::Context, [&] {
    notNull(flags);
    auto range = pinnedRange(host, 1);
    require(range != theDriver().pinned.end(), CUDA_ERROR_INVALID_VALUE);
    *flags = range->second.flags;
  });
}

CU_API CUresult cuPointerGetAttribute(void* out, int which, CUdeviceptr address) {
  return call("cuPointerGetAttribute", Needs::Init, [&] {
    notNull(out);
    pointerAttribute(out, which, address);
  });
}

CU_API CUresult cuPointerGetAttributes(unsigned count, int* which, void** out, CUdeviceptr address) {
  return call("cuPointerGetAttributes", Needs::Init, [&] {
    notNull(which, out);
    for (unsigned i = 0; i < count; ++i) pointerAttribute(out[i], which[i], address);
  });
}
