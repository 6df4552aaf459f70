// A tensor as cuDNN describes it, and its values as doubles in the order n, c, position.
#pragma once

#include <cstdint>
#include <vector>

#include "abi.h"

namespace cudnn {

// Leaves a call with this status.
struct Failure {
  int status;
};
inline void require(bool condition, int status) {
  if (!condition) throw Failure{status};
}

using Values = std::vector<double>;

// Rounds to a format of `fraction` stored fraction bits and least exponent, ties to even.
double roundTo(double value, int fraction, int leastExponent);

struct Tensor {
  int type = kFloat;
  std::vector<std::int64_t> dims;  // n, c, then positions
  std::vector<std::int64_t> strides;

  std::int64_t n() const { return dims[0]; }
  std::int64_t c() const { return dims[1]; }
  std::int64_t positions() const;
  std::int64_t elements() const { return n() * c() * positions(); }
  std::size_t elementBytes() const;
  std::size_t spanBytes() const;  // from the first element to behind the last
  bool packed() const { return spanBytes() == elements() * elementBytes(); }
  bool channelsLast() const;

  // Strides of memory without gaps.
  static std::vector<std::int64_t> dense(const std::vector<std::int64_t>& dims, Format format);

  Values read(const std::uint8_t* memory) const;
  void write(const Values& values, std::uint8_t* memory) const;

 private:
  template <class Visit>
  void forEach(Visit visit) const;
};

}  // namespace cudnn
