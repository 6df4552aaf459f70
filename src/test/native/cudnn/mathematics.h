// Batch normalization in double precision, written from the formulas.
#pragma once

#include "tensor.h"

namespace cudnn {

// n samples of c channels of s positions, and how many of these share a statistic.
struct Extent {
  std::int64_t n, c, s;
  bool perActivation;
  std::int64_t groups() const { return perActivation ? c * s : c; }
  std::int64_t perGroup() const { return perActivation ? n : n * s; }
  // The group of element i in the order n, c, s.
  std::int64_t group(std::int64_t i) const { return perActivation ? i % (c * s) : i / s % c; }
};

struct Statistics {
  Values mean, variance;  // of the population
};

Statistics statistics(const Extent& extent, const Values& x);
Values inverseDeviation(const Values& variance, double epsilon);

// scale * (x - mean) * invStd + bias
Values normalize(const Extent& extent, const Values& x, const Values& mean, const Values& invStd,
                 const Values& scale, const Values& bias);

struct Gradients {
  Values dx, dScale, dBias;
};
Gradients gradients(const Extent& extent, const Values& x, const Values& dy, const Values& mean,
                    const Values& invStd, const Values& scale);

// alpha * result + beta * old, where beta = 0 does not look at old.
Values blend(double alpha, const Values& result, double beta, const Values& old);

}  // namespace cudnn
