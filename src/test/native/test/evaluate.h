// One instruction at a time: a kernel around it, values in, the bits of the result out.
#pragma once

#include "test.h"

namespace test {

// A signature names the registers of target and sources: p predicate, h 16, r 32, d 64 bits, and
// x for a source that is written into the text as a number. "rrr" is "op %r0, %r1, %r2".
// Runs as a full warp and as a single lane, which must agree.
std::uint64_t evaluate(const std::string& opcode, const std::string& signature, const std::vector<std::uint64_t>& inputs);

// Opcodes that `evaluate` has seen, for the test of completeness.
std::vector<std::string>& evaluated();

struct Row {
  const char* opcode;
  const char* signature;
  std::uint64_t expected;
  std::vector<std::uint64_t> inputs;
};
void check(const std::vector<Row>& rows);

template <class To, class From> To bits(From from) {
  static_assert(sizeof(To) == sizeof(From), "same size");
  To to;
  std::memcpy(&to, &from, sizeof to);
  return to;
}
inline std::uint64_t F(float x) { return bits<std::uint32_t>(x); }
inline std::uint64_t D(double x) { return bits<std::uint64_t>(x); }

constexpr std::uint64_t kNan = 0x7fffffff, kInf = 0x7f800000, kMinusInf = 0xff800000;
constexpr std::uint64_t kQuiet = 0x7fc00123;         // a NaN with a payload
constexpr std::uint64_t kTiny = 0x00000001;          // smallest denormal
constexpr std::uint64_t kMax = 0x7f7fffff, kMinusZero = 0x80000000;
constexpr std::uint64_t kAll = ~std::uint64_t{0};

}  // namespace test
