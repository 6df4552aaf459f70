// Failures on order: the n-th call of an entry point gives a chosen error.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "abi.h"

namespace driver {

class Injections {
 public:
  // The `nth` (from 1) call from now whose name starts with `prefix` fails with `code`; `times`
  // calls in a row do. "kernel" is not a call but each kernel as it is executed.
  void add(std::string prefix, std::uint64_t nth, std::uint64_t times, CUresult code);
  void clear() { rules_.clear(); }
  // What this call is to fail with, or success. Counts the call.
  CUresult next(const std::string& call);
  // Rules that have not struck as often as they were to.
  std::uint64_t unused() const;

 private:
  struct Rule {
    std::string prefix;
    std::uint64_t skip;
    std::uint64_t times;
    CUresult code;
  };
  std::vector<Rule> rules_;
};

}  // namespace driver
