// How an operation is done in the order of a stream without a kernel: its tensors are copied to the
// host, a host function computes, and the results are copied back.
#pragma once

#include <atomic>
#include <functional>
#include <iterator>
#include <memory>
#include <vector>

#include "abi.h"

namespace cudnn {

// Pinned host memory, used again once the operation that used it is done.
struct Block {
  std::unique_ptr<std::uint8_t[]> memory;
  std::size_t bytes = 0;
};

struct Operation {
  std::function<void()> compute;
  std::vector<Block> blocks;
  std::atomic<bool> done{false};
};

struct StagingPool {
  std::vector<Block> free;
  std::vector<std::unique_ptr<Operation>> queued;

  Block take(std::size_t bytes);
  // Takes back the blocks of operations that are done.
  void collect();
  // Waits for the current context, then gives all memory back.
  void close();
};

class Staging {
 public:
  Staging(StagingPool& pool, void* stream) : pool_(pool), stream_(stream) {}
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;
  ~Staging() { std::move(blocks_.begin(), blocks_.end(), std::back_inserter(pool_.free)); }

  // Host memory that will hold a device's bytes when `compute` runs.
  const std::uint8_t* in(const void* device, std::size_t bytes) { return part(device, bytes, true, false); }
  // Host memory whose bytes are copied to the device afterwards. `before`: it holds the old ones.
  std::uint8_t* out(void* device, std::size_t bytes, bool before) { return part(device, bytes, before, true); }
  // Queues it all.
  void launch(std::function<void()> compute);

 private:
  struct Part {
    std::uint64_t device;
    std::size_t bytes;
    std::uint8_t* host;
    bool read, write;
  };
  std::uint8_t* part(const void* device, std::size_t bytes, bool read, bool write);

  StagingPool& pool_;
  void* stream_;
  std::vector<Part> parts_;
  std::vector<Block> blocks_;
};

}  // namespace cudnn
