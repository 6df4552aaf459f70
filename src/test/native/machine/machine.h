// The emulated machine as its users see it: load PTX, launch an entry, read counters and findings.
//
//   DeviceMemory memory(0, 1 << 30);
//   LoadResult loaded = load(ptxText, {.memory = memory, ...});
//   LaunchResult result = run(*loaded.module, entry, launch, memory);
//
// Nothing here knows of streams, contexts or handles: that is the driver's part. `run` is synchronous.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "memory.h"

namespace machine {

struct Dim3 {
  std::uint32_t x = 1, y = 1, z = 1;
  std::uint64_t count() const { return std::uint64_t{x} * y * z; }
};

// CUDA driver codes that loading and launching can give.
enum Status : int {
  kSuccess = 0,
  kInvalidValue = 1,
  kNoBinaryForGpu = 209,
  kInvalidPtx = 218,
  kUnsupportedPtxVersion = 222,
  kNotFound = 500,
  kIllegalAddress = 700,      // sticky
  kLaunchOutOfResources = 701,
  kLaunchTimeout = 702,       // sticky
  kCooperativeLaunchTooLarge = 720,
  kMisalignedAddress = 716,   // sticky
  kLaunchFailed = 719,        // sticky: trap, deadlock
};

struct DeviceLimits {
  int computeCapability = 75;  // major * 10 + minor
  int multiprocessors = 4;
  int maxThreadsPerBlock = 1024;
  int maxThreadsPerMultiprocessor = 1024;
  int maxBlocksPerMultiprocessor = 16;
  int registersPerMultiprocessor = 65536;
  int sharedPerBlock = 48 * 1024;
  int sharedPerBlockOptIn = 64 * 1024;
  int sharedPerMultiprocessor = 64 * 1024;
};

struct Parameter {
  std::string name;
  std::uint32_t offset = 0;  // in the parameter buffer
  std::uint32_t size = 0;
  std::uint32_t alignment = 0;
};

struct Kernel;  // decoded code, see program.h

struct Entry {
  std::string name;
  std::vector<Parameter> parameters;
  std::uint32_t parameterBytes = 0;
  int registers = 0;            // estimate: most registers live at once
  std::uint32_t staticShared = 0;
  std::uint32_t localBytes = 0;
  int maxThreads = 1024;        // .maxntid, else 1024
  Dim3 requiredBlock{0, 0, 0};  // .reqntid, else zeros
  Dim3 requiredCluster{0, 0, 0};  // .reqnctapercluster / .cluster_dim, else zeros
  bool explicitCluster = false;
  std::shared_ptr<const Kernel> code;
};

struct Global {
  std::string name;
  Address address = 0;
  std::uint64_t size = 0;
};

struct Module {
  int ptxVersion = 0;  // 9.0 is 90
  int target = 0;      // sm_90a is 90
  std::vector<Entry> entries;
  std::vector<Global> globals;  // allocated in the device's memory by `load`, freed by `unload`

  const Entry* entry(const std::string& name) const;
  const Global* global(const std::string& name) const;
};

struct LoadOptions {
  int computeCapability = 75;
  int maxPtxVersion = 999;  // newer PTX is refused with 222, as an old driver does
};

struct LoadResult {
  Status status = kSuccess;
  std::string log;  // "line 17: unknown instruction: 'foo.u32 %r1, %r2;'" when it failed
  std::unique_ptr<Module> module;
};

LoadResult load(const std::string& ptx, const LoadOptions& options, DeviceMemory& memory);
void unload(Module& module, DeviceMemory& memory);

enum class FindingKind {
  OutOfBounds,
  UseAfterFree,
  UninitialisedRead,
  Misaligned,
  SharedRace,
  GlobalRace,
  DivergentBarrier,
  MissingBarrierArrival,  // a barrier that can never complete
  IdleLaneShuffle,        // a lane in the mask does not take part, or is read while idle
  MissingWait,            // cp.async / bulk data read before it was waited for
  ReadOnlyCache,          // ld.global.nc of what the same launch writes
  EndlessLoop,
  Trap,
  BadLaunch,
  BadInstruction,  // use of mbarrier, cluster or bulk copy against their rules
};

const char* name(FindingKind kind);

struct Finding {
  FindingKind kind{};
  std::string message;  // complete sentence with kernel, block, thread and line
  std::string kernel;
  Dim3 block{0, 0, 0};
  Dim3 thread{0, 0, 0};
  int ptxLine = 0;
  std::string sourceFile;  // empty when built without -lineinfo
  int sourceLine = 0;
  std::uint64_t count = 1;  // how often at this instruction
};

struct Counters {
  std::uint64_t warpInstructions = 0;
  std::uint64_t threadInstructions = 0;
  std::uint64_t requests = 0;  // warp-wide global loads, stores and atomics
  std::uint64_t sectorsRead = 0, sectorsWritten = 0;  // of 32 bytes
  std::uint64_t uniqueSectorsRead = 0, uniqueSectorsWritten = 0;
  std::uint64_t idealSectors = 0;  // sectors if every request were dense
  std::uint64_t sharedRequests = 0;
  std::uint64_t sharedWavefronts = 0, sharedWavefrontsIdeal = 0;
  std::uint64_t barriers = 0;  // completed block barriers
  std::uint64_t clusterBarriers = 0;
  std::uint64_t atomics = 0;  // warp-wide global atomics and reductions
  std::uint64_t sharedAtomics = 0;
  std::uint64_t shuffles = 0;
  std::uint64_t divergentBranches = 0;
  std::uint64_t blocks = 0, threads = 0;
};

struct Launch {
  Dim3 grid, block;
  std::uint32_t dynamicShared = 0;
  std::vector<std::uint8_t> parameters;  // laid out as Entry::parameters says
  bool cooperative = false;
  Dim3 cluster{0, 0, 0};         // zeros: none, or what the entry requires
  std::uint64_t seed = 0;        // order of blocks and warps; 0: in order
  int ulpPerturbation = 0;       // 1: approximate instructions are off by up to one unit
  std::uint64_t maxWarpInstructions = 400'000'000;  // of one launch, then 702
  std::uint64_t maxIdleWarpInstructions = 4'000'000;  // without any progress, then 702
  bool checks = true;            // false: only bounds and alignment
  int maxFindings = 64;
};

struct LaunchResult {
  Status status = kSuccess;
  std::string message;  // in words, when status is not kSuccess
  Counters counters;
  std::vector<Finding> findings;
};

// What the driver refuses at once: block or shared size, cooperative grid, cluster shape.
LaunchResult validate(const Entry& entry, const Launch& launch, const DeviceLimits& limits);
int residentBlocksPerMultiprocessor(const Entry& entry, int threads, std::uint32_t dynamicShared,
                                    const DeviceLimits& limits);
// Runs to the end. A finding does not stop the launch unless the hardware would stop, too.
LaunchResult run(const Entry& entry, const Launch& launch, const DeviceLimits& limits,
                 DeviceMemory& memory);

}  // namespace machine
