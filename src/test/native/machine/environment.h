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

// For forms that move bits instead of computing: zero for a denormal when the mode says so.
float flushed(float x);
inline double flushed(double x) { return x; }

// The direction in force while a wrapped form runs.
Rounding currentRounding();

// Moves x by -1, 0 or +1 unit, chosen by its bits and the seed; exact 0, infinity and NaN stay.
float perturbed(float x);
void setPerturbation(bool on, std::uint64_t seed);

}  // namespace machine
