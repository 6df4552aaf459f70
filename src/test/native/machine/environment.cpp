#include "environment.h"

#include <xmmintrin.h>

#include "warp.h"

namespace machine {

namespace {

constexpr std::uint32_t kFlush = 0x8040;  // MXCSR: flush to zero, denormals are zero
constexpr int kRoundingShift = 13;

thread_local bool perturb = false;
thread_local std::uint64_t perturbSeed = 0;

std::uint32_t controlWord(const Environment& environment) {
  std::uint32_t direction = environment.rounding == Rounding::Down   ? 1
                            : environment.rounding == Rounding::Up   ? 2
                            : environment.rounding == Rounding::Zero ? 3
                                                                     : 0;
  return 0x1f80u | direction << kRoundingShift | (environment.flush ? kFlush : 0);
}

template <class T> void saturateLanes(Warp& warp, const Instruction& i) {
  T* d = warp.at<T>(i.d);
  for (std::uint32_t rest = warp.active; rest; rest &= rest - 1) {
    T& x = d[__builtin_ctz(rest)];
    x = x > T(0) ? (x < T(1) ? x : T(1)) : T(0);  // NaN becomes 0
  }
}

// The wrapped function is called through a pointer, so that nothing moves across the mode switch.
void underEnvironment(Warp& warp, const Instruction& i) {
  const std::uint32_t before = _mm_getcsr();
  _mm_setcsr(i.environment);
  i.inner(warp, i);
  _mm_setcsr(before);
  if (i.saturate == 4) saturateLanes<float>(warp, i);
  if (i.saturate == 8) saturateLanes<double>(warp, i);
}

}  // namespace

void wrap(Instruction& instruction, const Environment& environment, int bytes) {
  instruction.environment = controlWord(environment);
  instruction.saturate = environment.saturate ? static_cast<std::uint8_t>(bytes) : std::uint8_t{0};
  instruction.inner = instruction.run;
  instruction.run = underEnvironment;
}

Rounding currentRounding() {
  switch (_mm_getcsr() >> kRoundingShift & 3) {
    case 1: return Rounding::Down;
    case 2: return Rounding::Up;
    case 3: return Rounding::Zero;
    default: return Rounding::Nearest;
  }
}

float perturbed(float x) {
  if (!perturb || !std::isfinite(x) || x == 0) return x;
  std::uint32_t bits = bitsAs<std::uint32_t>(x);
  std::uint64_t hash = (bits ^ perturbSeed) * 0x9E3779B97F4A7C15ull;
  int step = static_cast<int>((hash >> 33) % 3) - 1;
  float moved = bitsAs<float>(bits + static_cast<std::uint32_t>(step));
  return std::isfinite(moved) ? moved : x;
}

void setPerturbation(bool on, std::uint64_t seed) { perturb = on, perturbSeed = seed; }

}  // namespace machine
