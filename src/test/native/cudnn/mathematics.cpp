#include "mathematics.h"

#include <cmath>

namespace cudnn {

Statistics statistics(const Extent& extent, const Values& x) {
  Statistics result{Values(extent.groups()), Values(extent.groups())};
  const auto count = static_cast<double>(extent.perGroup());
  // Distances from the group's first value, so that a constant group has exactly its value as mean.
  Values first(extent.groups());
  for (std::size_t i = x.size(); i-- > 0;) first[extent.group(i)] = x[i];
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto g = extent.group(i);
    result.mean[g] += x[i] - first[g];
  }
  for (std::size_t g = 0; g < first.size(); ++g) result.mean[g] = first[g] + result.mean[g] / count;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double distance = x[i] - result.mean[extent.group(i)];
    result.variance[extent.group(i)] += distance * distance / count;
  }
  return result;
}

Values inverseDeviation(const Values& variance, double epsilon) {
  Values result(variance.size());
  for (std::size_t g = 0; g < result.size(); ++g) result[g] = 1 / std::sqrt(variance[g] + epsilon);
  return result;
}

Values normalize(const Extent& extent, const Values& x, const Values& mean, const Values& invStd,
                 const Values& scale, const Values& bias) {
  Values y(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto g = extent.group(i);
    y[i] = scale[g] * (x[i] - mean[g]) * invStd[g] + bias[g];
  }
  return y;
}

Gradients gradients(const Extent& extent, const Values& x, const Values& dy, const Values& mean,
                    const Values& invStd, const Values& scale) {
  Gradients result{Values(x.size()), Values(extent.groups()), Values(extent.groups())};
  const auto count = static_cast<double>(extent.perGroup());
  auto normalized = [&](std::size_t i) {
    const auto g = extent.group(i);
    return (x[i] - mean[g]) * invStd[g];
  };
  for (std::size_t i = 0; i < x.size(); ++i) {
    result.dBias[extent.group(i)] += dy[i];
    result.dScale[extent.group(i)] += dy[i] * normalized(i);
  }
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto g = extent.group(i);
    const double average = result.dBias[g] / count + normalized(i) * result.dScale[g] / count;
    result.dx[i] = scale[g] * invStd[g] * (dy[i] - average);
  }
  return result;
}

Values blend(double alpha, const Values& result, double beta, const Values& old) {
  Values blended(result.size());
  for (std::size_t i = 0; i < result.size(); ++i) {
    blended[i] = alpha * result[i] + (beta == 0 ? 0 : beta * old[i]);
  }
  return blended;
}

}  // namespace cudnn
