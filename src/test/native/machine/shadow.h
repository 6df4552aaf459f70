// What is remembered of every byte: is it initialised, who used it last, which sectors were touched.
#pragma once

#include <cstdint>
#include <vector>

namespace machine {

// Values of Allocation::initialised and of a block's shared-memory twin.
enum ByteState : std::uint8_t {
  kUninitialised = 0,
  kInitialised = 1,
  kInFlightWrite = 2,  // target of an asynchronous copy that nobody waited for
  kInFlightRead = 3,   // source of one
};

// The last accesses to one granule. Threads are numbered over the grid; kStrong marks atomic,
// volatile, relaxed, acquire and release accesses, which never race among themselves, kReadOnly those
// through the read-only cache.
struct AccessCell {
  static constexpr std::uint32_t kStrong = 0x80000000u, kReadOnly = 0x40000000u;
  std::uint32_t writer = 0, writeTime = 0;
  std::uint32_t reader = 0, readTime = 0;
  std::uint32_t otherReader = 0, otherReadTime = 0;  // one more that is not ordered before `reader`
};

struct AllocationShadow {
  std::uint32_t launch = 0;   // cells and sectors belong to this launch
  int granule = 4;            // bytes per cell: the narrowest access of the kernel
  std::vector<AccessCell> cells;
  std::vector<std::uint32_t> sectorRead, sectorWritten;  // launch that touched the sector last
};

constexpr int kSectorBytes = 32;

}  // namespace machine
