// Barriers of blocks, clusters and warps.
#include <algorithm>

#include "forms.h"
#include "instructions.h"

namespace machine {

namespace {

enum Mode : std::uint32_t { kSync, kArrive, kRedPopc, kRedAnd, kRedOr };

std::uint64_t locationOf(const Block& block, int barrier) {
  return reinterpret_cast<std::uint64_t>(&block) + static_cast<std::uint64_t>(barrier) + 1;
}

void eachLane(std::uint32_t lanes, const Warp& warp, void (*body)(Grid&, Block&, Thread, std::uint64_t), std::uint64_t location) {
  for (std::uint32_t rest = lanes; rest; rest &= rest - 1) body(*warp.grid, *warp.block, warp.thread(__builtin_ctz(rest)), location);
}

void publish(Grid& grid, Block& block, Thread thread, std::uint64_t location) { grid.order.releaseAll(block.order, thread, location); }
void learn(Grid& grid, Block& block, Thread thread, std::uint64_t location) { grid.order.read(block.order, thread, location, true); }

void giveVotes(Warp& warp, const LaneGroup& group, const Barrier& barrier, int threads) {
  const Instruction& i = warp.grid->kernel.code[group.pc - 1];
  if (i.mode == kRedPopc) {
    for (std::uint32_t rest = group.mask; rest; rest &= rest - 1) warp.at<U32>(i.d)[__builtin_ctz(rest)] = barrier.trueVotes;
  } else if (i.mode == kRedAnd || i.mode == kRedOr) {
    bool result = i.mode == kRedAnd ? barrier.trueVotes == static_cast<std::uint32_t>(threads) : barrier.trueVotes > 0;
    std::uint32_t& d = warp.mask(i.d);
    d = result ? d | group.mask : d & ~group.mask;
  }
}

// Parks the running lanes in front of the instruction when others of the warp may still come.
bool waitForOthers(Warp& warp, const Instruction& i, std::uint32_t missing) {
  if (missing == 0) return false;
  const bool others = std::any_of(warp.waiting.begin(), warp.waiting.end(), [](const LaneGroup& one) { return one.wait == Wait::None; });
  if (others) warp.park(warp.active, i.index, Wait::Convergence);
  return others;
}

void reportDivergence(Warp& warp, const Instruction& i, Barrier& barrier, int number) {
  const std::uint32_t missing = warp.live & ~warp.active;
  if (!i.aligned || i.mode == kArrive) return;
  if (missing)
    warp.grid->report(FindingKind::DivergentBarrier, warp, i, __builtin_ctz(warp.active),
                      "is at barrier " + std::to_string(number) + " while " + std::to_string(__builtin_popcount(missing)) +
                          " of the " + std::to_string(__builtin_popcount(warp.live)) + " threads of its warp are elsewhere");
  if (i.b == kNowhere && barrier.arrived > 0 && barrier.pc != i.index && !barrier.mixed) {
    const Instruction& other = warp.grid->kernel.code[barrier.pc];
    barrier.mixed = true;
    warp.grid->report(FindingKind::DivergentBarrier, warp, i, __builtin_ctz(warp.active),
                      "is at barrier " + std::to_string(number) + " while other warps of its block are at the one in PTX line " +
                          std::to_string(other.line));
  }
}

void release(Block& block, int number, Barrier& barrier) {
  Grid& grid = *block.grid;
  const bool whole = barrier.expected == 0 || barrier.expected >= block.liveThreads;
  if (whole) grid.order.blockBarrier(block.order);
  grid.counters.barriers++;
  grid.progress++;
  for (Warp& warp : block.warps)
    for (LaneGroup& group : warp.waiting)
      if (group.wait == Wait::Barrier && group.barrier == number) {
        giveVotes(warp, group, barrier, barrier.arrived);
        if (!whole) eachLane(group.mask, warp, learn, locationOf(block, number));
        group.wait = Wait::None;
        group.barrier = -1;
      }
  barrier = Barrier{};
}

}  // namespace

// A barrier completes when all that it expects are there; threads that ended are not expected.
void checkBarriers(Block& block) {
  for (std::size_t number = 0; number < block.barriers.size(); number++) {
    Barrier& one = block.barriers[number];
    int expected = one.expected ? one.expected : block.liveThreads;
    if (one.arrived > 0 && one.arrived >= expected) release(block, static_cast<int>(number), one);
  }
}

void barrier(Warp& warp, const Instruction& i) {
  const int lane = __builtin_ctz(warp.active);
  const std::uint32_t number = warp.at<U32>(i.a)[lane];
  if (number >= warp.block->barriers.size())
    warp.grid->fail(kLaunchFailed, FindingKind::BadInstruction, warp, i, lane, "uses barrier " + std::to_string(number) + " of 16");
  Barrier& one = warp.block->barriers[number];
  if (i.mode != kArrive && waitForOthers(warp, i, warp.live & ~warp.active)) return;
  reportDivergence(warp, i, one, static_cast<int>(number));
  if (one.arrived == 0) one.pc = i.index;
  int count = __builtin_popcount(warp.active);
  if (i.b != kNowhere) {
    one.expected = static_cast<int>(warp.at<U32>(i.b)[lane]);
    count = warp.active == warp.live ? kLanes : count;  // counted in whole warps
    eachLane(warp.active, warp, publish, locationOf(*warp.block, static_cast<int>(number)));
  }
  one.arrived += count;
  if (i.mode >= kRedPopc)
    one.trueVotes += static_cast<std::uint32_t>(__builtin_popcount((warp.mask(i.c) ^ (i.sourceWidth ? kAllLanes : 0)) & warp.active));
  if (i.mode != kArrive) warp.park(warp.active, warp.pc, Wait::Barrier, static_cast<int>(number));
  warp.grid->progress++;
  checkBarriers(*warp.block);
}

void warpBarrier(Warp& warp, const Instruction& i) {
  const std::uint32_t lanes = warp.at<U32>(i.a)[__builtin_ctz(warp.active)];
  if (!converged(warp, i, lanes)) return;
  warp.grid->order.warpSync(warp.block->order, warp.thread(0), lanes & warp.active);
}

// Lanes that a warp-wide instruction names but that are elsewhere: wait for them while they can
// still come; if they cannot, that is a finding and the instruction goes on without them.
bool converged(Warp& warp, const Instruction& i, std::uint32_t lanes) {
  const std::uint32_t missing = lanes & warp.live & ~warp.active;
  if (waitForOthers(warp, i, missing)) return false;
  if (missing)
    warp.grid->report(FindingKind::IdleLaneShuffle, warp, i, __builtin_ctz(warp.active),
                      "names lane " + std::to_string(__builtin_ctz(missing)) + " in its mask, which does not execute this instruction");
  return true;
}

namespace {

Cluster& clusterOf(Warp& warp, const Instruction& i) {
  if (!warp.block->cluster) warp.grid->fail(kLaunchFailed, FindingKind::BadInstruction, warp, i, __builtin_ctz(warp.active), "is not in a cluster");
  return *warp.block->cluster;
}

// A warp's lanes count once each only if they come together: the hardware counts warps.
bool comesApart(Warp& warp, const Instruction& i) {
  const std::uint32_t missing = i.aligned ? warp.live & ~warp.active : 0;
  if (waitForOthers(warp, i, missing)) return true;
  if (missing)
    warp.grid->report(FindingKind::DivergentBarrier, warp, i, __builtin_ctz(warp.active),
                      "is at the cluster's barrier while " + std::to_string(__builtin_popcount(missing)) + " threads of its warp are elsewhere");
  return false;
}

}  // namespace

std::size_t Cluster::place(const Block& block, int warp) const {
  return block.clusterRank * block.warps.size() + static_cast<std::size_t>(warp);
}

bool orderedInCluster(const Warp& warp, Thread earlier, Time time) {
  const Cluster* cluster = warp.block->cluster;
  if (!cluster || warp.clusterSeen == 0) return false;
  const auto threads = static_cast<std::uint32_t>(warp.block->order.threads);
  for (const Block* block : cluster->blocks)
    if (block->number == earlier / threads) return time < cluster->handed[warp.clusterSeen & 1][cluster->place(*block, static_cast<int>(earlier % threads / kLanes))];
  return false;
}

void clusterArrive(Warp& warp, const Instruction& i) {
  Cluster* cluster = &clusterOf(warp, i);
  if (comesApart(warp, i)) return;
  cluster->arriving.resize(cluster->blocks.size() * warp.block->warps.size());
  if (i.release) cluster->arriving[cluster->place(*warp.block, warp.index)] = warp.grid->order.tick();
  cluster->arrived += __builtin_popcount(warp.active);
  warp.clusterPhase = cluster->phase;
  warp.grid->progress++;
  checkCluster(*cluster);
}

void checkCluster(Cluster& cluster) {
  if (cluster.arrived == 0 || cluster.arrived < cluster.liveThreads) return;
  Grid& grid = *cluster.blocks[0]->grid;
  cluster.arrived = 0;
  cluster.phase++;
  cluster.handed[cluster.phase & 1] = cluster.arriving;
  grid.order.tick();
  grid.counters.clusterBarriers++;
  grid.progress++;
  for (Block* block : cluster.blocks)
    for (Warp& warp : block->warps)
      for (LaneGroup& group : warp.waiting)
        if (group.wait == Wait::Cluster) group.wait = Wait::None, warp.clusterSeen = cluster.phase;
}

void clusterWait(Warp& warp, const Instruction& i) {
  const Cluster& cluster = clusterOf(warp, i);
  if (comesApart(warp, i)) return;
  if (cluster.phase == warp.clusterPhase) warp.park(warp.active, warp.pc, Wait::Cluster);
  else warp.clusterSeen = cluster.phase;
}

}  // namespace machine
