#include "staging.h"

#include <algorithm>

#include "tensor.h"

namespace cudnn {

Block StagingPool::take(std::size_t bytes) {
  collect();
  auto fits = [&](const Block& block) { return block.bytes >= bytes && block.bytes <= 4 * bytes; };
  auto found = std::find_if(free.begin(), free.end(), fits);
  if (found != free.end()) {
    Block block = std::move(*found);
    free.erase(found);
    return block;
  }
  Block block{std::make_unique<std::uint8_t[]>(bytes), bytes};
  require(cuMemHostRegister_v2(block.memory.get(), bytes, 0) == 0, kExecutionFailed);
  return block;
}

void StagingPool::collect() {
  for (auto& operation : queued) {
    if (!operation->done) continue;
    std::move(operation->blocks.begin(), operation->blocks.end(), std::back_inserter(free));
    operation = nullptr;
  }
  queued.erase(std::remove(queued.begin(), queued.end(), nullptr), queued.end());
}

void StagingPool::close() {
  for (auto& operation : queued) {
    std::move(operation->blocks.begin(), operation->blocks.end(), std::back_inserter(free));
    operation->blocks.clear();
  }
  for (Block& block : free) {
    // Fails where the context is gone, and with it the registration and all work.
    cuMemHostUnregister(block.memory.get());
  }
  free.clear();
  queued.clear();
}

std::uint8_t* Staging::part(const void* device, std::size_t bytes, bool read, bool write) {
  blocks_.push_back(pool_.take(bytes));
  std::uint8_t* host = blocks_.back().memory.get();
  parts_.push_back({reinterpret_cast<std::uint64_t>(device), bytes, host, read, write});
  return host;
}

namespace {

void compute(void* operation) { static_cast<Operation*>(operation)->compute(); }

void finish(void* operation) { static_cast<Operation*>(operation)->done = true; }

// Operations of captures may be launched for as long as the process lives.
void keepForGood(std::unique_ptr<Operation> operation) { static_cast<void>(operation.release()); }

}  // namespace

void Staging::launch(std::function<void()> body) {
  auto owned = std::make_unique<Operation>();
  Operation* operation = owned.get();
  operation->compute = std::move(body);
  operation->blocks = std::move(blocks_);
  blocks_.clear();
  int capturing = 0;
  require(cuStreamIsCapturing(stream_, &capturing) == 0, kExecutionFailed);
  if (capturing != 0) {
    keepForGood(std::move(owned));
  } else {
    pool_.queued.push_back(std::move(owned));
  }
  const auto check = [](int status) { require(status == 0, kExecutionFailed); };
  for (const Part& part : parts_) {
    if (part.read) check(cuMemcpyDtoHAsync_v2(part.host, part.device, part.bytes, stream_));
  }
  check(cuLaunchHostFunc(stream_, compute, operation));
  for (const Part& part : parts_) {
    if (part.write) check(cuMemcpyHtoDAsync_v2(part.device, part.host, part.bytes, stream_));
  }
  if (capturing == 0) check(cuLaunchHostFunc(stream_, finish, operation));
}

}  // namespace cudnn
