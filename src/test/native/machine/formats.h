// Half and bfloat16 as storage formats, NaN as the device writes it, rounding to any narrow format.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#if defined(__F16C__)
#include <immintrin.h>
#endif

namespace machine {

enum class Rounding : std::uint8_t { Nearest, Zero, Down, Up, Away };

template <class To, class From> inline To bitsAs(From from) {
  static_assert(sizeof(To) == sizeof(From), "same size");
  To to;
  std::memcpy(&to, &from, sizeof to);
  return to;
}

struct Half {
  std::uint16_t bits;
};
struct Bf16 {
  std::uint16_t bits;
};

// The device writes NaN results in one canonical form, except in double precision.
inline float canonical(float x) { return x == x ? x : bitsAs<float>(0x7fffffffu); }
inline double canonical(double x) { return x; }
constexpr std::uint16_t kNarrowNan = 0x7fff;

// Rounds to a binary format of `exponentBits` and `mantissaBits` stored below a sign. Exact: the
// double is taken apart, the tail is compared with half a unit.
std::uint32_t encode(double x, int exponentBits, int mantissaBits, Rounding rounding);

inline float value(Bf16 x) { return bitsAs<float>(static_cast<std::uint32_t>(x.bits) << 16); }
inline float value(float x) { return x; }
inline double value(double x) { return x; }

inline float value(Half x) {
#if defined(__F16C__)
  return _cvtsh_ss(x.bits);
#else
  std::uint32_t exponent = x.bits >> 10 & 0x1f, mantissa = x.bits & 0x3ff;
  float magnitude = exponent == 31  ? (mantissa ? NAN : INFINITY)
                    : exponent == 0 ? std::ldexp(static_cast<float>(mantissa), -24)
                                    : std::ldexp(static_cast<float>(mantissa | 0x400), static_cast<int>(exponent) - 25);
  return x.bits & 0x8000 ? -magnitude : magnitude;
#endif
}

inline Half toHalf(double x, Rounding rounding = Rounding::Nearest) {
  return {static_cast<std::uint16_t>(encode(x, 5, 10, rounding))};
}
inline Half toHalf(float x) {
#if defined(__F16C__)
  return x == x ? Half{_cvtss_sh(x, _MM_FROUND_TO_NEAREST_INT)} : Half{kNarrowNan};
#else
  return toHalf(static_cast<double>(x));
#endif
}

inline Bf16 toBf16(double x, Rounding rounding = Rounding::Nearest) {
  return {static_cast<std::uint16_t>(encode(x, 8, 7, rounding))};
}
inline Bf16 toBf16(float x) {
  std::uint32_t bits = bitsAs<std::uint32_t>(x);
  std::uint32_t rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
  return {static_cast<std::uint16_t>(x == x ? rounded : kNarrowNan)};
}

// a * b + c with the last bit made sticky (round to odd), so that rounding it once more is exact.
// The product of two narrow values is exact in double.
double fmaSticky(double a, double b, double c);

// The device's min and max: a NaN loses, -0 is below +0.
template <class T> inline T smaller(T a, T b) {
  if (value(a) != value(a)) return b;
  if (value(b) != value(b)) return a;
  if (value(a) == value(b)) return std::signbit(value(a)) ? a : b;
  return value(a) < value(b) ? a : b;
}
template <class T> inline T larger(T a, T b) {
  if (value(a) != value(a)) return b;
  if (value(b) != value(b)) return a;
  if (value(a) == value(b)) return std::signbit(value(a)) ? b : a;
  return value(a) > value(b) ? a : b;
}

}  // namespace machine
