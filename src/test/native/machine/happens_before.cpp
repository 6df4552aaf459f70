#include "happens_before.h"

#include <algorithm>

namespace machine {

namespace {
void join(Knowledge& into, const Knowledge& from) {
  for (const auto& [location, version] : from) {
    std::uint32_t& mine = into[location];
    mine = std::max(mine, version);
  }
}
}  // namespace

void BlockOrder::reset(std::uint32_t blockNumber, int blockThreads, Time now) {
  number = blockNumber;
  threads = blockThreads;
  firstThread = blockNumber * static_cast<std::uint32_t>(blockThreads);
  start = barrier = now;
  clusterBarrier = 0;
  warpSync.assign(static_cast<std::size_t>(blockThreads), 0);
  fences.clear();
  proxyFences.clear();
  special.clear();
  known.clear();
  pending.clear();
}

void HappensBefore::blockBarrier(BlockOrder& block) {
  block.barrier = tick();
  for (auto& [thread, order] : block.special) {
    join(block.known, order.known);
    join(block.pending, order.pending);
  }
}

void HappensBefore::warpSync(BlockOrder& block, std::uint32_t firstThread, std::uint32_t lanes) {
  Time time = tick();
  Knowledge known, pending;
  for (std::uint32_t rest = lanes; rest; rest &= rest - 1) {
    std::uint32_t thread = firstThread + static_cast<std::uint32_t>(__builtin_ctz(rest));
    block.warpSync[thread - block.firstThread] = time;
    auto found = block.special.find(thread);
    if (found == block.special.end()) continue;
    join(known, found->second.known);
    join(pending, found->second.pending);
  }
  if (known.empty() && pending.empty()) return;
  for (std::uint32_t rest = lanes; rest; rest &= rest - 1) {
    ThreadOrder& order = block.special[firstThread + static_cast<std::uint32_t>(__builtin_ctz(rest))];
    join(order.known, known);
    join(order.pending, pending);
  }
}

void HappensBefore::fence(BlockOrder& block, Thread thread, bool wide) {
  ThreadOrder& order = block.special[thread];
  order.fence = tick();
  order.blockAtFence = block.barrier;
  order.warpAtFence = block.warpSync[thread - block.firstThread];
  if (wide) {
    order.wideFence = order.fence;
    if (block.fences.empty()) block.fences.assign(static_cast<std::size_t>(block.threads), 0);
    block.fences[thread - block.firstThread] = order.fence;
  }
  join(order.known, order.pending);
  join(order.known, block.pending);
  order.pending.clear();
}

void HappensBefore::read(BlockOrder& block, Thread thread, std::uint64_t location, bool acquire) {
  auto found = locations_.find(location);
  if (found == locations_.end()) return;
  ThreadOrder& order = block.special[thread];
  std::uint32_t& version = (acquire ? order.known : order.pending)[location];
  version = std::max(version, found->second.version);
}

void HappensBefore::write(BlockOrder& block, Thread thread, std::uint64_t location, bool release, bool wide) {
  auto found = block.special.find(thread);
  if (!release && (found == block.special.end() || found->second.fence == 0)) return;
  Location& at = locations_[location];
  Release entry;
  entry.version = ++at.version;
  entry.block = block.number;
  entry.thread = thread;
  Time now = tick();
  entry.blockScope = release ? !wide : found->second.wideFence == 0;
  entry.threadTime = release ? now : found->second.fence;
  entry.warpTime = release ? block.warpSync[thread - block.firstThread] : found->second.warpAtFence;
  entry.blockTime = release ? block.barrier : found->second.blockAtFence;
  if (!block.fences.empty()) {
    // Fences of other threads before the block's last barrier publish their own accesses.
    auto times = std::make_shared<std::vector<Time>>(block.fences);
    for (Time& time : *times)
      if (time > block.barrier) time = 0;
    entry.fences = std::move(times);
  }
  if (found != block.special.end()) join(at.inherited, found->second.known);
  join(at.inherited, block.known);
  at.byBlock[block.number].push_back(std::move(entry));
}

bool HappensBefore::covers(const Location& location, std::uint32_t version, Thread earlier, Time time,
                           std::uint32_t ownBlock) const {
  std::uint32_t number = earlier / static_cast<std::uint32_t>(threadsPerBlock_);
  auto found = location.byBlock.find(number);
  if (found == location.byBlock.end()) return false;
  std::uint32_t first = number * static_cast<std::uint32_t>(threadsPerBlock_);
  for (auto entry = found->second.rbegin(); entry != found->second.rend(); ++entry) {
    if (entry->version > version || (entry->blockScope && number != ownBlock)) continue;
    if (time < entry->blockTime) return true;
    if (earlier == entry->thread && time < entry->threadTime) return true;
    if ((earlier - first) / 32 == (entry->thread - first) / 32 && time < entry->warpTime) return true;
    if (entry->fences && time < (*entry->fences)[earlier - first]) return true;
  }
  return false;
}

bool HappensBefore::known(const Knowledge& knowledge, Thread earlier, Time time, std::uint32_t ownBlock,
                          int depth) const {
  for (const auto& [key, version] : knowledge) {
    auto found = locations_.find(key);
    if (found == locations_.end()) continue;
    if (covers(found->second, version, earlier, time, ownBlock)) return true;
    if (depth > 0 && known(found->second.inherited, earlier, time, ownBlock, depth - 1)) return true;
  }
  return false;
}

bool HappensBefore::ordered(const BlockOrder& block, Thread thread, Thread earlier, Time time) const {
  if (earlier == thread) return true;
  std::uint32_t mine = thread - block.firstThread, theirs = earlier - block.firstThread;
  if (theirs < static_cast<std::uint32_t>(block.threads)) {
    if (time < block.barrier) return true;
    if (theirs / 32 == mine / 32 && time < block.warpSync[mine]) return true;
  }
  constexpr int kChain = 4;  // locations followed: flag -> lock -> ticket -> barrier
  auto found = block.special.find(thread);
  if (found != block.special.end() && known(found->second.known, earlier, time, block.number, kChain)) return true;
  return known(block.known, earlier, time, block.number, kChain);
}

}  // namespace machine
