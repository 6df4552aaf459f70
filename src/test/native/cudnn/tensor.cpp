#include "tensor.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace cudnn {

double roundTo(double value, int fraction, int leastExponent) {
  if (value == 0 || !std::isfinite(value)) return value;
  const int exponent = std::max(std::ilogb(value), leastExponent);
  const double unit = std::ldexp(1.0, exponent - fraction);
  return std::nearbyint(value / unit) * unit;
}

namespace {

float fromBits(std::uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

std::uint32_t toBits(float value) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

constexpr int kHalfFraction = 10, kHalfLeast = -14, kBrainFraction = 7, kBrainLeast = -126;

double halfToDouble(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  const double sign = bits >> 15 ? -1 : 1;
  if (exponent == 31) return fraction != 0 ? NAN : sign * INFINITY;
  if (exponent == 0) return sign * std::ldexp(fraction, kHalfLeast - kHalfFraction);
  return sign * std::ldexp(1024 + fraction, exponent - 15 - kHalfFraction);
}

std::uint16_t doubleToHalf(double value) {
  const std::uint16_t sign = std::signbit(value) ? 0x8000 : 0;
  if (std::isnan(value)) return sign | 0x7e00;
  const double size = std::fabs(roundTo(value, kHalfFraction, kHalfLeast));
  if (size >= 65536) return sign | 0x7c00;
  if (size == 0) return sign;
  const int exponent = std::max(std::ilogb(size), kHalfLeast);
  const auto fraction = static_cast<int>(std::ldexp(size, kHalfFraction - exponent));
  const int biased = fraction >= 1024 ? exponent + 15 : 0;
  return static_cast<std::uint16_t>(sign | biased << 10 | (fraction & 1023));
}

double load(const std::uint8_t* at, int type) {
  std::uint16_t half;
  float single;
  double wide;
  switch (type) {
    case kFloat: std::memcpy(&single, at, 4); return single;
    case kHalf: std::memcpy(&half, at, 2); return halfToDouble(half);
    case kBfloat16: std::memcpy(&half, at, 2); return fromBits(std::uint32_t{half} << 16);
    default: std::memcpy(&wide, at, 8); return wide;
  }
}

void store(std::uint8_t* at, int type, double value) {
  const auto single = static_cast<float>(value);
  std::uint16_t half;
  switch (type) {
    case kFloat: std::memcpy(at, &single, 4); return;
    case kHalf: half = doubleToHalf(value); std::memcpy(at, &half, 2); return;
    case kBfloat16: {
      const auto rounded = static_cast<float>(roundTo(value, kBrainFraction, kBrainLeast));
      half = static_cast<std::uint16_t>(toBits(rounded) >> 16);
      std::memcpy(at, &half, 2);
      return;
    }
    default: std::memcpy(at, &value, 8); return;
  }
}

}  // namespace

std::int64_t Tensor::positions() const {
  std::int64_t product = 1;
  for (std::size_t axis = 2; axis < dims.size(); ++axis) product *= dims[axis];
  return product;
}

std::size_t Tensor::elementBytes() const { return type == kDouble ? 8 : type == kFloat ? 4 : 2; }

std::size_t Tensor::spanBytes() const {
  std::int64_t last = 0;
  for (std::size_t axis = 0; axis < dims.size(); ++axis) last += (dims[axis] - 1) * strides[axis];
  return (last + 1) * elementBytes();
}

bool Tensor::channelsLast() const {
  return strides == dense(dims, kNhwc);
}

std::vector<std::int64_t> Tensor::dense(const std::vector<std::int64_t>& dims, Format format) {
  std::vector<std::int64_t> strides(dims.size());
  std::int64_t stride = format == kNhwc ? dims[1] : 1;
  for (std::size_t axis = dims.size(); axis-- > 0;) {
    if (axis == 1 && format == kNhwc) {
      strides[axis] = 1;
      continue;
    }
    strides[axis] = stride;
    stride *= dims[axis];
  }
  return strides;
}

template <class Visit>
void Tensor::forEach(Visit visit) const {
  std::vector<std::int64_t> index(dims.size());
  std::int64_t offset = 0;
  for (std::int64_t i = 0; i < elements(); ++i) {
    visit(i, offset * static_cast<std::int64_t>(elementBytes()));
    for (std::size_t axis = dims.size(); axis-- > 0;) {
      offset += strides[axis];
      if (++index[axis] < dims[axis]) break;
      offset -= strides[axis] * dims[axis];
      index[axis] = 0;
    }
  }
}

Values Tensor::read(const std::uint8_t* memory) const {
  Values values(elements());
  forEach([&](std::int64_t i, std::int64_t offset) { values[i] = load(memory + offset, type); });
  return values;
}

void Tensor::write(const Values& values, std::uint8_t* memory) const {
  forEach([&](std::int64_t i, std::int64_t offset) { store(memory + offset, type, values[i]); });
}

}  // namespace cudnn
