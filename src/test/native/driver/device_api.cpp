// Initialisation, version, devices and their attributes.
#include <algorithm>
#include <cstdio>
#include <cstring>

#include "call.h"

using namespace driver;

namespace {

// Attributes by their number in CUdevice_attribute. What is not here is 0: not supported.
int attribute(const Device& device, int which) {
  const machine::DeviceLimits& limits = device.limits;
  const int capability = limits.computeCapability;
  switch (which) {
    case 1: return limits.maxThreadsPerBlock;
    case 2: case 3: return 1024;                      // block x, y
    case 4: return 64;                                // block z
    case 5: return 2147483647;                        // grid x
    case 6: case 7: return 65535;                     // grid y, z
    case 8: return limits.sharedPerBlock;
    case 9: return 65536;                             // constant memory
    case 10: return 32;                               // warp
    case 11: return 2147483647;                       // pitch
    case 12: return limits.registersPerMultiprocessor;  // per block
    case 13: return 1'500'000;                        // clock in kHz, made up
    case 14: return 512;                              // texture alignment
    case 15: return 1;                                // copies overlap kernels
    case 16: return limits.multiprocessors;
    case 31: return 1;                                // concurrent kernels
    case 33: return device.ordinal + 1;               // PCI bus
    case 36: return 2'000'000;                        // memory clock in kHz, made up
    case 37: return 5120;                             // bus width in bits, made up
    case 38: return 4 << 20;                          // L2, made up
    case 39: return limits.maxThreadsPerMultiprocessor;
    case 40: return 2;                                // copy engines
    case 41: return 1;                                // unified addressing
    case 75: return capability / 10;
    case 76: return capability % 10;
    case 78: return 1;                                // stream priorities
    case 79: case 80: return 1;                       // L1 for global, local
    case 81: return limits.sharedPerMultiprocessor;
    case 82: return limits.registersPerMultiprocessor;
    case 90: return 1;                                // compute preemption
    case 95: return 1;                                // cooperative launch
    case 97: return limits.sharedPerBlockOptIn;
    case 99: return 1;                                // cuMemHostRegister
    case 106: return limits.maxBlocksPerMultiprocessor;
    case 111: return capability >= 80 ? 1024 : 0;     // shared memory reserved per block
    case 115: return 1;                               // cuMemAllocAsync
    case 120: return capability >= 90 ? 1 : 0;        // clusters
    default: return 0;
  }
}

constexpr int kAttributes = 148;  // one more than the last that CUDA 13.0 knows

}  // namespace

CU_API CUresult cuInit(unsigned flags) {
  return call("cuInit", Needs::Nothing, [&] {
    require(flags == 0, CUDA_ERROR_INVALID_VALUE);
    require(!theDriver().devices.empty(), CUDA_ERROR_NO_DEVICE);
    theDriver().initialised = true;
  });
}

CU_API CUresult cuDriverGetVersion(int* version) {
  return call("cuDriverGetVersion", Needs::Nothing, [&] {
    notNull(version);
    *version = theDriver().configuration.driverVersion;
  });
}

CU_API CUresult cuDeviceGetCount(int* count) {
  return call("cuDeviceGetCount", Needs::Init, [&] {
    notNull(count);
    *count = static_cast<int>(theDriver().devices.size());
  });
}

CU_API CUresult cuDeviceGet(CUdevice* device, int ordinal) {
  return call("cuDeviceGet", Needs::Init, [&] {
    notNull(device);
    *device = theDriver().device(ordinal).ordinal;
  });
}

CU_API CUresult cuDeviceGetName(char* name, int length, CUdevice device) {
  return call("cuDeviceGetName", Needs::Init, [&] {
    notNull(name);
    require(length > 0, CUDA_ERROR_INVALID_VALUE);
    const int capability = theDriver().device(device).config.computeCapability;
    std::snprintf(name, length, "Emulated device sm_%d", capability);
  });
}

CU_API CUresult cuDeviceGetUuid(CUuuid* uuid, CUdevice device) {
  return call("cuDeviceGetUuid", Needs::Init, [&] {
    notNull(uuid);
    std::memset(uuid->bytes, 0, sizeof uuid->bytes);
    std::memcpy(uuid->bytes, "emulated", 8);
    uuid->bytes[15] = static_cast<char>(theDriver().device(device).ordinal);
  });
}

CU_API CUresult cuDeviceTotalMem_v2(std::size_t* bytes, CUdevice device) {
  return call("cuDeviceTotalMem", Needs::Init, [&] {
    notNull(bytes);
    *bytes = theDriver().device(device).config.memoryBytes;
  });
}

CU_API CUresult cuDeviceGetAttribute(int* value, int which, CUdevice device) {
  return call("cuDeviceGetAttribute", Needs::Init, [&] {
    notNull(value);
    require(which > 0 && which < kAttributes, CUDA_ERROR_INVALID_VALUE);
    *value = attribute(theDriver().device(device), which);
  });
}

CU_API CUresult cuDeviceComputeCapability(int* major, int* minor, CUdevice device) {
  return call("cuDeviceComputeCapability", Needs::Init, [&] {
    notNull(major, minor);
    const int capability = theDriver().device(device).config.computeCapability;
    *major = capability / 10;
    *minor = capability % 10;
  });
}

CU_API CUresult cuDeviceGetProperties(CUdevprop* properties, CUdevice ordinal) {
  return call("cuDeviceGetProperties", Needs::Init, [&] {
    notNull(properties);
    const Device& device = theDriver().device(ordinal);
    auto at = [&](int which) { return attribute(device, which); };
    *properties = {at(1), {at(2), at(3), at(4)}, {at(5), at(6), at(7)}, at(8), at(9),
                   at(10), at(11), at(12), at(13), at(14)};
  });
}

CU_API CUresult cuDeviceGetPCIBusId(char* id, int length, CUdevice device) {
  return call("cuDeviceGetPCIBusId", Needs::Init, [&] {
    notNull(id);
    const int bus = theDriver().device(device).ordinal + 1;
    require(length >= 13, CUDA_ERROR_INVALID_VALUE);
    std::snprintf(id, length, "0000:%02X:00.0", bus & 0xff);
  });
}

CU_API CUresult cuDeviceGetByPCIBusId(CUdevice* device, const char* id) {
  return call("cuDeviceGetByPCIBusId", Needs::Init, [&] {
    notNull(device, id);
    unsigned bus = 0;
    const bool read = std::sscanf(id, "0000:%2x:00.0", &bus) == 1 || std::sscanf(id, "%2x:00.0", &bus) == 1;
    require(read && bus > 0 && bus <= theDriver().devices.size(), CUDA_ERROR_INVALID_VALUE);
    *device = static_cast<int>(bus) - 1;
  });
}

CU_API CUresult cuDeviceCanAccessPeer(int* can, CUdevice device, CUdevice peer) {
  return call("cuDeviceCanAccessPeer", Needs::Init, [&] {
    notNull(can);
    *can = theDriver().device(device).ordinal != theDriver().device(peer).ordinal;
  });
}

CU_API CUresult cuDeviceGetP2PAttribute(int* value, int which, CUdevice from, CUdevice to) {
  return call("cuDeviceGetP2PAttribute", Needs::Init, [&] {
    notNull(value);
    theDriver().device(from);
    theDriver().device(to);
    require(from != to, CUDA_ERROR_INVALID_DEVICE);
    constexpr int kRank = 1, kAccess = 2, kArrayAccess = 4;
    require(which >= kRank && which <= kArrayAccess, CUDA_ERROR_INVALID_VALUE);
    *value = which == kAccess;
  });
}
