// Branches, ends, fences, and how the lanes of a warp part and meet.
#include <algorithm>

#include "forms.h"
#include "instructions.h"

namespace machine {

Thread Warp::thread(int lane) const { return block->order.firstThread + static_cast<Thread>(index * kLanes + lane); }

Dim3 Warp::threadIndex(int lane) const {
  std::uint32_t linear = static_cast<std::uint32_t>(index * kLanes + lane);
  const Dim3& shape = grid->launch.block;
  return {linear % shape.x, linear / shape.x % shape.y, linear / (shape.x * shape.y)};
}

bool Warp::runnable() const {
  if (group) return true;
  return std::any_of(waiting.begin(), waiting.end(), [](const LaneGroup& one) { return one.wait == Wait::None || one.wait == Wait::Convergence; });
}

void Warp::park(std::uint32_t lanes, std::uint32_t at, Wait wait, int barrier) {
  waiting.push_back({at, lanes, wait, barrier});
  group &= ~lanes;
  limit = 0;  // choose again
}

void Warp::jump(std::uint32_t lanes, std::uint32_t target) {
  if (lanes == 0) return;
  if (lanes != group) {
    grid->counters.divergentBranches++;
    waiting.push_back({target, lanes, Wait::None, -1});
    group &= ~lanes;
    limit = 0;
    return;
  }
  if (target < pc) backward++;
  pc = target;
  // With other lanes about, a jump may pass them or return to them: choose again.
  if (!waiting.empty()) limit = 0;
}

void Warp::exitLanes(std::uint32_t lanes) {
  live &= ~lanes;
  group &= ~lanes;
  block->liveThreads -= __builtin_popcount(lanes);
  if (block->liveThreads == 0 && block->remoteTime && !orderedInCluster(*this, block->remoteUser, block->remoteTime))
    grid->report(FindingKind::BadInstruction, *this, grid->kernel.code[pc - 1], __builtin_ctz(lanes),
                 "ends its block while " + grid->threadName(block->remoteUser) + ", unless some barrier says otherwise, still uses its shared memory");
  if (block->cluster) block->cluster->liveThreads -= __builtin_popcount(lanes);
  grid->progress++;
  limit = 0;
  for (std::uint32_t rest = lanes; (async || bulk) && rest; rest &= rest - 1) {
    finishAsync(*this, __builtin_ctz(rest), 0, true);
    finishBulk(*this, __builtin_ctz(rest), 0, true);
  }
  checkBarriers(*block);
  if (block->cluster) checkCluster(*block->cluster);
}

namespace {

// Backward branches after which a group lets the others pass: long enough that loops of different
// length meet behind the loop, short enough for a lock's owner to get its turn.
constexpr int kFairness = 1024;

// Takes the group at `chosen` and everybody else who stands at the same instruction.
void take(Warp& warp, std::uint32_t chosen) {
  warp.pc = chosen;
  warp.group = 0;
  warp.limit = ~0u;
  std::size_t kept = 0;
  for (LaneGroup& one : warp.waiting) {
    bool joins = one.pc == chosen && (one.wait == Wait::None || one.wait == Wait::Convergence);
    if (joins) {
      warp.group |= one.mask;
      continue;
    }
    if (one.wait != Wait::Barrier && one.wait != Wait::Cluster && one.pc > chosen) warp.limit = std::min(warp.limit, one.pc);
    warp.waiting[kept++] = one;
  }
  warp.waiting.resize(kept);
}

void putBack(Warp& warp) {
  if (warp.group) warp.waiting.push_back({warp.pc, warp.group, Wait::None, -1});
  warp.group = 0;
}

std::uint32_t lowest(const Warp& warp, Wait wait, std::uint32_t above) {
  std::uint32_t best = ~0u;
  for (const LaneGroup& one : warp.waiting)
    if (one.wait == wait && one.pc >= above) best = std::min(best, one.pc);
  return best;
}

}  // namespace

void Warp::choose() {
  if (backward > kFairness && group) return rotate();
  putBack(*this);
  std::uint32_t next = lowest(*this, Wait::None, 0);
  // Lanes that wait for others at a shuffle go on without them when nobody else can move.
  if (next == ~0u) next = lowest(*this, Wait::Convergence, 0);
  if (next != ~0u) take(*this, next);
}

void Warp::rotate() {
  std::uint32_t after = pc + 1;
  backward = 0;
  putBack(*this);
  std::uint32_t next = lowest(*this, Wait::None, after);
  if (next == ~0u) return choose();
  take(*this, next);
}

void branch(Warp& warp, const Instruction& i) { warp.jump(warp.active, i.target); }

void exitThreads(Warp& warp, const Instruction&) { warp.exitLanes(warp.active); }

void trap(Warp& warp, const Instruction& i) {
  warp.grid->fail(kLaunchFailed, FindingKind::Trap, warp, i, __builtin_ctz(warp.active), "executes trap");
}

void nothing(Warp&, const Instruction&) {}

void yieldTurn(Warp& warp, const Instruction&) { warp.stop = true; }

// Simulated: instructions so far. Never a measure of performance.
void readClock(Warp& warp, const Instruction& i) {
  std::uint64_t now = warp.grid->counters.warpInstructions + warp.turnInstructions;
  if (i.width == 4) forLanes(warp.active, [&](int lane) { warp.at<U32>(i.d)[lane] = static_cast<U32>(now); });
  else forLanes(warp.active, [&](int lane) { warp.at<U64>(i.d)[lane] = now; });
}

void fence(Warp& warp, const Instruction& i) {
  for (std::uint32_t rest = warp.active; rest; rest &= rest - 1)
    warp.grid->order.fence(warp.block->order, warp.thread(__builtin_ctz(rest)), i.scope != Scope::Block);
}

void fenceProxy(Warp& warp, const Instruction&) {
  BlockOrder& order = warp.block->order;
  if (order.proxyFences.empty()) order.proxyFences.assign(static_cast<std::size_t>(order.threads), 0);
  for (std::uint32_t rest = warp.active; rest; rest &= rest - 1)
    order.proxyFences[warp.thread(__builtin_ctz(rest)) - order.firstThread] = warp.grid->order.tick();
}

}  // namespace machine
