// The kernels that are shipped: every file loads, on the device it is meant for.
#include "test.h"

using namespace test;

#ifndef SHIPPED_PTX
#error "SHIPPED_PTX names the folder of the shipped PTX"
#endif

TEST("shipped_everyFileLoads") {
  auto files = filesIn(SHIPPED_PTX, ".ptx");
  expect(!files.empty(), "no PTX in " SHIPPED_PTX);
  for (const std::string& file : files) {
    Device device(readFile(file));
    expect(!device.module->entries.empty(), file + " has no entries");
  }
}
