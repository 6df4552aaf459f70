// Memory of an emulated device: an address space of its own, every byte with a shadow.
//
// Addresses are never host addresses, so host code that confuses the two fails at once. Allocations
// start on 256 bytes as on hardware, leave a gap behind them and are not reused soon, so an access
// past an end or after a free is named as such instead of hitting a neighbour.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace machine {

using Address = std::uint64_t;

// What the race detector and the traffic counters know of an allocation; defined in shadow.h.
struct AllocationShadow;

struct Allocation {
  Address begin = 0;
  std::uint64_t size = 0;
  std::string site;                       // who allocated it, for messages
  bool live = true;                       // false: freed, kept a while to name uses after free
  std::unique_ptr<std::uint8_t[]> data;
  std::unique_ptr<std::uint8_t[]> initialised;  // per byte: 1 once written
  std::unique_ptr<AllocationShadow> shadow;     // made by the first launch that touches it

  Allocation();
  ~Allocation();
  Address end() const { return begin + size; }
  bool contains(Address address, std::uint64_t bytes) const {
    return address >= begin && bytes <= size && address - begin <= size - bytes;
  }
};

struct MemoryStatistics {
  std::uint64_t capacity = 0;
  std::uint64_t used = 0;
  std::uint64_t peak = 0;
  std::uint64_t allocations = 0;  // ever made
};

class DeviceMemory {
 public:
  // Device `ordinal` owns the addresses from (7 + ordinal) << 40, far from other devices and the host.
  DeviceMemory(int ordinal, std::uint64_t capacity);
  ~DeviceMemory();
  DeviceMemory(const DeviceMemory&) = delete;
  DeviceMemory& operator=(const DeviceMemory&) = delete;

  // 0 when the capacity does not allow it (or bytes is 0). Contents are uninitialised (0xCC).
  Address allocate(std::uint64_t bytes, std::string site);
  // False when `address` is not the start of a live allocation (double free, wrong pointer).
  bool free(Address address);

  // Host copies. nullopt on success, else a message with the distance to the nearest allocation.
  std::optional<std::string> write(Address to, const void* from, std::uint64_t bytes);
  std::optional<std::string> read(void* to, Address from, std::uint64_t bytes) const;
  // Repeats the `width` (1, 2 or 4) low bytes of `value` `count` times.
  std::optional<std::string> fill(Address to, std::uint32_t value, int width, std::uint64_t count);
  // Device to device, also between devices; takes over which bytes are initialised.
  std::optional<std::string> copyFrom(Address to, const DeviceMemory& source, Address from,
                                      std::uint64_t bytes);

  // The live allocation that contains the range, or null.
  Allocation* find(Address address, std::uint64_t bytes) const;
  // In words, why a range is not accessible: distance to the nearest allocation, freed, null ...
  std::string explain(Address address, std::uint64_t bytes) const;
  // True when `address` belongs to an allocation that has been freed.
  bool wasFreed(Address address) const;
  // Whether an address could belong to this device at all.
  bool owns(Address address) const;

  std::vector<const Allocation*> live() const;  // for the leak report, in order of address
  const MemoryStatistics& statistics() const { return statistics_; }
  // Throws away race and traffic shadows (a launch does so when its clock runs out).
  void dropShadows();

  // Monotonic over all launches on this device, so that shadows need no clearing.
  std::uint32_t clock = 1;
  std::uint32_t launches = 0;

 private:
  const Allocation* nearest(Address address) const;

  Address base_;
  Address next_;
  MemoryStatistics statistics_;
  std::map<Address, std::unique_ptr<Allocation>> allocations_;  // live and lately freed, by start
  std::deque<Address> freed_;                                   // of those the freed, oldest first
};

}  // namespace machine
