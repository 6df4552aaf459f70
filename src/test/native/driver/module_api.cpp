// Modules, functions, their attributes and occupancy.
#include <algorithm>
#include <cstring>
#include <fstream>
#include <sstream>

#include "call.h"
#include "module.h"

namespace driver {

void Module::unload() {
  if (code == nullptr) return;
  for (auto& [name, function] : functions) {
    function->entry = nullptr;
    theDriver().objects.erase(function->handle);
  }
  functions.clear();
  machine::unload(*code, *context->device->memory);
  code = nullptr;
}

}  // namespace driver

using namespace driver;

namespace {

// Log buffers of cuModuleLoadDataEx: where they are, how large, and where to say how much was used.
struct Log {
  char* buffer = nullptr;
  std::size_t size = 0;
  void** used = nullptr;

  void write(const std::string& text) const {
    const std::size_t length = size == 0 ? 0 : std::min(text.size(), size - 1);
    if (buffer != nullptr && size > 0) {
      std::memcpy(buffer, text.data(), length);
      buffer[length] = 0;
    }
    if (used != nullptr) *used = reinterpret_cast<void*>(length);
  }
};

struct Logs {
  Log info, error;
};

Logs logs(unsigned count, const int* options, void** values) {
  Logs found;
  if (count > 0) notNull(options, values);
  for (unsigned i = 0; i < count; ++i) {
    const auto size = static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(values[i]));
    switch (options[i]) {
      case kJitInfoLog: found.info.buffer = static_cast<char*>(values[i]); break;
      case kJitErrorLog: found.error.buffer = static_cast<char*>(values[i]); break;
      case kJitInfoLogBytes: found.info.size = size; found.info.used = &values[i]; break;
      case kJitErrorLogBytes: found.error.size = size; found.error.used = &values[i]; break;
      default: break;  // nothing else changes what an interpreter does
    }
  }
  return found;
}

void load(CUmodule* out, const std::string& ptx, const Logs& logs) {
  auto context = current();
  refuseInCapture();
  Driver& driver = theDriver();
  require(ptx.find(".version") != std::string::npos, CUDA_ERROR_INVALID_IMAGE);
  machine::LoadOptions options;
  options.computeCapability = context->device->config.computeCapability;
  options.maxPtxVersion = newestPtx(driver.configuration.driverVersion);
  machine::LoadResult result = machine::load(ptx, options, *context->device->memory);
  driver.lastMessage = result.log;
  logs.info.write("");
  logs.error.write(result.status == machine::kSuccess ? "" : result.log);
  require(result.status == machine::kSuccess, result.status);
  auto module = driver.add(std::make_shared<Module>());
  module->context = context;
  module->code = std::move(result.module);
  context->handles.insert(module->handle);
  *out = module->handle;
}

CUresult loadImage(const char* name, CUmodule* out, const void* image, unsigned count,
                   const int* options, void** values) {
  return call(name, Needs::Context, [&] {
    notNull(out, image);
    load(out, static_cast<const char*>(image), logs(count, options, values));
  });
}

std::shared_ptr<Function> function(CUfunction handle) {
  auto found = theDriver().get<Function>(handle);
  require(found->entry != nullptr, CUDA_ERROR_INVALID_HANDLE);
  return found;
}

const machine::DeviceLimits& limits(const Function& function) {
  return function.module.lock()->context->device->limits;
}

int attribute(const Function& function, int which) {
  const machine::Entry& entry = *function.entry;
  const int binary = limits(function).computeCapability;
  switch (which) {
    case kFuncMaxThreadsPerBlock: return entry.maxThreads;
    case kFuncSharedSizeBytes: return static_cast<int>(entry.staticShared);
    case kFuncConstSizeBytes: return 0;
    case kFuncLocalSizeBytes: return static_cast<int>(entry.localBytes);
    case kFuncNumRegs: return entry.registers;
    case kFuncPtxVersion: return function.module.lock()->code->target;
    case kFuncBinaryVersion: return binary;
    case kFuncCacheModeCa: return 0;
    case kFuncMaxDynamicShared: return function.maxDynamicShared;
    case kFuncCarveout: return function.carveout;
    case kFuncClusterMustBeSet: return entry.explicitCluster;
    case kFuncClusterWidth: return static_cast<int>(entry.requiredCluster.x);
    case kFuncClusterHeight: return static_cast<int>(entry.requiredCluster.y);
    case kFuncClusterDepth: return static_cast<int>(entry.requiredCluster.z);
    case kFuncNonPortableCluster: return function.nonPortableCluster;
    case kFuncClusterPolicy: return 0;
    default: fail(CUDA_ERROR_INVALID_VALUE);
  }
}

int residentBlocks(const Function& function, int threads, std::size_t dynamicShared) {
  require(threads > 0 && dynamicShared <= UINT32_MAX, CUDA_ERROR_INVALID_VALUE);
  if (dynamicShared > static_cast<std::size_t>(limits(function).sharedPerBlockOptIn)) return 0;
  return machine::residentBlocksPerMultiprocessor(*function.entry, threads,
                                                  static_cast<std::uint32_t>(dynamicShared),
                                                  limits(function));
}

// The block size with most resident threads; the larger one where several are equal.
void potentialBlockSize(int* grid, int* block, const Function& function,
                        CUoccupancyB2DSize sharedOf, std::size_t dynamicShared, int limit) {
  notNull(grid, block);
  const int most = limit > 0 ? std::min(limit, function.entry->maxThreads) : function.entry->maxThreads;
  int best = 0;
  for (int threads = std::max(32, most / 32 * 32); threads >= 32; threads -= 32) {
    const int size = std::min(threads, most);
    const std::size_t shared = sharedOf != nullptr ? sharedOf(size) : dynamicShared;
    const int blocks = residentBlocks(function, size, shared);
    if (blocks * size <= best) continue;
    best = blocks * size;
    *block = size;
    *grid = blocks * limits(function).multiprocessors;
  }
  require(best > 0, CUDA_ERROR_INVALID_VALUE);
}

}  // namespace

CU_API CUresult cuModuleLoadData(CUmodule* module, const void* image) {
  return loadImage("cuModuleLoadData", module, image, 0, nullptr, nullptr);
}

CU_API CUresult cuModuleLoadDataEx(CUmodule* module, const void* image, unsigned count, int* options,
                                   void** values) {
  return loadImage("cuModuleLoadDataEx", module, image, count, options, values);
}

CU_API CUresult cuModuleLoad(CUmodule* module, const char* path) {
  return call("cuModuleLoad", Needs::Context, [&] {
    notNull(module, path);
    std::ifstream file(path, std::ios::binary);
    require(file.is_open(), CUDA_ERROR_FILE_NOT_FOUND);
    std::ostringstream text;
    text << file.rdbuf();
    load(module, text.str(), {});
  });
}

CU_API CUresult cuModuleUnload(CUmodule handle) {
  return call("cuModuleUnload", Needs::Context, [&] {
    auto module = theDriver().get<Module>(handle);
    refuseInCapture();
    synchronise(*module->context);
    module->context->handles.erase(handle);
    module->unload();
    theDriver().objects.erase(handle);
  });
}

CU_API CUresult cuModuleGetLoadingMode(int* mode) {
  return call("cuModuleGetLoadingMode", Needs::Init, [&] {
    notNull(mode);
    *mode = 1;  // eager
  });
}

CU_API CUresult cuModuleGetFunction(CUfunction* out, CUmodule handle, const char* name) {
  return call("cuModuleGetFunction", Needs::Context, [&] {
    notNull(out, name);
    auto module = theDriver().get<Module>(handle);
    const machine::Entry* entry = module->code->entry(name);
    require(entry != nullptr, CUDA_ERROR_NOT_FOUND);
    auto& known = module->functions[name];
    if (known == nullptr) {
      known = theDriver().add(std::make_shared<Function>());
      known->module = module;
      known->entry = entry;
    }
    *out = known->handle;
  });
}

CU_API CUresult cuModuleGetGlobal_v2(CUdeviceptr* address, std::size_t* bytes, CUmodule handle,
                                     const char* name) {
  return call("cuModuleGetGlobal", Needs::Context, [&] {
    notNull(name);
    auto module = theDriver().get<Module>(handle);
    const machine::Global* global = module->code->global(name);
    require(global != nullptr, CUDA_ERROR_NOT_FOUND);
    if (address != nullptr) *address = global->address;
    if (bytes != nullptr) *bytes = global->size;
  });
}

CU_API CUresult cuFuncGetModule(CUmodule* out, CUfunction handle) {
  return call("cuFuncGetModule", Needs::Init, [&] {
    notNull(out);
    *out = function(handle)->module.lock()->handle;
  });
}

CU_API CUresult cuFuncGetAttribute(int* value, int which, CUfunction handle) {
  return call("cuFuncGetAttribute", Needs::Context, [&] {
    notNull(value);
    *value = attribute(*function(handle), which);
  });
}

CU_API CUresult cuFuncSetAttribute(CUfunction handle, int which, int value) {
  return call("cuFuncSetAttribute", Needs::Context, [&] {
    auto target = function(handle);
    const auto room = limits(*target).sharedPerBlockOptIn - static_cast<int>(target->entry->staticShared);
    switch (which) {
      case kFuncMaxDynamicShared:
        require(value >= 0 && value <= room, CUDA_ERROR_INVALID_VALUE);
        target->maxDynamicShared = value;
        return;
      case kFuncCarveout:
        require(value >= -1 && value <= 100, CUDA_ERROR_INVALID_VALUE);
        target->carveout = value;
        return;
      case kFuncNonPortableCluster: target->nonPortableCluster = value != 0; return;
      case kFuncClusterPolicy: return;
      default: fail(CUDA_ERROR_INVALID_VALUE);
    }
  });
}

CU_API CUresult cuFuncSetCacheConfig(CUfunction handle, int) {
  return call("cuFuncSetCacheConfig", Needs::Context, [&] { function(handle); });
}

CU_API CUresult cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, CUfunction handle,
                                                            int threads, std::size_t shared) {
  return call("cuOccupancyMaxActiveBlocksPerMultiprocessor", Needs::Context, [&] {
    notNull(blocks);
    *blocks = residentBlocks(*function(handle), threads, shared);
  });
}

CU_API CUresult cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int* blocks, CUfunction handle,
                                                                     int threads,
                                                                     std::size_t shared, unsigned) {
  return call("cuOccupancyMaxActiveBlocksPerMultiprocessor", Needs::Context, [&] {
    notNull(blocks);
    *blocks = residentBlocks(*function(handle), threads, shared);
  });
}

CU_API CUresult cuOccupancyMaxPotentialBlockSize(int* grid, int* block, CUfunction handle,
                                                 CUoccupancyB2DSize sharedOf, std::size_t shared,
                                                 int limit) {
  return call("cuOccupancyMaxPotentialBlockSize", Needs::Context, [&] {
    potentialBlockSize(grid, block, *function(handle), sharedOf, shared, limit);
  });
}

CU_API CUresult cuOccupancyMaxPotentialBlockSizeWithFlags(int* grid, int* block, CUfunction handle,
                                                          CUoccupancyB2DSize sharedOf,
                                                          std::size_t shared, int limit, unsigned) {
  return call("cuOccupancyMaxPotentialBlockSize", Needs::Context, [&] {
    potentialBlockSize(grid, block, *function(handle), sharedOf, shared, limit);
  });
}

CU_API CUresult cuOccupancyAvailableDynamicSMemPerBlock(std::size_t* bytes, CUfunction handle,
                                                        int blocks, int threads) {
  return call("cuOccupancyAvailableDynamicSMemPerBlock", Needs::Context, [&] {
    notNull(bytes);
    auto target = function(handle);
    require(blocks > 0 && threads > 0, CUDA_ERROR_INVALID_VALUE);
    std::size_t low = 0, high = limits(*target).sharedPerBlockOptIn;
    require(residentBlocks(*target, threads, 0) >= blocks, CUDA_ERROR_INVALID_VALUE);
    while (low < high) {
      const std::size_t middle = (low + high + 1) / 2;
      if (residentBlocks(*target, threads, middle) >= blocks) low = middle;
      else high = middle - 1;
    }
    *bytes = low;
  });
}
