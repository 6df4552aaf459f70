// Kernel launches: what is refused at once, and what happens when the work is waited for.
#include <cstring>

#include "call.h"
#include "module.h"

using namespace driver;

namespace {

constexpr double kLaunchSeconds = 3e-6, kBytesPerSecond = 1e12, kInstructionsPerSecond = 1e12;

struct Shape {
  unsigned gridX, gridY, gridZ, blockX, blockY, blockZ, shared;
};

bool fits(const Shape& shape) {
  const bool nonZero = shape.gridX && shape.gridY && shape.gridZ && shape.blockX && shape.blockY &&
                       shape.blockZ;
  const bool grid = shape.gridX <= 2147483647u && shape.gridY <= 65535 && shape.gridZ <= 65535;
  const bool block = shape.blockX <= 1024 && shape.blockY <= 1024 && shape.blockZ <= 64;
  return nonZero && grid && block;
}

// The parameters in one buffer, from an array of pointers or from `extra`.
std::vector<std::uint8_t> parameters(const machine::Entry& entry, void** pointers, void** extra) {
  std::vector<std::uint8_t> buffer(entry.parameterBytes);
  require(pointers == nullptr || extra == nullptr, CUDA_ERROR_INVALID_VALUE);
  if (extra != nullptr) {
    constexpr std::uintptr_t kEnd = 0, kPointer = 1, kSize = 2;
    const void* from = nullptr;
    std::size_t size = 0;
    for (; reinterpret_cast<std::uintptr_t>(*extra) != kEnd; extra += 2) {
      const auto what = reinterpret_cast<std::uintptr_t>(*extra);
      require(what == kPointer || what == kSize, CUDA_ERROR_INVALID_VALUE);
      if (what == kPointer) from = extra[1];
      else size = *static_cast<std::size_t*>(extra[1]);
    }
    require(from != nullptr && size == buffer.size(), CUDA_ERROR_INVALID_VALUE);
    std::memcpy(buffer.data(), from, size);
    return buffer;
  }
  require(pointers != nullptr || entry.parameters.empty(), CUDA_ERROR_INVALID_VALUE);
  for (std::size_t i = 0; i < entry.parameters.size(); ++i) {
    const machine::Parameter& parameter = entry.parameters[i];
    require(pointers[i] != nullptr, CUDA_ERROR_INVALID_VALUE);
    std::memcpy(buffer.data() + parameter.offset, pointers[i], parameter.size);
  }
  return buffer;
}

double execute(const std::shared_ptr<Function>& function, Device& device, machine::Launch launch,
               const std::string& name) {
  Driver& driver = theDriver();
  if (function->entry == nullptr) {
    driver.complaints.push_back(name + " was launched by a graph after its module was unloaded");
    fail(CUDA_ERROR_LAUNCH_FAILED);
  }
  launch.seed = driver.execution.seed;
  launch.ulpPerturbation = driver.execution.ulpPerturbation;
  launch.checks = driver.execution.checks;
  if (driver.execution.maxWarpInstructions > 0) {
    launch.maxWarpInstructions = driver.execution.maxWarpInstructions;
  }
  const CUresult injected = driver.injections.next("kernel");
  machine::LaunchResult result;
  if (injected == CUDA_SUCCESS) {
    result = machine::run(*function->entry, launch, device.limits, *device.memory);
  }
  const CUresult status = injected != CUDA_SUCCESS ? injected : int{result.status};
  driver.findings.insert(driver.findings.end(), result.findings.begin(), result.findings.end());
  launch.parameters.clear();
  driver.launches.push_back({name, device.ordinal, launch, status, result.counters});
  if (status != CUDA_SUCCESS) driver.lastMessage = result.message;
  require(status == CUDA_SUCCESS, status);
  const auto& counters = result.counters;
  return kLaunchSeconds + 32.0 * (counters.sectorsRead + counters.sectorsWritten) / kBytesPerSecond +
         counters.threadInstructions / kInstructionsPerSecond;
}

CUresult launch(const char* name, CUfunction handle, const Shape& shape, CUstream streamHandle,
                void** pointers, void** extra, bool cooperative) {
  return call(name, Needs::Init, [&] {
    auto target = stream(streamHandle);
    auto context = contextOf(*target);
    auto function = theDriver().get<Function>(handle);
    require(function->entry != nullptr, CUDA_ERROR_INVALID_HANDLE);
    auto module = function->module.lock();
    require(module != nullptr && module->context == context, CUDA_ERROR_INVALID_HANDLE);
    require(fits(shape), CUDA_ERROR_INVALID_VALUE);
    machine::Launch request;
    request.grid = {shape.gridX, shape.gridY, shape.gridZ};
    request.block = {shape.blockX, shape.blockY, shape.blockZ};
    request.dynamicShared = shape.shared;
    request.cooperative = cooperative;
    require(shape.shared <= static_cast<unsigned>(function->maxDynamicShared),
            CUDA_ERROR_INVALID_VALUE);
    constexpr std::uint64_t kPortableCluster = 8;
    const bool large = function->entry->requiredCluster.count() > kPortableCluster;
    require(!large || function->nonPortableCluster, CUDA_ERROR_INVALID_CLUSTER_SIZE);
    request.parameters = parameters(*function->entry, pointers, extra);
    Device& device = *context->device;
    const auto valid = machine::validate(*function->entry, request, device.limits);
    if (valid.status != machine::kSuccess) theDriver().lastMessage = valid.message;
    require(valid.status == machine::kSuccess, valid.status);
    const std::string kernel = function->entry->name;
    enqueue(*target, kNodeKernel, kernel,
            [=, &device] { return execute(function, device, request, kernel); });
  });
}

}  // namespace

CU_API CUresult cuLaunchKernel(CUfunction function, unsigned gridX, unsigned gridY, unsigned gridZ,
                               unsigned blockX, unsigned blockY, unsigned blockZ, unsigned shared,
                               CUstream stream, void** parameters, void** extra) {
  return launch("cuLaunchKernel", function,
                {gridX, gridY, gridZ, blockX, blockY, blockZ, shared}, stream, parameters, extra,
                false);
}

CU_API CUresult cuLaunchCooperativeKernel(CUfunction function, unsigned gridX, unsigned gridY,
                                          unsigned gridZ, unsigned blockX, unsigned blockY,
                                          unsigned blockZ, unsigned shared, CUstream stream,
                                          void** parameters) {
  return launch("cuLaunchCooperativeKernel", function,
                {gridX, gridY, gridZ, blockX, blockY, blockZ, shared}, stream, parameters, nullptr,
                true);
}
