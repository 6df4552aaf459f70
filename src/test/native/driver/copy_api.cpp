// Copies and fills. Synchronous ones run on the legacy stream and wait for it. Asynchronous ones
// happen when they are waited for; as documented for hardware, pageable host memory is read before
// the call returns, and written before it returns.
#include <cstring>
#include <vector>

#include "call.h"
#include "memory_range.h"

using namespace driver;

namespace {

constexpr double kLatency = 4e-6, kLinkBytesPerSecond = 25e9, kDeviceBytesPerSecond = 1e12;

struct Place {
  Device* device = nullptr;  // null: host memory
  std::uint64_t address = 0;
  void* host() const { return reinterpret_cast<void*>(address); }
};

Place onDevice(CUdeviceptr address, std::size_t bytes) {
  Device* device = theDriver().owner(address);
  const bool inside = device != nullptr && device->memory->find(address, bytes) != nullptr;
  if (!inside) {
    theDriver().lastMessage = device == nullptr ? "not an address of a device"
                                                : device->memory->explain(address, bytes);
  }
  require(inside, CUDA_ERROR_INVALID_VALUE);
  return {device, address};
}

Place onHost(const void* host, std::size_t bytes) {
  const auto address = reinterpret_cast<std::uint64_t>(host);
  require(host != nullptr && bytes > 0, CUDA_ERROR_INVALID_VALUE);
  require(theDriver().owner(address) == nullptr, CUDA_ERROR_INVALID_VALUE);
  return {nullptr, address};
}

Place anywhere(CUdeviceptr address, std::size_t bytes) {
  if (theDriver().owner(address) != nullptr) return onDevice(address, bytes);
  return onHost(reinterpret_cast<void*>(address), bytes);
}

bool pageable(const Place& place, std::size_t bytes) {
  return place.device == nullptr && pinnedRange(place.host(), bytes) == theDriver().pinned.end();
}

// A range that was accessible when the copy was queued may be gone when it runs.
void check(const std::optional<std::string>& problem, const char* what) {
  if (!problem.has_value()) return;
  theDriver().lastMessage = *problem;
  theDriver().complaints.push_back(std::string(what) + ": " + *problem);
  fail(CUDA_ERROR_ILLEGAL_ADDRESS);
}

double copyNow(const Place& to, const Place& from, std::size_t bytes) {
  constexpr const char* kWhat = "a queued copy ran after its memory was freed";
  if (to.device != nullptr && from.device != nullptr) {
    check(to.device->memory->copyFrom(to.address, *from.device->memory, from.address, bytes), kWhat);
    return kLatency + bytes / kDeviceBytesPerSecond;
  }
  if (to.device != nullptr) {
    check(to.device->memory->write(to.address, from.host(), bytes), kWhat);
  } else if (from.device != nullptr) {
    check(from.device->memory->read(to.host(), from.address, bytes), kWhat);
  } else {
    std::memmove(to.host(), from.host(), bytes);
  }
  return kLatency + bytes / kLinkBytesPerSecond;
}

enum class When { Now, Later };

void copy(Stream& target, Place to, Place from, std::size_t bytes, When when) {
  if (when == When::Now) {
    refuseImplicit(*contextOf(target));
    refuseInCapture();
  }
  const bool captured = target.capture != nullptr;
  if (!captured && pageable(from, bytes) && to.device != nullptr && when == When::Later) {
    const auto* start = static_cast<const char*>(from.host());
    auto staged = std::make_shared<std::vector<char>>(start, start + bytes);
    enqueue(target, kNodeMemcpy, "copy", [=] {
      return copyNow(to, {nullptr, reinterpret_cast<std::uint64_t>(staged->data())}, bytes);
    });
    return;
  }
  enqueue(target, kNodeMemcpy, "copy", [=] { return copyNow(to, from, bytes); });
  if (!captured && (when == When::Now || pageable(to, bytes))) synchronise(target);
}

// Device to device does not wait, not even on the legacy stream.
When waiting(const Place& to, const Place& from) {
  return to.device != nullptr && from.device != nullptr ? When::Later : When::Now;
}

CUresult fill(const char* name, CUstream handle, bool async, CUdeviceptr to, std::uint32_t value,
              int width, std::size_t count) {
  return call(name, async ? Needs::Init : Needs::Context, [&] {
    auto target = stream(handle);
    if (count == 0) return;
    require(to % width == 0, CUDA_ERROR_INVALID_VALUE);
    const Place place = onDevice(to, count * width);
    if (!async) {
      refuseImplicit(*contextOf(*target));
      refuseInCapture();
    }
    enqueue(*target, kNodeMemset, "fill", [=] {
      check(place.device->memory->fill(to, value, width, count),
            "a queued fill ran after its memory was freed");
      return kLatency + count * width / kDeviceBytesPerSecond;
    });
  });
}

}  // namespace

#define COPY(symbol, name, parameters, to, from, when)                 \
  CU_API CUresult symbol parameters {                                  \
    return call(name, Needs::Init, [&] {                               \
      auto target = stream(handle);                                    \
      if (bytes > 0) copy(*target, to, from, bytes, when);             \
    });                                                                \
  }
#define COPY_NOW(symbol, name, parameters, to, from)                   \
  CU_API CUresult symbol parameters {                                  \
    return call(name, Needs::Context, [&] {                            \
      if (bytes == 0) return;                                          \
      const Place target = to, source = from;                          \
      copy(*stream(nullptr), target, source, bytes, waiting(target, source)); \
    });                                                                \
  }

using Size = std::size_t;

COPY_NOW(cuMemcpy, "cuMemcpy", (CUdeviceptr to, CUdeviceptr from, Size bytes), anywhere(to, bytes),
         anywhere(from, bytes))
COPY_NOW(cuMemcpyHtoD_v2, "cuMemcpyHtoD", (CUdeviceptr to, const void* from, Size bytes),
         onDevice(to, bytes), onHost(from, bytes))
COPY_NOW(cuMemcpyDtoH_v2, "cuMemcpyDtoH", (void* to, CUdeviceptr from, Size bytes),
         onHost(to, bytes), onDevice(from, bytes))
COPY_NOW(cuMemcpyDtoD_v2, "cuMemcpyDtoD", (CUdeviceptr to, CUdeviceptr from, Size bytes),
         onDevice(to, bytes), onDevice(from, bytes))
COPY(cuMemcpyAsync, "cuMemcpyAsync",
     (CUdeviceptr to, CUdeviceptr from, Size bytes, CUstream handle), anywhere(to, bytes),
     anywhere(from, bytes), When::Later)
COPY(cuMemcpyHtoDAsync_v2, "cuMemcpyHtoDAsync",
     (CUdeviceptr to, const void* from, Size bytes, CUstream handle), onDevice(to, bytes),
     onHost(from, bytes), When::Later)
COPY(cuMemcpyDtoHAsync_v2, "cuMemcpyDtoHAsync",
     (void* to, CUdeviceptr from, Size bytes, CUstream handle), onHost(to, bytes),
     onDevice(from, bytes), When::Later)
COPY(cuMemcpyDtoDAsync_v2, "cuMemcpyDtoDAsync",
     (CUdeviceptr to, CUdeviceptr from, Size bytes, CUstream handle), onDevice(to, bytes),
     onDevice(from, bytes), When::Later)

CU_API CUresult cuMemcpyPeer(CUdeviceptr to, CUcontext toContext, CUdeviceptr from,
                             CUcontext fromContext, Size bytes) {
  return call("cuMemcpyPeer", Needs::Context, [&] {
    theDriver().get<Context>(toContext, CUDA_ERROR_INVALID_CONTEXT);
    theDriver().get<Context>(fromContext, CUDA_ERROR_INVALID_CONTEXT);
    if (bytes == 0) return;
    const Place target = onDevice(to, bytes), source = onDevice(from, bytes);
    copy(*stream(nullptr), target, source, bytes, When::Later);
  });
}

CU_API CUresult cuMemcpyPeerAsync(CUdeviceptr to, CUcontext toContext, CUdeviceptr from,
                                  CUcontext fromContext, Size bytes, CUstream handle) {
  return call("cuMemcpyPeerAsync", Needs::Init, [&] {
    theDriver().get<Context>(toContext, CUDA_ERROR_INVALID_CONTEXT);
    theDriver().get<Context>(fromContext, CUDA_ERROR_INVALID_CONTEXT);
    auto target = stream(handle);
    if (bytes > 0) copy(*target, onDevice(to, bytes), onDevice(from, bytes), bytes, When::Later);
  });
}

CU_API CUresult cuMemsetD8_v2(CUdeviceptr to, unsigned char value, Size count) {
  return fill("cuMemsetD8", nullptr, false, to, value, 1, count);
}
CU_API CUresult cuMemsetD16_v2(CUdeviceptr to, unsigned short value, Size count) {
  return fill("cuMemsetD16", nullptr, false, to, value, 2, count);
}
CU_API CUresult cuMemsetD32_v2(CUdeviceptr to, unsigned value, Size count) {
  return fill("cuMemsetD32", nullptr, false, to, value, 4, count);
}
CU_API CUresult cuMemsetD8Async(CUdeviceptr to, unsigned char value, Size count, CUstream handle) {
  return fill("cuMemsetD8Async", handle, true, to, value, 1, count);
}
CU_API CUresult cuMemsetD16Async(CUdeviceptr to, unsigned short value, Size count, CUstream handle) {
  return fill("cuMemsetD16Async", handle, true, to, value, 2, count);
}
CU_API CUresult cuMemsetD32Async(CUdeviceptr to, unsigned value, Size count, CUstream handle) {
  return fill("cuMemsetD32Async", handle, true, to, value, 4, count);
}
