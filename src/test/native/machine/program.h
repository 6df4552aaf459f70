// Decoded code: an array of instructions, each with its function and the places of its operands.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ptx.h"

namespace machine {

struct Warp;
struct Instruction;
using Execute = void (*)(Warp&, const Instruction&);

constexpr int kLanes = 32;
constexpr std::uint32_t kAllLanes = 0xffffffffu;

// Where 32 lanes of a value lie: a byte offset into the warp's registers, or, with the top bit,
// into the kernel's constants (immediates, spread over the lanes). Predicates are lane masks.
using Place = std::uint32_t;
constexpr Place kConstant = 0x80000000u;
constexpr Place kNowhere = 0x7fffffffu;

enum class Space : std::uint8_t { Generic, Global, Shared, Local, Param };
enum class Scope : std::uint8_t { Block, Cluster, Device };

struct Instruction {
  Execute run = nullptr;
  Execute inner = nullptr;         // what a rounding or saturating wrapper wraps
  Place d = kNowhere, a = kNowhere, b = kNowhere, c = kNowhere, e = kNowhere;
  Place predicate = kNowhere;      // of @p
  bool negated = false;            // @!p
  bool control = false;            // also runs with no lane left (it moves the program counter)
  std::uint8_t vector = 1;         // elements of a vector access
  std::uint8_t bytes = 0;          // of one element in memory
  std::uint8_t width = 0;          // of the register that holds it
  std::uint8_t sourceWidth = 0;    // cvt: of the source register
  bool isSigned = false;
  bool aligned = false;            // barrier: all threads of the warp must be there
  Space space = Space::Generic;
  Scope scope = Scope::Device;
  bool strong = false, acquire = false, release = false;
  bool readOnly = false;           // ld.global.nc: through a cache that never hears of writes
  std::uint32_t mode = 0;          // meaning depends on the function: shuffle kind, negations ...
  std::uint32_t environment = 0;   // control word of the processor, see environment.h
  std::uint8_t saturate = 0;       // bytes of the float type to clamp to [0, 1]
  std::int64_t immediate = 0;      // address offset, group count ...
  std::int64_t immediate2 = 0;     // offset of a second address (places[0])
  std::int64_t immediate3 = 0;     // and of a third (places[1])
  std::uint32_t target = 0;        // bra: index of an instruction
  Place places[8] = {kNowhere, kNowhere, kNowhere, kNowhere, kNowhere, kNowhere, kNowhere, kNowhere};
  std::uint32_t index = 0;         // own position, for caches beside the code
  int line = 0;
  ptx::Source source;
};

enum class Special : int {
  TidX, TidY, TidZ, NtidX, NtidY, NtidZ, CtaidX, CtaidY, CtaidZ, NctaidX, NctaidY, NctaidZ,
  LaneId, WarpId, NwarpId, LaneMaskEq, LaneMaskLe, LaneMaskLt, LaneMaskGe, LaneMaskGt,
  SmId, NsmId, GridId, DynamicSharedSize, TotalSharedSize, ClusterCtaidX, ClusterCtaidY, ClusterCtaidZ,
  ClusterNctaidX, ClusterNctaidY, ClusterNctaidZ, ClusterCtaRank, ClusterNctaRank,
  ClusteridX, ClusteridY, ClusteridZ, NclusteridX, NclusteridY, NclusteridZ, IsExplicitCluster,
  EnvReg0, EnvReg1, EnvReg2, EnvReg3
};

struct SpecialUse {
  Special special;
  Place place;  // a 32-bit register that every warp has filled at its start
};

struct Kernel {
  std::string name;
  std::vector<Instruction> code;
  std::vector<std::uint8_t> constants;
  std::uint32_t registerBytes = 0;  // of one warp
  std::vector<SpecialUse> specials;
  std::uint32_t staticShared = 0;
  std::uint32_t localBytes = 0;     // of one thread
  int globalGranule = 4, sharedGranule = 4;  // narrowest access, bytes (1, 2 or 4)
  std::map<int, std::string> files;
};

// Addresses of the shared window start here, so that an index below an array is noticed.
constexpr std::uint32_t kSharedBase = 1024;
constexpr int kClusterRankShift = 24;  // shared::cluster address: (rank + 1) << 24 | offset
// Generic windows, outside of what DeviceMemory gives.
constexpr std::uint64_t kSharedWindow = 0x1'0000'0000ull;
constexpr std::uint64_t kLocalWindow = 0x2'0000'0000ull;
constexpr std::uint64_t kParamWindow = 0x3'0000'0000ull;
constexpr std::uint64_t kWindowSize = 0x1'0000'0000ull;

}  // namespace machine
