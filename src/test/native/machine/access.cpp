#include "access.h"

#include <algorithm>

namespace machine {

namespace {

const char* spaceName(Space space) {
  switch (space) {
    case Space::Shared: return "shared memory";
    case Space::Local: return "local memory";
    case Space::Param: return "parameters";
    default: return "global memory";
  }
}

std::string hex(std::uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

const char* verb(AccessKind kind) {
  return kind == AccessKind::Read ? "reads" : kind == AccessKind::Write ? "writes" : "updates";
}

void addresses(Warp& warp, const Instruction& i, Access& out) {
  const std::uint64_t offset = static_cast<std::uint64_t>(i.immediate);
  if (i.sourceWidth == 8) {
    const std::uint64_t* base = warp.at<std::uint64_t>(i.a);
    for (int lane = 0; lane < kLanes; lane++) out.address[lane] = base[lane] + offset;
  } else if (i.sourceWidth == 4) {
    const std::uint32_t* base = warp.at<std::uint32_t>(i.a);
    for (int lane = 0; lane < kLanes; lane++) out.address[lane] = static_cast<std::uint32_t>(base[lane] + offset);
  } else {
    for (int lane = 0; lane < kLanes; lane++) out.address[lane] = offset;
  }
}

bool consecutive(const std::uint64_t* address, int lanes, std::uint32_t bytes) {
  std::uint64_t different = 0;
  for (int lane = 0; lane < lanes; lane++)
    different |= address[lane] ^ (address[0] + static_cast<std::uint64_t>(lane) * bytes);
  return different == 0;
}

void misaligned(Warp& warp, const Instruction& i, AccessKind kind, int lane, std::uint64_t address, std::uint32_t bytes) {
  warp.grid->fail(kMisalignedAddress, FindingKind::Misaligned, warp, i, lane,
                  std::string(verb(kind)) + " " + std::to_string(bytes) + " bytes at " + hex(address) +
                      ", which is not a multiple of " + std::to_string(bytes));
}

Allocation& resolveGlobal(Warp& warp, const Instruction& i, AccessKind kind, int lane, std::uint64_t address,
                          std::uint64_t bytes) {
  Allocation*& last = warp.grid->lastAllocation[i.index];
  if (last && last->contains(address, bytes)) return *last;
  DeviceMemory& memory = warp.grid->memory;
  Allocation* found = memory.find(address, bytes);
  if (!found) {
    FindingKind what = memory.wasFreed(address) ? FindingKind::UseAfterFree : FindingKind::OutOfBounds;
    warp.grid->fail(kIllegalAddress, what, warp, i, lane,
                    std::string(verb(kind)) + " global memory: " + memory.explain(address, bytes));
  }
  return *(last = found);
}

// Another block's memory is there from when it has started, which only a barrier tells, until it ends.
void useRemotely(Warp& warp, const Instruction& i, Block& owner, int lane) {
  if (warp.clusterSeen == 0)
    warp.grid->report(FindingKind::BadInstruction, warp, i, lane,
                      "uses the shared memory of another block before a barrier of the cluster said that it has started");
  owner.remoteUser = warp.thread(lane);
  owner.remoteTime = warp.grid->order.now();
}

// Offset and owner of a shared address; cluster addresses carry the rank of the block.
Block& resolveShared(Warp& warp, const Instruction& i, AccessKind kind, int lane, std::uint64_t& address,
                     std::uint64_t bytes) {
  Block* owner = warp.block;
  std::uint64_t offset = address & ((1u << kClusterRankShift) - 1);
  std::uint64_t rank = address >> kClusterRankShift;
  if (rank != 0 && warp.block->cluster && rank <= warp.block->cluster->blocks.size()) {
    owner = warp.block->cluster->blocks[rank - 1];
    rank = 0;
    if (owner->liveThreads == 0)
      warp.grid->report(FindingKind::BadInstruction, warp, i, lane,
                        "uses the shared memory of a block of its cluster that has already ended");
    if (owner != warp.block) useRemotely(warp, i, *owner, lane);
  }
  const std::uint64_t size = owner->shared.size();
  if (rank != 0 || offset < kSharedBase || offset - kSharedBase > size || bytes > size - (offset - kSharedBase)) {
    std::int64_t at = static_cast<std::int64_t>(rank ? address : offset) - kSharedBase;
    std::string distance = at < 0 ? std::to_string(-at) + " bytes before the start"
                                  : std::to_string(at + static_cast<std::int64_t>(bytes) - static_cast<std::int64_t>(size)) +
                                        " bytes beyond the end";
    warp.grid->fail(kIllegalAddress, FindingKind::OutOfBounds, warp, i, lane,
                    std::string(verb(kind)) + " shared memory " + distance + " of the block's " + std::to_string(size) +
                        " bytes");
  }
  address = offset - kSharedBase;
  return *owner;
}

void accessShared(Warp& warp, const Instruction& i, AccessKind kind, std::uint32_t bytes, std::uint32_t lanes, Access& out) {
  const int count = __builtin_popcount(lanes);
  const bool prefix = (lanes & (lanes + 1)) == 0;
  if (prefix && consecutive(out.address, count, bytes) && out.address[0] >> kClusterRankShift == 0) {
    std::uint64_t offset = out.address[0];
    if (offset % bytes) misaligned(warp, i, kind, 0, offset, bytes);
    std::uint64_t last = offset + static_cast<std::uint64_t>(count - 1) * bytes;
    if (offset >= kSharedBase && last - kSharedBase + bytes <= warp.block->shared.size()) {
      Range range = sharedRange(*warp.block, static_cast<std::uint32_t>(offset - kSharedBase));
      out.dense = count > 1;
      for (int lane = 0; lane < count; lane++) out.host[lane] = range.data + range.offset + static_cast<std::uint32_t>(lane) * bytes;
      checkDense(warp, i, kind, range, bytes, count);
      countShared(warp, out.address, lanes, bytes, true);
      return;
    }
  }
  for (std::uint32_t rest = lanes; rest; rest &= rest - 1) {
    int lane = __builtin_ctz(rest);
    std::uint64_t offset = out.address[lane];
    Block& owner = resolveShared(warp, i, kind, lane, offset, bytes);
    if (offset % bytes) misaligned(warp, i, kind, lane, out.address[lane], bytes);
    Range range = sharedRange(owner, static_cast<std::uint32_t>(offset));
    out.host[lane] = range.data + range.offset;
    checkBytes(warp, i, kind, range, bytes, lane);
  }
  countShared(warp, out.address, lanes, bytes, false);
}

// How often a warp asks before it is answered is chance, and the cache's business, not traffic: the first time counts.
bool isPoll(Warp& warp, const Instruction& i, AccessKind kind, std::uint32_t lanes, const Access& at) {
  if (kind != AccessKind::Read || !i.strong) {
    if (kind != AccessKind::Read) warp.polling = ~0u;
    return false;
  }
  bool same = warp.polling == i.index && warp.pollingLanes == lanes;
  warp.polling = i.index, warp.pollingLanes = lanes;
  for (std::uint32_t rest = lanes; rest; rest &= rest - 1) {
    const auto lane = static_cast<std::size_t>(__builtin_ctz(rest));
    same = same && warp.polled[lane] == at.address[lane];
    warp.polled[lane] = at.address[lane];
  }
  return same;
}

void accessGlobalLanes(Warp& warp, const Instruction& i, AccessKind kind, std::uint32_t bytes, std::uint32_t lanes, Access& out) {
  const bool poll = isPoll(warp, i, kind, lanes, out);
  const int count = __builtin_popcount(lanes);
  const bool prefix = (lanes & (lanes + 1)) == 0;
  if (prefix && consecutive(out.address, count, bytes)) {
    Address address = out.address[0];
    std::uint64_t total = static_cast<std::uint64_t>(count) * bytes;
    Allocation* last = warp.grid->lastAllocation[i.index];
    if (address % bytes == 0 && ((last && last->contains(address, total)) || warp.grid->memory.find(address, total))) {
      Allocation& allocation = resolveGlobal(warp, i, kind, 0, address, total);
      Range range = globalRange(*warp.grid, allocation, address);
      out.dense = count > 1;
      for (int lane = 0; lane < count; lane++) out.host[lane] = range.data + range.offset + static_cast<std::uint32_t>(lane) * bytes;
      checkDense(warp, i, kind, range, bytes, count);
      if (!poll) countGlobal(warp, allocation, kind, out.address, lanes, bytes, true);
      return;
    }
  }
  std::uint32_t left = lanes;
  for (std::uint32_t rest = lanes; rest; rest &= rest - 1) {
    int lane = __builtin_ctz(rest);
    Address address = out.address[lane];
    if (address % bytes) misaligned(warp, i, kind, lane, address, bytes);
    Allocation& allocation = resolveGlobal(warp, i, kind, lane, address, bytes);
    Range range = globalRange(*warp.grid, allocation, address);
    out.host[lane] = range.data + range.offset;
    checkBytes(warp, i, kind, range, bytes, lane);
  }
  // Lanes may point into different allocations; each is counted on its own, as one request in all.
  bool first = true;
  while (left && !poll) {
    Allocation& allocation = resolveGlobal(warp, i, kind, __builtin_ctz(left), out.address[__builtin_ctz(left)], bytes);
    std::uint32_t here = 0;
    for (std::uint32_t rest = left; rest; rest &= rest - 1)
      if (allocation.contains(out.address[__builtin_ctz(rest)], bytes)) here |= rest & ~(rest - 1);
    countGlobal(warp, allocation, kind, out.address, here, bytes, false);
    if (!first) warp.grid->counters.requests--;
    first = false;
    left &= ~here;
  }
}

void accessPrivate(Warp& warp, const Instruction& i, AccessKind kind, Space space, std::uint32_t bytes, std::uint32_t lanes,
                   Access& out) {
  Grid& grid = *warp.grid;
  const std::uint64_t size = space == Space::Local ? grid.kernel.localBytes : grid.parameters.size();
  for (std::uint32_t rest = lanes; rest; rest &= rest - 1) {
    int lane = __builtin_ctz(rest);
    std::uint64_t offset = out.address[lane];
    if (offset % bytes) misaligned(warp, i, kind, lane, offset, bytes);
    if (offset > size || bytes > size - offset || (space == Space::Param && kind != AccessKind::Read))
      grid.fail(kIllegalAddress, FindingKind::OutOfBounds, warp, i, lane,
                std::string(verb(kind)) + " " + spaceName(space) + " at offset " +
                    std::to_string(static_cast<std::int64_t>(offset)) + " of " + std::to_string(size) + " bytes");
    if (space == Space::Param) {
      out.host[lane] = grid.parameters.data() + offset;
      continue;
    }
    std::uint64_t at = static_cast<std::uint64_t>(lane) * size + offset;
    out.host[lane] = warp.local.data() + at;
    Range range{warp.local.data(), warp.localState.data(), nullptr, at, 0, 4, 0, false};
    checkBytes(warp, i, kind, range, bytes, lane);
  }
}

}  // namespace

void access(Warp& warp, const Instruction& i, AccessKind kind, std::uint32_t bytes, Access& out) {
  addresses(warp, i, out);
  std::uint32_t lanes = warp.active;
  if (kind == AccessKind::Write) warp.grid->progress++;  // updates count only if they change something
  switch (i.space) {
    case Space::Global: return accessGlobalLanes(warp, i, kind, bytes, lanes, out);
    case Space::Shared: return accessShared(warp, i, kind, bytes, lanes, out);
    case Space::Local:
    case Space::Param: return accessPrivate(warp, i, kind, i.space, bytes, lanes, out);
    case Space::Generic: break;
  }
  std::uint32_t in[4] = {0, 0, 0, 0};  // global, shared, local, param
  for (std::uint32_t rest = lanes; rest; rest &= rest - 1) {
    int lane = __builtin_ctz(rest);
    std::uint64_t window = out.address[lane] / kWindowSize;
    in[window <= 3 ? window : 0] |= 1u << lane;
    if (window >= 1 && window <= 3) out.address[lane] %= kWindowSize;
  }
  int parts = 0;
  for (std::uint32_t part : in) parts += part != 0;
  if (in[0]) accessGlobalLanes(warp, i, kind, bytes, in[0], out);
  if (in[1]) accessShared(warp, i, kind, bytes, in[1], out);
  if (in[2]) accessPrivate(warp, i, kind, Space::Local, bytes, in[2], out);
  if (in[3]) accessPrivate(warp, i, kind, Space::Param, bytes, in[3], out);
  out.dense = out.dense && parts == 1;
}

std::uint8_t* accessGlobal(Warp& warp, const Instruction& i, AccessKind kind, int lane, Address address,
                           std::uint32_t bytes) {
  Allocation& allocation = resolveGlobal(warp, i, kind, lane, address, bytes);
  Range range = globalRange(*warp.grid, allocation, address);
  checkBytes(warp, i, kind, range, bytes, lane);
  return range.data + range.offset;
}

Range sharedRange(Block& block, std::uint32_t offset) {
  return {block.shared.data(), block.sharedState.data(), block.sharedCells.data(), offset, 0,
          block.grid->kernel.sharedGranule, block.order.start, true};
}

Range globalRange(Grid& grid, Allocation& allocation, Address address) {
  if (!allocation.shadow) allocation.shadow = std::make_unique<AllocationShadow>();
  AllocationShadow& shadow = *allocation.shadow;
  if (shadow.launch != grid.launchNumber) {
    const int granule = grid.kernel.globalGranule;
    const std::size_t cells = grid.launch.checks ? (allocation.size + static_cast<std::uint64_t>(granule) - 1) / static_cast<std::uint64_t>(granule) : 0;
    if (shadow.granule != granule || shadow.cells.size() != cells) {
      shadow.granule = granule;
      shadow.cells.assign(cells, AccessCell{});
    }
    std::size_t sectors = (allocation.size + kSectorBytes - 1) / kSectorBytes;
    shadow.sectorRead.resize(sectors);
    shadow.sectorWritten.resize(sectors);
    shadow.launch = grid.launchNumber;
  }
  return {allocation.data.get(), allocation.initialised.get(), shadow.cells.empty() ? nullptr : shadow.cells.data(),
          address - allocation.begin, allocation.begin, shadow.granule, grid.start, false};
}

}  // namespace machine
