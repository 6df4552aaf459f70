// Counters of memory traffic: 32-byte sectors in global memory, wavefronts in shared memory.
#include <algorithm>

#include "access.h"

namespace machine {

namespace {

constexpr int kBanks = 32, kBankBytes = 4;

void touch(Grid& grid, AllocationShadow& shadow, AccessKind kind, std::uint64_t sector) {
  Counters& counters = grid.counters;
  if (kind != AccessKind::Write) {
    counters.sectorsRead++;
    if (shadow.sectorRead[sector] != grid.launchNumber) counters.uniqueSectorsRead++, shadow.sectorRead[sector] = grid.launchNumber;
  }
  if (kind != AccessKind::Read) {
    counters.sectorsWritten++;
    if (shadow.sectorWritten[sector] != grid.launchNumber) counters.uniqueSectorsWritten++, shadow.sectorWritten[sector] = grid.launchNumber;
  }
}

int keepDistinct(std::uint64_t* values, int count) {
  std::sort(values, values + count);
  return static_cast<int>(std::unique(values, values + count) - values);
}

}  // namespace

void countGlobal(Warp& warp, Allocation& allocation, AccessKind kind, const std::uint64_t* address, std::uint32_t lanes,
                 std::uint32_t bytes, bool dense) {
  Grid& grid = *warp.grid;
  AllocationShadow& shadow = *allocation.shadow;
  grid.counters.requests++;
  const std::uint64_t needed = static_cast<std::uint64_t>(__builtin_popcount(lanes)) * bytes;
  const std::uint64_t ideal = (needed + kSectorBytes - 1) / kSectorBytes;
  if (dense) {
    std::uint64_t offset = address[0] - allocation.begin;
    for (std::uint64_t sector = offset / kSectorBytes; sector <= (offset + needed - 1) / kSectorBytes; sector++)
      touch(grid, shadow, kind, sector);
    grid.counters.idealSectors += ideal;
    return;
  }
  std::uint64_t sectors[2 * kLanes];  // an access is at most 32 bytes and aligned
  int count = 0;
  for (std::uint32_t rest = lanes; rest; rest &= rest - 1) {
    std::uint64_t offset = address[__builtin_ctz(rest)] - allocation.begin;
    sectors[count++] = offset / kSectorBytes;
    if ((offset + bytes - 1) / kSectorBytes != offset / kSectorBytes) sectors[count++] = offset / kSectorBytes + 1;
  }
  count = keepDistinct(sectors, count);
  for (int one = 0; one < count; one++) touch(grid, shadow, kind, sectors[one]);
  grid.counters.idealSectors += std::min<std::uint64_t>(ideal, static_cast<std::uint64_t>(count));
}

// Accesses of more than 4 bytes are served in phases of 128 bytes. In a phase, a wavefront serves
// every bank once; lanes that want the same word share it. Each block of a cluster has banks of its
// own, and wavefronts: those that its neighbours' accesses take are counted like its own.
void countShared(Warp& warp, const std::uint64_t* address, std::uint32_t lanes, std::uint32_t bytes, bool dense) {
  Counters& counters = warp.grid->counters;
  counters.sharedRequests++;
  const std::uint64_t total = static_cast<std::uint64_t>(__builtin_popcount(lanes)) * bytes;
  if (dense) {
    std::uint64_t first = address[0] / kBankBytes, last = (address[0] + total - 1) / kBankBytes;
    std::uint64_t wavefronts = (last - first) / kBanks + 1;
    counters.sharedWavefronts += wavefronts;
    counters.sharedWavefrontsIdeal += wavefronts;
    return;
  }
  const int phase = std::max<int>(1, std::min<int>(kLanes, kLanes * kBankBytes / static_cast<int>(std::max(bytes, 4u))));
  std::uint64_t distinct = 0;
  for (int from = 0; from < kLanes; from += phase) {
    std::uint64_t words[kLanes * 8];
    int count = 0;
    for (int lane = from; lane < from + phase; lane++)
      if (lanes >> lane & 1)
        for (std::uint64_t word = address[lane] / kBankBytes; word <= (address[lane] + bytes - 1) / kBankBytes; word++)
          words[count++] = word;
    if (count == 0) continue;
    count = keepDistinct(words, count);
    for (int one = 0; one < count;) {
      const std::uint64_t owner = words[one] * kBankBytes >> kClusterRankShift;
      int perBank[kBanks] = {}, worst = 0, here = 0;
      for (; one < count && words[one] * kBankBytes >> kClusterRankShift == owner; one++, here++)
        worst = std::max(worst, ++perBank[words[one] % kBanks]);
      counters.sharedWavefronts += static_cast<std::uint64_t>(worst);
      distinct += static_cast<std::uint64_t>((here + kBanks - 1) / kBanks);
    }
  }
  counters.sharedWavefrontsIdeal += distinct;
}

}  // namespace machine
