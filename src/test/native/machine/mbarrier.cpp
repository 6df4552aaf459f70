// mbarriers: counters of arrivals and bytes in shared memory, with phases.
#include <cstring>

#include "access.h"
#include "forms.h"
#include "instructions.h"

namespace machine {

namespace {

// Modes of barrierArrive.
enum Mode : std::uint32_t { kArrive, kArriveExpect, kExpect, kCompleteBytes, kArriveAsync, kArriveDrop };

std::uint64_t locationOf(const std::uint8_t* at) { return reinterpret_cast<std::uint64_t>(at); }

void deliver(Warp& warp, MBarrier& barrier, const std::uint8_t* at) {
  for (const BulkCopy& copy : barrier.incoming) {
    std::memcpy(copy.to, copy.from, copy.bytes);
    std::memset(copy.toState, kInitialised, copy.bytes);
    barrier.bytes -= copy.bytes;
    warp.grid->order.releaseAll(copy.issuer->order, copy.thread, locationOf(at));
  }
  if (!barrier.incoming.empty()) warp.grid->progress++;
  barrier.incoming.clear();
}

}  // namespace

MBarrier& mbarrierAt(Warp& warp, const Instruction& i, int lane, const std::uint8_t* at) {
  auto found = warp.grid->mbarriers.find(at);
  if (found == warp.grid->mbarriers.end())
    warp.grid->fail(kLaunchFailed, FindingKind::BadInstruction, warp, i, lane, "uses an mbarrier that was not initialised");
  return found->second;
}

void completeIfDone(Warp& warp, MBarrier& barrier) {
  if (barrier.pending != 0 || barrier.bytes != 0) return;
  barrier.phase++;
  barrier.pending = barrier.expected;
  warp.grid->progress++;
}

void barrierInit(Warp& warp, const Instruction& i) {
  Access at;
  access(warp, i, AccessKind::Write, 8, at);
  for (std::uint32_t rest = warp.active; rest; rest &= rest - 1) {
    const int lane = __builtin_ctz(rest);
    MBarrier fresh;
    fresh.expected = fresh.pending = warp.at<U32>(i.b)[lane];
    warp.grid->mbarriers[at.host[lane]] = fresh;
  }
}

void barrierInvalidate(Warp& warp, const Instruction& i) {
  Access at;
  access(warp, i, AccessKind::Write, 8, at);
  for (std::uint32_t rest = warp.active; rest; rest &= rest - 1) {
    mbarrierAt(warp, i, __builtin_ctz(rest), at.host[__builtin_ctz(rest)]);
    warp.grid->mbarriers.erase(at.host[__builtin_ctz(rest)]);
  }
}

// d: token, may be nowhere; b: count or bytes.
void barrierArrive(Warp& warp, const Instruction& i) {
  Access at;
  access(warp, i, AccessKind::Update, 8, at);
  for (std::uint32_t rest = warp.active; rest; rest &= rest - 1) {
    const int lane = __builtin_ctz(rest);
    if (i.mode == kArriveAsync) finishAsync(warp, lane, 0, true);
    MBarrier& barrier = mbarrierAt(warp, i, lane, at.host[lane]);
    const std::uint32_t amount = i.b == kNowhere ? 1 : warp.at<U32>(i.b)[lane];
    if (i.d != kNowhere) warp.at<U64>(i.d)[lane] = barrier.phase;
    if (i.mode == kArriveExpect || i.mode == kExpect) barrier.bytes += amount;
    if (i.mode == kCompleteBytes) barrier.bytes -= amount;
    if (i.mode != kExpect && i.mode != kCompleteBytes) {
      const std::uint32_t arrivals = i.mode == kArriveExpect ? 1 : amount;
      if (i.mode == kArriveDrop) barrier.expected -= arrivals;
      if (arrivals > barrier.pending)
        warp.grid->fail(kLaunchFailed, FindingKind::BadInstruction, warp, i, lane,
                        "arrives " + std::to_string(arrivals) + " times at an mbarrier that expects " + std::to_string(barrier.pending) + " more in this phase");
      barrier.pending -= arrivals;
    }
    warp.grid->order.releaseAll(warp.block->order, warp.thread(lane), locationOf(at.host[lane]));
    warp.grid->progress++;
    completeIfDone(warp, barrier);
  }
}

// d: whether the phase is over; b: token, or parity of the phase.
void barrierTryWait(Warp& warp, const Instruction& i) {
  Access at;
  access(warp, i, AccessKind::Read, 8, at);
  std::uint32_t done = 0;
  for (std::uint32_t rest = warp.active; rest; rest &= rest - 1) {
    const int lane = __builtin_ctz(rest);
    MBarrier& barrier = mbarrierAt(warp, i, lane, at.host[lane]);
    deliver(warp, barrier, at.host[lane]);
    completeIfDone(warp, barrier);
    const bool over = i.mode == 1 ? (barrier.phase & 1) != (warp.at<U32>(i.b)[lane] & 1) : barrier.phase != warp.at<U64>(i.b)[lane];
    if (!over) continue;
    done |= 1u << lane;
    warp.grid->order.read(warp.block->order, warp.thread(lane), locationOf(at.host[lane]), true);
  }
  std::uint32_t& d = warp.mask(i.d);
  d = (d & ~warp.active) | done;
  if (done != warp.active) warp.stop = true;
}

}  // namespace machine
