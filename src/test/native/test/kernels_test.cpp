// The kernels that are shipped: they load, run without a finding, and need their barriers.
#include <cstdio>

#include "shipped.h"

using namespace test;

TEST("shipped_everyFileLoads") {
  const auto files = filesIn(SHIPPED_PTX, ".ptx");
  expect(!files.empty(), "no PTX in " SHIPPED_PTX);
  for (const std::string& file : files) {
    Device device(readFile(file));
    expect(!device.module->entries.empty(), file + " has no entries");
  }
}

TEST("shipped_reductionsRunWithoutAFinding") {
  const auto entries = shippedEntries();
  expect(entries.size() >= 20, "entries with barriers");
  for (const ShippedEntry& entry : entries)
    for (const Case& one : casesFor(entry))
      for (std::uint64_t seed : {0, 1, 2}) {
        const std::string problem = runCase(entry, entry.text, one, seed);
        expect(problem.empty(), entry.entry + ", " + one.name + ", seed " + std::to_string(seed) + ": " + problem);
      }
}
