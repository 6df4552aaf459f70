// What the driver knows: devices, contexts and the objects behind handles. One mutex guards it all;
// every entry point goes through `call` in call.h, and everything below expects the mutex held.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "abi.h"
#include "inject.h"
#include "machine.h"
#include "queue.h"

namespace driver {

// Leaves an entry point with this code.
struct Failure {
  CUresult code;
};
[[noreturn]] inline void fail(CUresult code) { throw Failure{code}; }
inline void require(bool condition, CUresult code) {
  if (!condition) fail(code);
}

struct Object {
  void* handle = nullptr;
  virtual ~Object() = default;
};

struct DeviceConfig {
  int computeCapability = 90;  // major * 10 + minor
  std::uint64_t memoryBytes = std::uint64_t{1} << 30;
  int multiprocessors = 4;
};

struct Configuration {
  std::vector<DeviceConfig> devices{DeviceConfig{}};
  int driverVersion = 13000;  // as cuDriverGetVersion says it: 12060 is 12.6
};

// How kernels are run; may change at any time.
struct Execution {
  std::uint64_t seed = 0;
  int ulpPerturbation = 0;
  bool checks = true;
  std::uint64_t maxWarpInstructions = 0;  // 0: the machine's default
};

struct Module;
struct Function;
struct Context;

struct Device {
  int ordinal = 0;
  DeviceConfig config;
  machine::DeviceLimits limits;
  std::unique_ptr<machine::DeviceMemory> memory;
  std::shared_ptr<Context> primary;
  int primaryReferences = 0;
  unsigned primaryFlags = 0;
};

struct Stream : Object {
  std::weak_ptr<Context> context;
  unsigned flags = 0;
  int priority = 0;
  std::uint64_t id = 0;
  std::shared_ptr<Work> last;    // null: never used
  std::size_t queued = 0;        // since the last time the stream ran dry
  std::shared_ptr<Capture> capture;
  std::vector<std::size_t> tips;  // nodes of the capture that the next one follows
  bool blocking() const { return (flags & kStreamNonBlocking) == 0; }
};

struct Event : Object {
  std::weak_ptr<Context> context;
  unsigned flags = 0;
  std::shared_ptr<Work> recorded;     // null: never recorded
  std::shared_ptr<Capture> capture;   // the capture it was last recorded in, if any
  std::vector<std::size_t> tips;
};

struct Context : Object {
  Device* device = nullptr;
  unsigned flags = 0;
  bool primary = false;
  bool alive = true;
  std::uint64_t id = 0;
  CUresult sticky = CUDA_SUCCESS;
  std::shared_ptr<Stream> legacy;
  std::map<std::thread::id, std::shared_ptr<Stream>> perThread;
  std::vector<std::weak_ptr<Stream>> streams;  // those with handles
  std::set<void*> handles;                     // streams, events, modules, functions
  std::set<machine::Address> allocations;
  std::set<void*> pinned;                      // from cuMemHostAlloc
  std::set<Context*> peers;                    // contexts whose memory it may use
};

struct PinnedRange {
  std::size_t bytes = 0;
  unsigned flags = 0;
  bool registered = false;  // the caller's memory; else ours to free
  Context* owner = nullptr;
};

// One launch as tests see it.
struct LaunchRecord {
  std::string kernel;
  int device = 0;
  machine::Launch launch;
  CUresult status = CUDA_SUCCESS;
  machine::Counters counters;
};

struct Driver {
  std::mutex mutex;
  Configuration configuration;
  Execution execution;
  Injections injections;
  bool initialised = false;
  std::uint64_t epoch = 0;  // one more at each reconfiguration; older contexts are gone
  std::vector<std::unique_ptr<Device>> devices;
  std::unordered_map<void*, std::shared_ptr<Object>> objects;
  std::map<char*, PinnedRange> pinned;  // by start
  std::vector<std::shared_ptr<Capture>> captures;
  std::vector<machine::Finding> findings;
  std::vector<std::string> complaints;  // findings of the driver itself
  std::vector<LaunchRecord> launches;
  std::uint64_t nextId = 1;
  std::string (*callSite)() = nullptr;  // where in the caller's code we are, if somebody can tell
  std::string lastMessage;  // the last failure in words, for tests and logs

  void configure(Configuration next);
  // Takes the lock and counts a call of another library.
  CUresult injected(const char* name);

  template <class T>
  std::shared_ptr<T> add(std::shared_ptr<T> object) {
    object->handle = reinterpret_cast<void*>(kHandleBase + 64 * nextId++);
    objects[object->handle] = object;
    return object;
  }
  // The open object of that kind behind a handle.
  template <class T>
  std::shared_ptr<T> get(void* handle, CUresult otherwise = CUDA_ERROR_INVALID_HANDLE) {
    auto found = objects.find(handle);
    require(found != objects.end(), otherwise);
    auto object = std::dynamic_pointer_cast<T>(found->second);
    require(object != nullptr, otherwise);
    return object;
  }

  Device& device(int ordinal);
  // The device that an address belongs to, or null for host memory.
  Device* owner(machine::Address address);

 private:
  static constexpr std::uintptr_t kHandleBase = 0x5eed'0000'0000;
};

Driver& theDriver();

// Errors after which a context is of no use any more.
bool isSticky(CUresult code);

// The calling thread's stack of contexts.
std::vector<std::shared_ptr<Context>>& contextStack();
// The current context: 201 without one, 709 if it was destroyed, its sticky error if it has one.
std::shared_ptr<Context> current();
// The stream behind a handle, the default streams of the current context included.
std::shared_ptr<Stream> stream(CUstream handle);
std::shared_ptr<Context> contextOf(const Stream& stream);
std::shared_ptr<Context> newContext(Device& device, unsigned flags, bool primary);
// Waits for the context's work and frees what it owns. A primary context may be used again after.
void release(Context& context);
// Waits for all streams of a context; fails with its sticky error.
void synchronise(Context& context);

machine::DeviceLimits limitsOf(const DeviceConfig& config);
// The newest PTX that a driver of this version takes: 13000 gives 90.
int newestPtx(int driverVersion);

}  // namespace driver
