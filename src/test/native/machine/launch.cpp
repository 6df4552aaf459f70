// What a launch may ask for, and how many blocks fit on a multiprocessor.
#include <algorithm>

#include "warp.h"

namespace machine {

namespace {

LaunchResult refuse(Status status, const std::string& why) {
  LaunchResult result;
  result.status = status;
  result.message = why;
  return result;
}

Dim3 clusterOf(const Entry& entry, const Launch& launch) {
  if (launch.cluster.x) return launch.cluster;
  return entry.requiredCluster;
}

}  // namespace

int residentBlocksPerMultiprocessor(const Entry& entry, int threads, std::uint32_t dynamicShared, const DeviceLimits& limits) {
  if (threads < 1 || threads > limits.maxThreadsPerBlock) return 0;
  const int warps = (threads + kLanes - 1) / kLanes;
  const int registersPerWarp = (entry.registers * kLanes + 255) / 256 * 256;
  const std::uint64_t asked = entry.staticShared + std::uint64_t{dynamicShared};
  if (asked > static_cast<std::uint64_t>(limits.sharedPerBlockOptIn)) return 0;
  // From 8.0 on the system takes 1 KiB of each block's.
  const std::uint64_t shared = asked + (limits.computeCapability >= 80 ? 1024 : 0);
  int blocks = std::min(limits.maxBlocksPerMultiprocessor, limits.maxThreadsPerMultiprocessor / (warps * kLanes));
  blocks = std::min(blocks, limits.registersPerMultiprocessor / (registersPerWarp * warps));
  if (shared) blocks = std::min<int>(blocks, static_cast<int>(static_cast<std::uint64_t>(limits.sharedPerMultiprocessor) / shared));
  return blocks;
}

LaunchResult validate(const Entry& entry, const Launch& launch, const DeviceLimits& limits) {
  const std::uint64_t threads = launch.block.count();
  const Dim3& grid = launch.grid;
  if (threads == 0 || grid.count() == 0) return refuse(kInvalidValue, "grid and block must not be empty");
  if (grid.x > 0x7fffffffu || grid.y > 65535 || grid.z > 65535) return refuse(kInvalidValue, "grid exceeds 2147483647 x 65535 x 65535");
  if (launch.block.z > 64 || threads > static_cast<std::uint64_t>(limits.maxThreadsPerBlock))
    return refuse(kInvalidValue, "block has " + std::to_string(threads) + " threads, at most " + std::to_string(limits.maxThreadsPerBlock));
  if (threads > static_cast<std::uint64_t>(entry.maxThreads))
    return refuse(kInvalidValue, "kernel " + entry.name + " allows " + std::to_string(entry.maxThreads) + " threads per block, got " + std::to_string(threads));
  const Dim3& required = entry.requiredBlock;
  if (required.x && (required.x != launch.block.x || required.y != launch.block.y || required.z != launch.block.z))
    return refuse(kInvalidValue, "kernel " + entry.name + " requires another block shape");
  const std::uint64_t shared = entry.staticShared + std::uint64_t{launch.dynamicShared};
  if (shared > static_cast<std::uint64_t>(limits.sharedPerBlockOptIn))
    return refuse(kInvalidValue, std::to_string(shared) + " bytes of shared memory per block, at most " + std::to_string(limits.sharedPerBlockOptIn));
  if (launch.parameters.size() < entry.parameterBytes)
    return refuse(kInvalidValue, "expected " + std::to_string(entry.parameterBytes) + " bytes of parameters, got " + std::to_string(launch.parameters.size()));
  const int resident = residentBlocksPerMultiprocessor(entry, static_cast<int>(threads), launch.dynamicShared, limits);
  if (resident < 1) return refuse(kLaunchOutOfResources, "not one block fits on a multiprocessor");
  if (launch.cooperative && grid.count() > static_cast<std::uint64_t>(resident) * static_cast<std::uint64_t>(limits.multiprocessors))
    return refuse(kCooperativeLaunchTooLarge, std::to_string(grid.count()) + " blocks do not fit on the device at once, " +
                                                  std::to_string(resident * limits.multiprocessors) + " do");
  const Dim3 cluster = clusterOf(entry, launch);
  if (cluster.x) {
    if (limits.computeCapability < 90) return refuse(kInvalidValue, "clusters need compute capability 9.0");
    if (grid.x % cluster.x || grid.y % cluster.y || grid.z % cluster.z) return refuse(kInvalidValue, "the grid is not a multiple of the cluster");
    if (cluster.count() > 16) return refuse(kInvalidValue, "a cluster has at most 16 blocks");
  }
  if (grid.count() * ((threads + kLanes - 1) / kLanes * kLanes) >= AccessCell::kReadOnly) return refuse(kInvalidValue, "more than 2^30 threads are not emulated");
  return {};
}

}  // namespace machine
