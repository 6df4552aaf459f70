// One warp-wide memory access: where the lanes point, what is wrong with it, what it costs.
#pragma once

#include "warp.h"

namespace machine {

enum class AccessKind : std::uint8_t { Read, Write, Update };

struct Access {
  std::uint8_t* host[kLanes];   // of active lanes
  std::uint64_t address[kLanes];
  bool dense = false;           // lanes 0..n-1, one after the other, starting at host[0]
};

// Resolves, checks and counts the access of `bytes` per active lane. Throws LaunchError for what
// the hardware does not survive; everything else becomes a finding.
void access(Warp& warp, const Instruction& i, AccessKind kind, std::uint32_t bytes, Access& out);

// The same for one range touched on behalf of `thread` (asynchronous copies): host pointer.
std::uint8_t* accessGlobal(Warp& warp, const Instruction& i, AccessKind kind, int lane, Address address,
                           std::uint32_t bytes);

// A range of memory with its shadows.
struct Range {
  std::uint8_t* data;
  std::uint8_t* state;
  AccessCell* cells;      // null: no race detection (local, param)
  std::uint64_t offset;   // of the range in data, state and (by granule) cells
  std::uint64_t base;     // address of data[0], for messages
  int granule;
  Time floor;             // older accesses do not count
  bool shared;
};

Range sharedRange(Block& block, std::uint32_t offset);
Range globalRange(Grid& grid, Allocation& allocation, Address address);

// Initialised bytes, copies in flight, races; updates the shadows.
void checkBytes(Warp& warp, const Instruction& i, AccessKind kind, const Range& range, std::uint32_t bytes, int lane);
// The same for `lanes` lanes of `bytes` each, one after the other from lane 0 on.
void checkDense(Warp& warp, const Instruction& i, AccessKind kind, const Range& range, std::uint32_t bytes, int lanes);
// Only the race part, for a thread that need not be the running one; null instruction: silent.
void noteAccess(Grid& grid, const Range& range, std::uint32_t bytes, Thread thread, AccessKind kind);

// Counters. `sectors` are those of one request on one allocation.
void countGlobal(Warp& warp, Allocation& allocation, AccessKind kind, const std::uint64_t* address, std::uint32_t lanes,
                 std::uint32_t bytes, bool dense);
void countShared(Warp& warp, const std::uint64_t* address, std::uint32_t lanes, std::uint32_t bytes, bool dense);

}  // namespace machine
