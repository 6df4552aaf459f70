// The state of a running grid: warps, blocks, clusters, and what they share.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "happens_before.h"
#include "machine.h"
#include "program.h"
#include "shadow.h"

namespace machine {

struct Block;
struct Grid;

enum class Wait : std::uint8_t { None, Barrier, Cluster, Convergence };

// Lanes of a warp that are at the same instruction.
struct LaneGroup {
  std::uint32_t pc = 0;
  std::uint32_t mask = 0;
  Wait wait = Wait::None;
  int barrier = -1;
};

// Thrown for what ends the launch: the hardware's sticky errors.
struct LaunchError {
  Status status;
  std::string message;
};

struct AsyncCopy {  // cp.async of one lane
  std::uint32_t to;  // offset in the block's shared memory
  std::uint32_t bytes;
  std::uint8_t data[16];
};

struct LaneAsync {
  std::vector<AsyncCopy> open;
  std::deque<std::vector<AsyncCopy>> groups;  // committed, oldest first
};

// cp.async.bulk. The data moves when it is waited for, the latest moment the hardware may take.
struct BulkCopy {
  std::uint8_t* to;
  const std::uint8_t* from;
  std::uint8_t *toState, *fromState;
  std::uint32_t bytes;
  Block* issuer;
  Thread thread;
};

struct LaneBulk {
  std::vector<BulkCopy> open;
  std::deque<std::vector<BulkCopy>> groups;
};

struct MBarrier {
  std::uint32_t expected = 0, pending = 0;
  std::int64_t bytes = 0;  // still to come in this phase
  std::uint64_t phase = 0;
  std::vector<BulkCopy> incoming;
};

struct Warp {
  Block* block = nullptr;
  Grid* grid = nullptr;
  std::uint8_t* bases[2] = {nullptr, nullptr};  // registers, constants
  int index = 0;                 // in the block
  std::uint32_t live = 0;        // lanes that are threads and have not exited

  // The running group.
  std::uint32_t pc = 0;
  std::uint32_t group = 0;       // its lanes
  std::uint32_t active = 0;      // of them those whose predicate holds, for this instruction
  std::uint32_t limit = ~0u;     // leave the group here: other lanes wait there
  bool stop = false;             // give the turn back
  std::uint32_t clusterPhase = 0;  // in which it arrived last
  std::uint32_t clusterSeen = 0;   // phases that it has waited for
  int backward = 0;              // backward branches since the group was chosen
  std::uint64_t turnInstructions = 0;
  std::uint64_t idle = 0, progressSeen = 0;  // instructions since anything changed
  std::vector<LaneGroup> waiting;  // the other groups

  // The last strong read of global memory, for as long as nothing was written since: read again, it is a poll.
  std::uint32_t polling = ~0u, pollingLanes = 0;  // instruction, lanes
  std::array<std::uint64_t, kLanes> polled{};     // addresses

  std::vector<std::uint8_t> local, localState;      // [lane][bytes]
  std::unique_ptr<std::array<LaneAsync, kLanes>> async;  // made by the first cp.async
  std::unique_ptr<std::array<LaneBulk, kLanes>> bulk;    // from shared to global memory

  template <class T> T* at(Place place) { return reinterpret_cast<T*>(bases[place >> 31] + (place & ~kConstant)); }
  std::uint32_t& mask(Place place) { return *at<std::uint32_t>(place); }
  Thread thread(int lane) const;
  Dim3 threadIndex(int lane) const;

  // Leaves the group at `at` until it is released; the next group is chosen after this instruction.
  void park(std::uint32_t lanes, std::uint32_t at, Wait wait, int barrier = -1);
  void jump(std::uint32_t lanes, std::uint32_t target);  // these lanes go to target, the rest on
  void exitLanes(std::uint32_t lanes);
  void choose();  // the group with the lowest instruction becomes the running one
  void rotate();  // ... the next higher one, so that a spinning group does not starve it
  bool runnable() const;
};

struct Barrier {
  int arrived = 0;        // threads, rounded up to warps when a count is given
  int expected = 0;       // 0: all threads of the block
  std::uint32_t pc = ~0u; // of the first arrival
  std::uint32_t trueVotes = 0;
  bool mixed = false;     // arrivals from different instructions were reported
};

struct Cluster {
  std::vector<Block*> blocks;
  int liveThreads = 0;
  int arrived = 0;
  std::uint32_t phase = 0;
  // Of each warp of all blocks: its accesses before that time are handed over by the phase that it has
  // arrived at, or by the one that was completed last or last but one.
  std::vector<Time> arriving, handed[2];

  std::size_t place(const Block& block, int warp) const;
};

// True if a phase of the cluster's barrier that the warp has waited for handed over the access.
bool orderedInCluster(const Warp& warp, Thread earlier, Time time);

struct Block {
  Grid* grid = nullptr;
  std::uint32_t number = 0;       // in the grid
  Dim3 index{0, 0, 0};
  std::uint32_t clusterRank = 0;
  Cluster* cluster = nullptr;
  std::vector<Warp> warps;
  std::vector<std::uint8_t> registers;
  std::vector<std::uint8_t> shared, sharedState;
  std::vector<AccessCell> sharedCells;
  std::array<Barrier, 16> barriers;
  int liveThreads = 0;
  Thread remoteUser = 0;  // the thread of another block that used the shared memory last, and when
  Time remoteTime = 0;
  BlockOrder order;
};

// Everything of one launch.
struct Grid {
  Grid(const Entry& entry, const Launch& launch, const DeviceLimits& limits, DeviceMemory& memory);
  ~Grid();
  void run();  // see executor.cpp

  // Notes a finding once per kind and instruction.
  void report(FindingKind kind, const Warp& warp, const Instruction& i, int lane, const std::string& what);
  [[noreturn]] void fail(Status status, FindingKind kind, const Warp& warp, const Instruction& i, int lane,
                         const std::string& what);
  std::string threadName(Thread thread) const;  // "thread (3,0,0) of block (1,0,0)"

  const Entry& entry;
  const Kernel& kernel;
  const Launch& launch;
  const DeviceLimits& limits;
  DeviceMemory& memory;
  Dim3 clusterShape;
  std::uint32_t launchNumber;
  Time start;
  HappensBefore order;
  Counters counters;
  std::vector<Finding> findings;
  std::vector<Allocation*> lastAllocation;  // by instruction: where it found its data last
  std::vector<std::uint8_t> parameters, parameterState;
  Address workspace = 0;                    // of a cooperative launch, for grid barriers
  std::uint64_t progress = 0;               // moves whenever a warp does what others can see
  std::uint64_t sharedBytes = 0;
  std::unordered_map<const std::uint8_t*, MBarrier> mbarriers;  // by where they lie
};

}  // namespace machine
