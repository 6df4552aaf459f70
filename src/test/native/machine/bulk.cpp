// cp.async.bulk, st.async and addresses in a cluster.
#include <algorithm>
#include <cstring>

#include "access.h"
#include "forms.h"
#include "instructions.h"

namespace machine {

namespace {

constexpr std::uint32_t kBulkUnit = 16;  // addresses and sizes are multiples of it


std::uint64_t addressOf(Warp& warp, Place place, std::uint8_t width, std::int64_t offset, int lane) {
  std::uint64_t base = place == kNowhere ? 0 : width == 8 ? warp.at<U64>(place)[lane] : warp.at<U32>(place)[lane];
  return base + static_cast<std::uint64_t>(offset);
}

void checkUnit(Warp& warp, const Instruction& i, int lane, std::uint64_t value, const char* what) {
  if (value % kBulkUnit)
    warp.grid->fail(kMisalignedAddress, FindingKind::Misaligned, warp, i, lane,
                    std::string("bulk copy with ") + what + " " + std::to_string(value) + ", which is not a multiple of 16");
}

// Checks a range of shared memory, which may belong to another block of the cluster.
Range resolve(Warp& warp, const Instruction& i, int lane, std::uint64_t address, std::uint32_t bytes) {
  address %= kWindowSize;
  const std::uint64_t rank = address >> kClusterRankShift, offset = address & ((1u << kClusterRankShift) - 1);
  const Cluster* cluster = warp.block->cluster;
  const bool remote = rank != 0 && cluster && rank <= cluster->blocks.size();
  Block& owner = remote ? *cluster->blocks[rank - 1] : *warp.block;
  if ((rank && !remote) || offset < kSharedBase || offset - kSharedBase + bytes > owner.shared.size())
    warp.grid->fail(kIllegalAddress, FindingKind::OutOfBounds, warp, i, lane,
                    "bulk copy of " + std::to_string(bytes) + " bytes at offset " + std::to_string(static_cast<std::int64_t>(offset) - kSharedBase) +
                        " of " + std::to_string(owner.shared.size()) + " bytes of shared memory");
  return sharedRange(owner, static_cast<std::uint32_t>(offset - kSharedBase));
}

// Writes by ordinary stores are seen by the copy engine only behind a proxy fence.
void checkProxy(Warp& warp, const Instruction& i, const Range& range, std::uint32_t bytes, int lane) {
  if (!range.cells || !warp.grid->launch.checks) return;
  const BlockOrder& order = warp.block->order;
  for (std::uint64_t byte = range.offset; byte < range.offset + bytes; byte += static_cast<std::uint64_t>(range.granule)) {
    const AccessCell& cell = range.cells[byte / static_cast<std::uint64_t>(range.granule)];
    if (cell.writeTime < range.floor) continue;
    const Thread writer = (cell.writer & ~AccessCell::kStrong) - order.firstThread, self = warp.thread(lane) - order.firstThread;
    auto fenced = [&](Thread who) { return who < order.proxyFences.size() && order.proxyFences[who] > cell.writeTime; };
    if (fenced(writer) || fenced(self)) continue;
    warp.grid->report(FindingKind::MissingWait, warp, i, lane,
                      "bulk copy reads shared memory byte " + std::to_string(byte) + ", written without a fence.proxy.async in between");
    return;
  }
}

void countRange(Warp& warp, const Instruction& i, AccessKind kind, Address address, std::uint32_t bytes) {
  std::uint64_t at[kLanes] = {address};
  if (Allocation* allocation = warp.grid->lastAllocation[i.index]) countGlobal(warp, *allocation, kind, at, 1, bytes, true);
}

}  // namespace

// a: source (global, or shared with mode 1); places[0]: target; b: bytes; places[1]: mbarrier.
void bulkToShared(Warp& warp, const Instruction& i) {
  for (std::uint32_t rest = warp.active; rest; rest &= rest - 1) {
    const int lane = __builtin_ctz(rest);
    const std::uint32_t bytes = warp.at<U32>(i.b)[lane];
    const std::uint64_t from = addressOf(warp, i.a, i.sourceWidth, i.immediate, lane);
    const std::uint64_t to = addressOf(warp, i.places[0], i.width, i.immediate2, lane);
    const std::uint64_t barrierAddress = addressOf(warp, i.places[1], i.vector, i.immediate3, lane);
    checkUnit(warp, i, lane, bytes, "size"), checkUnit(warp, i, lane, from, "source"), checkUnit(warp, i, lane, to, "target");
    BulkCopy copy{};
    if (i.mode == 1) {
      Range source = resolve(warp, i, lane, from, bytes);
      checkBytes(warp, i, AccessKind::Read, source, bytes, lane);
      checkProxy(warp, i, source, bytes, lane);
      copy.from = source.data + source.offset;
    } else {
      copy.from = accessGlobal(warp, i, AccessKind::Read, lane, from, bytes);
      countRange(warp, i, AccessKind::Read, from, bytes);
    }
    Range target = resolve(warp, i, lane, to, bytes);
    checkBytes(warp, i, AccessKind::Write, target, bytes, lane);
    copy.to = target.data + target.offset;
    copy.toState = target.state + target.offset;
    std::fill_n(copy.toState, bytes, kInFlightWrite);
    copy.bytes = bytes;
    copy.issuer = warp.block;
    copy.thread = warp.thread(lane);
    Range barrier = resolve(warp, i, lane, barrierAddress, 8);
    mbarrierAt(warp, i, lane, barrier.data + barrier.offset).incoming.push_back(copy);
  }
  warp.grid->progress++;
}

// a: target in global memory; places[0]: source in shared memory; b: bytes.
void bulkToGlobal(Warp& warp, const Instruction& i) {
  if (!warp.bulk) warp.bulk = std::make_unique<std::array<LaneBulk, kLanes>>();
  for (std::uint32_t rest = warp.active; rest; rest &= rest - 1) {
    const int lane = __builtin_ctz(rest);
    const std::uint32_t bytes = warp.at<U32>(i.b)[lane];
    const std::uint64_t to = addressOf(warp, i.a, i.sourceWidth, i.immediate, lane);
    const std::uint64_t from = addressOf(warp, i.places[0], i.width, i.immediate2, lane);
    checkUnit(warp, i, lane, bytes, "size"), checkUnit(warp, i, lane, from, "source"), checkUnit(warp, i, lane, to, "target");
    Range source = resolve(warp, i, lane, from, bytes);
    checkBytes(warp, i, AccessKind::Read, source, bytes, lane);
    checkProxy(warp, i, source, bytes, lane);
    BulkCopy copy{};
    copy.from = source.data + source.offset;
    copy.fromState = source.state + source.offset;
    copy.to = accessGlobal(warp, i, AccessKind::Write, lane, to, bytes);
    countRange(warp, i, AccessKind::Write, to, bytes);
    std::fill_n(copy.fromState, bytes, kInFlightRead);
    copy.bytes = bytes;
    (*warp.bulk)[static_cast<std::size_t>(lane)].open.push_back(copy);
  }
  warp.grid->progress++;
}

void bulkCommit(Warp& warp, const Instruction&) {
  if (!warp.bulk) warp.bulk = std::make_unique<std::array<LaneBulk, kLanes>>();
  for (std::uint32_t rest = warp.active; rest; rest &= rest - 1) {
    LaneBulk& lane = (*warp.bulk)[static_cast<std::size_t>(__builtin_ctz(rest))];
    lane.groups.push_back(std::move(lane.open));
    lane.open.clear();
  }
}

void bulkWait(Warp& warp, const Instruction& i) {
  for (std::uint32_t rest = warp.active; rest; rest &= rest - 1) finishBulk(warp, __builtin_ctz(rest), static_cast<std::size_t>(i.immediate), false);
}

void finishBulk(Warp& warp, int lane, std::size_t groupsLeft, bool open) {
  if (!warp.bulk) return;
  LaneBulk& own = (*warp.bulk)[static_cast<std::size_t>(lane)];
  auto finish = [](const std::vector<BulkCopy>& group) {
    for (const BulkCopy& copy : group) {
      std::memcpy(copy.to, copy.from, copy.bytes);
      std::fill_n(copy.fromState, copy.bytes, kInitialised);
    }
  };
  for (; own.groups.size() > groupsLeft; own.groups.pop_front()) finish(own.groups.front());
  if (!open) return;
  finish(own.open);
  own.open.clear();
}

void mapAddress(Warp& warp, const Instruction& i) {
  const Cluster* cluster = warp.block->cluster;
  const U32* rank = warp.at<U32>(i.b);
  forLanes(warp.active, [&](int lane) {
    const std::uint64_t address = i.width == 8 ? warp.at<U64>(i.a)[lane] : warp.at<U32>(i.a)[lane];
    if (rank[lane] >= (cluster ? cluster->blocks.size() : 1))
      warp.grid->fail(kIllegalAddress, FindingKind::BadInstruction, warp, i, lane, "maps an address to rank " + std::to_string(rank[lane]) + " of its cluster");
    const std::uint64_t own = std::uint64_t{(1u << kClusterRankShift) - 1};
    const std::uint64_t mapped = (address & own) | (std::uint64_t{rank[lane]} + (cluster ? 1 : 0)) << kClusterRankShift;
    if (i.width == 8) warp.at<U64>(i.d)[lane] = mapped | (address / kWindowSize * kWindowSize);
    else warp.at<U32>(i.d)[lane] = static_cast<U32>(mapped);
  });
}

void clusterRankOf(Warp& warp, const Instruction& i) {
  forLanes(warp.active, [&](int lane) {
    const std::uint64_t address = i.width == 8 ? warp.at<U64>(i.a)[lane] : warp.at<U32>(i.a)[lane];
    const U32 rank = static_cast<U32>(address % kWindowSize >> kClusterRankShift);
    warp.at<U32>(i.d)[lane] = rank ? rank - 1 : warp.block->clusterRank;
  });
}

// st.async: a store to a block of the cluster that counts its bytes on an mbarrier there.
void storeAsync(Warp& warp, const Instruction& i) {
  Access at;
  const std::uint32_t bytes = static_cast<std::uint32_t>(i.bytes) * i.vector;
  access(warp, i, AccessKind::Write, bytes, at);
  for (std::uint32_t rest = warp.active; rest; rest &= rest - 1) {
    const int lane = __builtin_ctz(rest);
    for (int element = 0; element < i.vector; element++)
      std::memcpy(at.host[lane] + element * i.bytes, warp.at<std::uint8_t>(i.places[element]) + lane * i.width, i.bytes);
    Range barrier = resolve(warp, i, lane, addressOf(warp, i.b, i.mode == 8 ? 8 : 4, i.immediate2, lane), 8);
    const std::uint8_t* where = barrier.data + barrier.offset;
    MBarrier& mbarrier = mbarrierAt(warp, i, lane, where);
    mbarrier.bytes -= bytes;
    warp.grid->order.releaseAll(warp.block->order, warp.thread(lane), reinterpret_cast<std::uint64_t>(where));
    completeIfDone(warp, mbarrier);
  }
}

}  // namespace machine
