// cp.async: copies of one thread each, in groups. The data arrives when the group is waited for;
// until then the bytes are marked as in flight and keep their old contents.
#include <algorithm>
#include <cstring>

#include "access.h"
#include "forms.h"
#include "instructions.h"

namespace machine {

namespace {

std::uint32_t sharedOffset(Warp& warp, const Instruction& i, int lane, std::uint32_t bytes) {
  const std::uint64_t base = i.places[0] == kNowhere ? 0 : i.mode == 8 ? warp.at<U64>(i.places[0])[lane] % kWindowSize : warp.at<U32>(i.places[0])[lane];
  const std::uint64_t address = base + static_cast<std::uint64_t>(i.immediate2);
  const std::uint64_t size = warp.block->shared.size();
  if (address % bytes) warp.grid->fail(kMisalignedAddress, FindingKind::Misaligned, warp, i, lane, "copies to shared memory off a multiple of " + std::to_string(bytes));
  if (address < kSharedBase || address - kSharedBase + bytes > size)
    warp.grid->fail(kIllegalAddress, FindingKind::OutOfBounds, warp, i, lane,
                    "copies to shared memory at offset " + std::to_string(static_cast<std::int64_t>(address) - kSharedBase) + " of the block's " +
                        std::to_string(size) + " bytes");
  return static_cast<std::uint32_t>(address - kSharedBase);
}

LaneAsync& laneOf(Warp& warp, int lane) {
  if (!warp.async) warp.async = std::make_unique<std::array<LaneAsync, kLanes>>();
  return (*warp.async)[static_cast<std::size_t>(lane)];
}

}  // namespace

// a: source in global memory; places[0]: target in shared memory; b: bytes that are read, the rest
// is filled with zeros.
void asyncCopy(Warp& warp, const Instruction& i) {
  const std::uint32_t bytes = i.bytes;
  const U32* wanted = i.b == kNowhere ? nullptr : warp.at<U32>(i.b);
  std::uint32_t partial = 0;
  for (std::uint32_t rest = warp.active; wanted && rest; rest &= rest - 1)
    if (wanted[__builtin_ctz(rest)] < bytes) partial |= rest & ~(rest - 1);
  const std::uint32_t active = warp.active;
  Access at;
  warp.active = active & ~partial;
  if (warp.active) access(warp, i, AccessKind::Read, bytes, at);
  warp.active = active;
  const std::uint64_t* source = warp.at<U64>(i.a);
  std::uint64_t to[kLanes];
  for (std::uint32_t rest = active; rest; rest &= rest - 1) {
    const int lane = __builtin_ctz(rest);
    AsyncCopy copy{};
    copy.bytes = bytes;
    copy.to = sharedOffset(warp, i, lane, bytes);
    to[lane] = kSharedBase + copy.to;
    const bool whole = !(partial >> lane & 1);
    const std::uint32_t taken = whole ? bytes : wanted[lane];
    if (taken) std::memcpy(copy.data, whole ? at.host[lane] : accessGlobal(warp, i, AccessKind::Read, lane, source[lane] + static_cast<std::uint64_t>(i.immediate), taken), taken);
    Range range = sharedRange(*warp.block, copy.to);
    checkBytes(warp, i, AccessKind::Write, range, bytes, lane);
    std::fill_n(range.state + copy.to, bytes, kInFlightWrite);
    laneOf(warp, lane).open.push_back(copy);
  }
  countShared(warp, to, active, bytes, false);  // as stores, when they are asked for
  warp.grid->progress++;
}

void asyncCommit(Warp& warp, const Instruction&) {
  for (std::uint32_t rest = warp.active; rest; rest &= rest - 1) {
    LaneAsync& lane = laneOf(warp, __builtin_ctz(rest));
    lane.groups.push_back(std::move(lane.open));
    lane.open.clear();
  }
}

void asyncWait(Warp& warp, const Instruction& i) {
  const bool all = i.immediate < 0;  // wait_all
  for (std::uint32_t rest = warp.active; rest; rest &= rest - 1)
    finishAsync(warp, __builtin_ctz(rest), all ? 0 : static_cast<std::size_t>(i.immediate), all);
}

void finishAsync(Warp& warp, int lane, std::size_t groupsLeft, bool open) {
  if (!warp.async) return;
  LaneAsync& own = (*warp.async)[static_cast<std::size_t>(lane)];
  auto finish = [&](const std::vector<AsyncCopy>& group) {
    for (const AsyncCopy& copy : group) {
      Range range = sharedRange(*warp.block, copy.to);
      std::memcpy(range.data + copy.to, copy.data, copy.bytes);
      std::fill_n(range.state + copy.to, copy.bytes, kInitialised);
      noteAccess(*warp.grid, range, copy.bytes, warp.thread(lane), AccessKind::Write);
    }
  };
  for (; own.groups.size() > groupsLeft; own.groups.pop_front()) finish(own.groups.front());
  if (!open) return;
  finish(own.open);
  own.open.clear();
}

}  // namespace machine
