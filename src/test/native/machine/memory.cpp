#include "memory.h"

#include <algorithm>
#include <cstring>

#include "shadow.h"

namespace machine {

namespace {
constexpr std::uint64_t kAlignment = 256;
constexpr std::uint64_t kGap = 512;  // never allocated, so that an overrun is not a neighbour
constexpr std::uint8_t kFreshPattern = 0xCC;

std::string hex(std::uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}
// Enough to name a use after free; all of them would let the process grow with every allocation.
constexpr std::size_t kFreedRemembered = 10000;

}  // namespace

Allocation::Allocation() = default;
Allocation::~Allocation() = default;

DeviceMemory::DeviceMemory(int ordinal, std::uint64_t capacity)
    : base_((Address{7} + static_cast<Address>(ordinal)) << 40), next_(base_ + kAlignment) {
  statistics_.capacity = capacity;
}

DeviceMemory::~DeviceMemory() = default;

Address DeviceMemory::allocate(std::uint64_t bytes, std::string site) {
  if (bytes == 0 || bytes > statistics_.capacity - statistics_.used) return 0;
  auto made = std::make_unique<Allocation>();
  made->begin = next_;
  made->size = bytes;
  made->site = std::move(site);
  made->data.reset(new std::uint8_t[bytes]);
  std::memset(made->data.get(), kFreshPattern, bytes);
  made->initialised.reset(new std::uint8_t[bytes]());
  next_ += (bytes + kGap + kAlignment - 1) / kAlignment * kAlignment;
  statistics_.used += bytes;
  statistics_.peak = std::max(statistics_.peak, statistics_.used);
  statistics_.allocations++;
  Address address = made->begin;
  allocations_[address] = std::move(made);
  return address;
}

bool DeviceMemory::free(Address address) {
  auto found = allocations_.find(address);
  if (found == allocations_.end() || !found->second->live) return false;
  Allocation& allocation = *found->second;
  allocation.live = false;
  statistics_.used -= allocation.size;
  allocation.data.reset();
  allocation.initialised.reset();
  allocation.shadow.reset();
  freed_.push_back(address);
  if (freed_.size() > kFreedRemembered) {
    allocations_.erase(freed_.front());
    freed_.pop_front();
  }
  return true;
}

Allocation* DeviceMemory::find(Address address, std::uint64_t bytes) const {
  auto above = allocations_.upper_bound(address);
  if (above == allocations_.begin()) return nullptr;
  Allocation* candidate = std::prev(above)->second.get();
  return candidate->live && candidate->contains(address, bytes) ? candidate : nullptr;
}

bool DeviceMemory::wasFreed(Address address) const {
  auto above = allocations_.upper_bound(address);
  if (above == allocations_.begin()) return false;
  const Allocation& candidate = *std::prev(above)->second;
  return !candidate.live && candidate.contains(address, 1);
}

bool DeviceMemory::owns(Address address) const {
  return address >= base_ && address < base_ + (Address{1} << 40);
}

const Allocation* DeviceMemory::nearest(Address address) const {
  const Allocation* best = nullptr;
  std::uint64_t bestDistance = ~std::uint64_t{0};
  auto consider = [&](const Allocation& one) {
    std::uint64_t distance = address < one.begin ? one.begin - address
                             : address >= one.end() ? address - one.end()
                                                    : 0;
    if (!best || distance < bestDistance || (distance == bestDistance && one.live)) {
      best = &one;
      bestDistance = distance;
    }
  };
  auto above = allocations_.upper_bound(address);
  if (above != allocations_.end()) consider(*above->second);
  if (above != allocations_.begin()) consider(*std::prev(above)->second);
  return best;
}

std::string DeviceMemory::explain(Address address, std::uint64_t bytes) const {
  std::string range = std::to_string(bytes) + " bytes at " + hex(address);
  if (address < 4096) return range + ": null pointer";
  if (!owns(address)) return range + ": not an address of this device (a host pointer?)";
  const Allocation* near = nearest(address);
  if (!near) return range + ": nothing is allocated";
  std::string of = " the allocation of " + std::to_string(near->size) + " bytes at " +
                   hex(near->begin) + " (" + near->site + ")";
  if (!near->live && near->contains(address, 1)) return range + ": inside" + of + ", which was freed";
  if (near->contains(address, bytes)) return range + ": inside" + of;
  if (address < near->begin)
    return range + ": " + std::to_string(near->begin - address) + " bytes before" + of;
  if (address < near->end())
    return range + ": " + std::to_string(address + bytes - near->end()) + " bytes too many for" + of;
  return range + ": " + std::to_string(address - near->end()) + " bytes after the end of" + of;
}

std::optional<std::string> DeviceMemory::write(Address to, const void* from, std::uint64_t bytes) {
  if (bytes == 0) return std::nullopt;
  Allocation* target = find(to, bytes);
  if (!target) return explain(to, bytes);
  std::memcpy(target->data.get() + (to - target->begin), from, bytes);
  std::memset(target->initialised.get() + (to - target->begin), kInitialised, bytes);
  return std::nullopt;
}

std::optional<std::string> DeviceMemory::read(void* to, Address from, std::uint64_t bytes) const {
  if (bytes == 0) return std::nullopt;
  const Allocation* source = find(from, bytes);
  if (!source) return explain(from, bytes);
  std::memcpy(to, source->data.get() + (from - source->begin), bytes);
  return std::nullopt;
}

std::optional<std::string> DeviceMemory::fill(Address to, std::uint32_t value, int width,
                                              std::uint64_t count) {
  std::uint64_t bytes = count * static_cast<std::uint64_t>(width);
  if (bytes == 0) return std::nullopt;
  Allocation* target = find(to, bytes);
  if (!target) return explain(to, bytes);
  std::uint8_t* at = target->data.get() + (to - target->begin);
  for (std::uint64_t i = 0; i < count; i++) std::memcpy(at + i * width, &value, width);
  std::memset(target->initialised.get() + (to - target->begin), kInitialised, bytes);
  return std::nullopt;
}

std::optional<std::string> DeviceMemory::copyFrom(Address to, const DeviceMemory& source,
                                                  Address from, std::uint64_t bytes) {
  if (bytes == 0) return std::nullopt;
  Allocation* target = find(to, bytes);
  if (!target) return explain(to, bytes);
  const Allocation* origin = source.find(from, bytes);
  if (!origin) return source.explain(from, bytes);
  std::uint64_t at = to - target->begin, origin_at = from - origin->begin;
  std::memmove(target->data.get() + at, origin->data.get() + origin_at, bytes);
  std::memmove(target->initialised.get() + at, origin->initialised.get() + origin_at, bytes);
  return std::nullopt;
}

std::vector<const Allocation*> DeviceMemory::live() const {
  std::vector<const Allocation*> result;
  for (const auto& one : allocations_)
    if (one.second->live) result.push_back(one.second.get());
  return result;
}

void DeviceMemory::dropShadows() {
  for (const auto& one : allocations_) one.second->shadow.reset();
  clock = 1;
}

}  // namespace machine
