// What the calls of all operations have in common: tensors, scaling factors, results.
#pragma once

#include "objects.h"

namespace cudnn {

// A tensor argument: what it looks like and where it is.
struct Argument {
  Descriptor descriptor;
  const void* data;
};

struct Scaling {
  const void* alpha;
  const void* beta;
};

struct Factors {
  double alpha, beta;
};

// The factors, which are double for double data and float otherwise.
Factors factorsOf(const Scaling& scaling, const Tensor& x);
// The descriptor's tensor has the type and the sizes of x.
void checkSame(Descriptor descriptor, const Tensor& x);
// alpha * result + beta * old, where beta = 0 does not look at old.
Values blended(const Tensor& tensor, const Factors& by, const Values& result, const std::uint8_t* old);

// Host memory for a result. Where gaps stay or the old values count, it holds those.
std::uint8_t* result(Staging& staging, const void* device, const Tensor& tensor, const Factors& by);
// A workspace is the library's to overwrite: do so, to unmask callers that keep something there.
void spoil(Staging& staging, void* workspace, std::size_t bytes);
// What an operation without a fixed order of summation does to its sums: every call differs from the
// one before in the last bits of a float.
void unsettle(Values& sums);

}  // namespace cudnn
