// The shipped kernels with arguments: enough cases that every barrier and fence is executed.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "test.h"

namespace test {

// The fields of a kernel's one argument, in the order of kernels/include/bn_arguments.cuh.
std::vector<std::string> fieldsOf(const std::string& structName);

struct Case {
  std::string name;
  machine::Dim3 grid, block;
  std::map<std::string, std::int64_t> numbers;  // fields that are sizes or switches
  std::uint32_t dynamicShared = 0;
  bool cooperative = false;
};

struct ShippedEntry {
  std::string stem, entry, type;
  std::string text;  // PTX of this entry alone
  int firstLine = 0;
};

std::vector<ShippedEntry> shippedEntries();
std::vector<Case> casesFor(const ShippedEntry& entry);
// Runs one case with fresh buffers; the first finding or error in words, or nothing.
std::string runCase(const ShippedEntry& entry, const std::string& text, const Case& one, std::uint64_t seed);

struct Mutation {
  int barriers = 0, executed = 0, caught = 0;
  std::vector<std::string> survivors;
};
// Deletes each line that contains `what` in turn.
Mutation mutate(const ShippedEntry& entry, const std::string& what);

}  // namespace test
