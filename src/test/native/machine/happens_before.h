// Which access happens before which: the memory model as far as races need it.
//
// Time is one counter per device that moves at every synchronisation. An access at time t of thread
// p is ordered before what thread u does now if p is u, or if a synchronisation of both (warp,
// block, cluster) is later than t, or if u has acquired from a location to which p's side had
// released after t. Releases are kept per location as a log; knowing a location up to some version
// means knowing every release before that version. Chains through several locations are followed.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

namespace machine {

using Time = std::uint32_t;
using Thread = std::uint32_t;  // number in the grid, blocks rounded up to whole warps

// Locations acquired from, with the version up to which.
using Knowledge = std::map<std::uint64_t, std::uint32_t>;

struct Release {
  std::uint32_t version = 0;
  std::uint32_t block = 0;
  Thread thread = 0;
  Time threadTime = 0;  // the thread's own accesses before this are released
  Time warpTime = 0;    // those of its warp before this
  Time blockTime = 0;   // those of its block before this
  bool blockScope = false;
  std::shared_ptr<const std::vector<Time>> fences;  // per thread of the block, made before its barrier
};

struct Location {
  std::uint32_t version = 0;
  std::unordered_map<std::uint32_t, std::vector<Release>> byBlock;
  Knowledge inherited;
};

struct ThreadOrder {
  Time fence = 0;        // last fence, of any scope
  Time wideFence = 0;    // last one of cluster scope or wider
  Time blockAtFence = 0, warpAtFence = 0;  // last barrier of the block and of the warp before it
  Knowledge known;       // acquired
  Knowledge pending;     // read without acquire semantics: a later fence makes it known
};

// The part that belongs to a block.
struct BlockOrder {
  std::uint32_t number = 0;
  std::uint32_t firstThread = 0;
  int threads = 0;
  Time start = 0;
  Time barrier = 0;               // last barrier of the whole block
  Time clusterBarrier = 0;        // completed; accesses before are ordered within the cluster
  std::vector<Time> warpSync;     // per thread: last __syncwarp
  std::vector<Time> fences;       // per thread: last device-wide fence, empty until there is one
  std::vector<Time> proxyFences;  // per thread: last fence.proxy.async
  std::unordered_map<Thread, ThreadOrder> special;  // threads that fence, acquire or release
  Knowledge known, pending;       // of all threads, since the last barrier

  void reset(std::uint32_t blockNumber, int blockThreads, Time now);
};

// Named barriers, mbarriers, atomics and flags go through locations; the caller picks the key.
class HappensBefore {
 public:
  HappensBefore(Time& clock, int threadsPerBlock) : clock_(clock), threadsPerBlock_(threadsPerBlock) {}

  Time now() const { return clock_; }
  Time tick() { return ++clock_; }

  void blockBarrier(BlockOrder& block);
  void warpSync(BlockOrder& block, std::uint32_t firstThread, std::uint32_t lanes);
  void fence(BlockOrder& block, Thread thread, bool wide);
  // A strong read of a location: acquire, or a candidate for a later fence.
  void read(BlockOrder& block, Thread thread, std::uint64_t location, bool acquire);
  // A strong write: a release if it says so or if the thread has fenced before.
  void write(BlockOrder& block, Thread thread, std::uint64_t location, bool release, bool wide);
  // Everything the thread did is released / acquired (barriers of any kind).
  void releaseAll(BlockOrder& block, Thread thread, std::uint64_t location) { write(block, thread, location, true, true); }

  // Is the access by `earlier` at `time` ordered before what `thread` of `block` does now?
  bool ordered(const BlockOrder& block, Thread thread, Thread earlier, Time time) const;

 private:
  bool known(const Knowledge& knowledge, Thread earlier, Time time, std::uint32_t ownBlock, int depth) const;
  bool covers(const Location& location, std::uint32_t version, Thread earlier, Time time, std::uint32_t ownBlock) const;

  Time& clock_;
  int threadsPerBlock_;
  std::unordered_map<std::uint64_t, Location> locations_;
};

}  // namespace machine
