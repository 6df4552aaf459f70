// A test main of its own: one line per test, non-zero exit on failure.
#pragma once

#include <cstdint>
#include <cstring>
#include <functional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "machine.h"

namespace test {

struct Test {
  std::string name;
  std::function<void()> body;
};
std::vector<Test>& tests();

struct Register {
  Register(const std::string& name, std::function<void()> body) { tests().push_back({name, std::move(body)}); }
};

struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

template <class A, class B> void expectEqual(const A& expected, const B& got, const std::string& what) {
  if (expected == got) return;
  std::ostringstream text;
  text << what << ": expected " << expected << " but got " << got;
  throw Failure(text.str());
}
inline void expect(bool holds, const std::string& what) {
  if (!holds) throw Failure(what);
}

#define TEST_JOIN2(a, b) a##b
#define TEST_JOIN(a, b) TEST_JOIN2(a, b)
#define TEST(name) \
  static void TEST_JOIN(body, __LINE__)(); \
  static const ::test::Register TEST_JOIN(registered, __LINE__)(name, TEST_JOIN(body, __LINE__)); \
  static void TEST_JOIN(body, __LINE__)()

// A device with one module, launched with buffers and numbers as parameters.
class Device {
 public:
  explicit Device(const std::string& ptx, int computeCapability = 90);
  ~Device();

  template <class T> machine::Address upload(const std::vector<T>& values, const std::string& site = "test") {
    machine::Address address = memory.allocate(values.size() * sizeof(T), site);
    memory.write(address, values.data(), values.size() * sizeof(T));
    return address;
  }
  machine::Address reserve(std::uint64_t bytes, const std::string& site = "test") { return memory.allocate(bytes, site); }
  template <class T> std::vector<T> download(machine::Address address, std::size_t count) {
    std::vector<T> values(count);
    if (auto error = memory.read(values.data(), address, count * sizeof(T))) throw Failure(*error);
    return values;
  }

  // Parameters in order; each lies where the entry says.
  template <class... P> machine::LaunchResult run(const std::string& entry, std::uint32_t blocks, std::uint32_t threads, P... parameters) {
    machine::Launch one = launch;
    one.grid = {blocks, 1, 1};
    one.block = {threads, 1, 1};
    const machine::Entry& kernel = entryOf(entry);
    one.parameters.assign(kernel.parameterBytes, 0);
    std::size_t index = 0;
    (put(kernel, one, index++, &parameters, sizeof parameters), ...);
    return machine::run(kernel, one, limits, memory);
  }

  machine::DeviceMemory memory;
  machine::DeviceLimits limits;
  machine::Launch launch;  // options for the next runs
  std::unique_ptr<machine::Module> module;

 private:
  const machine::Entry& entryOf(const std::string& name) const;
  static void put(const machine::Entry& kernel, machine::Launch& launch, std::size_t index, const void* from, std::size_t bytes);
};

void expectClean(const machine::LaunchResult& result);
// Exactly this kind at this PTX line (of the text given to Device), whatever else.
void expectFinding(const machine::LaunchResult& result, machine::FindingKind kind, int ptxLine);

std::string readFile(const std::string& path);
std::vector<std::string> filesIn(const std::string& folder, const std::string& ending);

}  // namespace test
