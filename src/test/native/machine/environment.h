// Rounding direction, flushing of denormals and saturation of one instruction.
#pragma once

#include <cstdint>

#include "formats.h"
#include "program.h"

namespace machine {

struct Environment {
  Rounding rounding = Rounding::Nearest;
  bool flush = false;
  bool saturate = false;
  bool plain() const { return rounding == Rounding::Nearest && !flush && !saturate; }
};

// Makes `instruction` run its function under the environment; `bytes` is the type's size.
void wrap(Instruction& instruction, const Environment& environment, int bytes);

// What .ftz does to an operand, for forms that move bits instead of computing.
inline float flushed(float x) {
  std::uint32_t bits = bitsAs<std::uint32_t>(x);  // comparing x itself might flush it already
  return (bits & 0x7f800000u) == 0 ? bitsAs<float>(bits & 0x80000000u) : x;
}
inline double flushed(double x) { return x; }

// The direction in force while a wrapped form runs.
Rounding currentRounding();

// Moves x by -1, 0 or +1 unit, chosen by its bits and the seed; exact 0, infinity and NaN stay.
float perturbed(float x);
void setPerturbation(bool on, std::uint64_t seed);

}  // namespace machine
