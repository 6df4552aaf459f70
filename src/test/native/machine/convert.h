// The conversions by "to.from", for the assembler.
#pragma once

#include <string>
#include <unordered_map>

#include "program.h"

namespace machine {

struct Conversion {
  Execute plain = nullptr;
  Execute integral = nullptr;  // rounds to an integer first (.rni and friends between floats)
  std::size_t toBytes = 0, fromBytes = 0;
};
using Conversions = std::unordered_map<std::string, Conversion>;
const Conversions& conversions();

}  // namespace machine
