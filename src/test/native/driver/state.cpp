#include "state.h"

#include <algorithm>
#include <cstdlib>

#include "module.h"

namespace driver {

Driver& theDriver() {
  // Never destroyed: threads of the JVM may still call while it shuts down.
  static Driver* const driver = [] {
    auto* made = new Driver;
    made->configure({});
    return made;
  }();
  return *driver;
}

void Driver::configure(Configuration next) {
  for (auto& device : devices) {
    // Work of the old devices is dropped, not done: nobody waits for it any more.
    if (device->primary != nullptr) device->primary->alive = false;
  }
  for (auto& [handle, object] : objects) {
    if (auto* context = dynamic_cast<Context*>(object.get())) context->alive = false;
  }
  for (auto& [start, range] : pinned) {
    if (!range.registered) std::free(start);
  }
  pinned.clear();
  objects.clear();
  captures.clear();
  findings.clear();
  complaints.clear();
  launches.clear();
  injections.clear();
  execution = {};
  lastMessage.clear();
  devices.clear();
  configuration = std::move(next);
  for (const DeviceConfig& config : configuration.devices) {
    auto device = std::make_unique<Device>();
    device->ordinal = static_cast<int>(devices.size());
    device->config = config;
    device->limits = limitsOf(config);
    device->memory = std::make_unique<machine::DeviceMemory>(device->ordinal, config.memoryBytes);
    devices.push_back(std::move(device));
  }
  initialised = false;
  ++epoch;
}

CUresult Driver::injected(const char* name) {
  std::lock_guard<std::mutex> lock(mutex);
  return injections.next(name);
}

Device& Driver::device(int ordinal) {
  require(ordinal >= 0 && ordinal < static_cast<int>(devices.size()), CUDA_ERROR_INVALID_DEVICE);
  return *devices[ordinal];
}

Device* Driver::owner(machine::Address address) {
  for (auto& device : devices) {
    if (device->memory->owns(address)) return device.get();
  }
  return nullptr;
}

std::vector<std::shared_ptr<Context>>& contextStack() {
  thread_local std::vector<std::shared_ptr<Context>> stack;
  thread_local std::uint64_t epoch = 0;
  if (epoch != theDriver().epoch) {
    stack.clear();
    epoch = theDriver().epoch;
  }
  return stack;
}

std::shared_ptr<Context> current() {
  auto& stack = contextStack();
  require(!stack.empty() && stack.back() != nullptr, CUDA_ERROR_INVALID_CONTEXT);
  auto context = stack.back();
  require(context->alive, CUDA_ERROR_CONTEXT_IS_DESTROYED);
  require(context->sticky == CUDA_SUCCESS, context->sticky);
  return context;
}

std::shared_ptr<Stream> stream(CUstream handle) {
  const auto number = reinterpret_cast<std::uintptr_t>(handle);
  if (number > kPerThreadStream) {
    auto found = theDriver().get<Stream>(handle);
    contextOf(*found);
    return found;
  }
  auto context = current();
  if (number != kPerThreadStream) return context->legacy;
  auto& own = context->perThread[std::this_thread::get_id()];
  if (own == nullptr) {
    own = std::make_shared<Stream>();
    own->context = context;
    own->id = theDriver().nextId++;
    context->streams.push_back(own);
  }
  return own;
}

std::shared_ptr<Context> contextOf(const Stream& stream) {
  auto context = stream.context.lock();
  require(context != nullptr && context->alive, CUDA_ERROR_CONTEXT_IS_DESTROYED);
  require(context->sticky == CUDA_SUCCESS, context->sticky);
  return context;
}

std::shared_ptr<Context> newContext(Device& device, unsigned flags, bool primary) {
  auto context = theDriver().add(std::make_shared<Context>());
  context->device = &device;
  context->flags = flags;
  context->primary = primary;
  context->id = theDriver().nextId++;
  context->legacy = std::make_shared<Stream>();
  context->legacy->context = context;
  context->legacy->id = theDriver().nextId++;
  return context;
}

bool isSticky(CUresult code) {
  switch (code) {
    case CUDA_ERROR_ECC_UNCORRECTABLE:
    case CUDA_ERROR_ILLEGAL_ADDRESS:
    case CUDA_ERROR_LAUNCH_TIMEOUT:
    case CUDA_ERROR_ASSERT:
    case CUDA_ERROR_ILLEGAL_INSTRUCTION:
    case CUDA_ERROR_MISALIGNED_ADDRESS:
    case CUDA_ERROR_LAUNCH_FAILED: return true;
    default: return false;
  }
}

static void freeMemory(Context& context) {
  Driver& driver = theDriver();
  for (auto address : context.allocations) context.device->memory->free(address);
  context.allocations.clear();
  for (auto range = driver.pinned.begin(); range != driver.pinned.end();) {
    if (range->second.owner != &context) {
      ++range;
      continue;
    }
    if (!range->second.registered) std::free(range->first);
    range = driver.pinned.erase(range);
  }
}

void release(Context& context) {
  Driver& driver = theDriver();
  for (auto& weak : context.streams) {
    if (auto stream = weak.lock()) {
      if (stream->capture != nullptr) leave(*std::shared_ptr<Capture>(stream->capture));
      complete(stream->last);
    }
  }
  complete(context.legacy->last);
  for (void* handle : context.handles) {
    auto found = driver.objects.find(handle);
    if (found == driver.objects.end()) continue;
    if (auto* module = dynamic_cast<Module*>(found->second.get())) module->unload();
    driver.objects.erase(found);
  }
  context.handles.clear();
  context.streams.clear();
  context.perThread.clear();
  context.peers.clear();
  context.legacy->last = nullptr;
  context.sticky = CUDA_SUCCESS;
  freeMemory(context);
}

void synchronise(Context& context) {
  for (std::size_t i = 0; i < context.streams.size(); ++i) {
    if (auto stream = context.streams[i].lock()) complete(stream->last);
  }
  complete(context.legacy->last);
  require(context.sticky == CUDA_SUCCESS, context.sticky);
}

machine::DeviceLimits limitsOf(const DeviceConfig& config) {
  machine::DeviceLimits limits;
  limits.computeCapability = config.computeCapability;
  limits.multiprocessors = config.multiprocessors;
  // Figures of the CUDA programming guide, table of technical specifications per capability.
  struct Row {
    int capability, threads, blocks, sharedKiB, optInKiB;
  };
  constexpr Row kRows[] = {
      {75, 1024, 16, 64, 64},    {80, 2048, 32, 164, 163}, {86, 1536, 16, 100, 99},
      {89, 1536, 24, 100, 99},   {90, 2048, 32, 228, 227}, {100, 2048, 32, 228, 227},
      {120, 1536, 24, 100, 99},
  };
  for (const Row& row : kRows) {
    if (row.capability > config.computeCapability) break;
    limits.maxThreadsPerMultiprocessor = row.threads;
    limits.maxBlocksPerMultiprocessor = row.blocks;
    limits.sharedPerMultiprocessor = row.sharedKiB * 1024;
    limits.sharedPerBlockOptIn = row.optInKiB * 1024;
  }
  return limits;
}

int newestPtx(int driverVersion) {
  // Release notes of the PTX ISA: version of CUDA, version of PTX.
  constexpr int kTable[][2] = {{11000, 70}, {11010, 71}, {11020, 72}, {11030, 73}, {11040, 74},
                               {11050, 75}, {11060, 76}, {11070, 77}, {11080, 78}, {12000, 80},
                               {12010, 81}, {12020, 82}, {12030, 83}, {12040, 84}, {12050, 85},
                               {12070, 86}, {12080, 87}, {12090, 88}, {13000, 90}, {13010, 91}};
  int newest = 65;
  for (const auto& row : kTable) {
    if (row[0] <= driverVersion) newest = row[1];
  }
  return newest;
}

}  // namespace driver
