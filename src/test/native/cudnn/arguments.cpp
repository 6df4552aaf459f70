#include "arguments.h"

#include <atomic>
#include <cmath>
#include <cstring>

#include "mathematics.h"

namespace cudnn {

static double scalar(const void* value, const Tensor& x) {
  require(value != nullptr, kNullPointer);
  if (x.type == kDouble) return *static_cast<const double*>(value);
  return *static_cast<const float*>(value);
}

Factors factorsOf(const Scaling& scaling, const Tensor& x) {
  return {scalar(scaling.alpha, x), scalar(scaling.beta, x)};
}

void checkSame(Descriptor descriptor, const Tensor& x) {
  const Tensor& other = tensorOf(descriptor);
  require(other.type == x.type && other.dims == x.dims, kBadParam);
}

Values blended(const Tensor& tensor, const Factors& by, const Values& result, const std::uint8_t* old) {
  return blend(by.alpha, result, by.beta, by.beta == 0 ? Values() : tensor.read(old));
}

std::uint8_t* result(Staging& staging, const void* device, const Tensor& tensor, const Factors& by) {
  return staging.out(const_cast<void*>(device), tensor.spanBytes(), by.beta != 0 || !tensor.packed());
}

void spoil(Staging& staging, void* workspace, std::size_t bytes) {
  if (workspace == nullptr || bytes == 0) return;
  std::memset(staging.out(workspace, bytes, false), 0xa5, bytes);
}

void unsettle(Values& sums) {
  constexpr unsigned kPeriod = 7;  // so that two runs of the same calls do not meet again
  static std::atomic<unsigned> calls{0};
  const double factor = 1 + std::ldexp(calls++ % kPeriod, -21);
  for (double& sum : sums) sum *= factor;
}

}  // namespace cudnn
