#include "formats.h"

namespace machine {

std::uint32_t encode(double x, int exponentBits, int mantissaBits, Rounding rounding) {
  const std::uint32_t sign = std::signbit(x) ? 1u << (exponentBits + mantissaBits) : 0;
  const std::uint32_t infinity = ((1u << exponentBits) - 1) << mantissaBits;
  if (x != x) return infinity | ((1u << mantissaBits) - 1);
  if (std::isinf(x)) return sign | infinity;
  const double magnitude = std::fabs(x);
  if (magnitude == 0) return sign;
  const int bias = (1 << (exponentBits - 1)) - 1;
  int exponent = 0;
  std::frexp(magnitude, &exponent);  // magnitude = f * 2^exponent, 0.5 <= f < 1
  exponent -= 1;
  const int lowest = 1 - bias;  // of normal numbers; below it the unit stays the same
  const int unit = (exponent < lowest ? lowest : exponent) - mantissaBits;
  const double scaled = std::ldexp(magnitude, -unit);  // exact: a power of two, result far from underflow
  double whole = std::trunc(scaled);
  const double tail = scaled - whole;
  const bool away = rounding == Rounding::Up ? !sign : rounding == Rounding::Down ? sign != 0 : false;
  if (rounding == Rounding::Nearest)
    whole += tail > 0.5 || (tail == 0.5 && std::fmod(whole, 2.0) == 1.0);
  else if (rounding == Rounding::Away)
    whole += tail >= 0.5;
  else
    whole += away && tail > 0;
  // A carry into the exponent, and from subnormal to normal, comes out of the plain sum.
  const std::uint32_t base = exponent < lowest ? 0u : static_cast<std::uint32_t>(exponent - lowest) << mantissaBits;
  const double limit = static_cast<double>(infinity);
  const double code = base + whole;
  if (code < limit) return sign | static_cast<std::uint32_t>(code);
  const bool toInfinity = rounding == Rounding::Nearest || rounding == Rounding::Away || away;
  return sign | (toInfinity ? infinity : infinity - 1);
}

double fmaSticky(double a, double b, double c) {
  const double product = a * b;
  const double sum = product + c;
  if (!std::isfinite(sum)) return sum;
  const double part = sum - product;
  const double error = (product - (sum - part)) + (c - part);
  const std::uint64_t bits = bitsAs<std::uint64_t>(sum);
  if (error == 0 || (bits & 1)) return sum;
  const bool grow = (error > 0) == (sum > 0);
  return bitsAs<double>(grow ? bits + 1 : bits - 1);
}

}  // namespace machine
