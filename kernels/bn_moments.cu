// Moments (count, mean, m2) of every channel: merged with another set's, and turned into everything
// that a batch's statistics are turned into.
//
//   d = meanB - meanA,  n = nA + nB,  mean = meanA + d * nB / n,  m2 = m2A + m2B + d^2 * nA * nB / n
//
// Source: Chan, Golub, LeVeque, 1979 (see bn_moments.cuh). Behind synchronized batch norm, gradient
// accumulation and ghost batches. Grid: x = blocks of blockDim.x channels, taken in turn.
#include "bn_epilogue.cuh"

namespace {

__device__ inline i64 firstChannel() {
  return static_cast<i64>(blockIdx.x) * blockDim.x + threadIdx.x;
}

template <typename A>
__device__ inline void finish(const MomentsArguments& a) {
  const i64 stride = static_cast<i64>(gridDim.x) * blockDim.x;
  for (i64 c = firstChannel(); c < a.c; c += stride) {
    if (a.count[c] > 0) {
      finishChannel<A>(a.finish, c, A(0), a.mean[c], a.m2[c], a.count[c]);
    }
  }
  advanceBatches(a.finish, a.count[0], a.tickets, gridDim.x);
}

}  // namespace

extern "C" __global__ void __launch_bounds__(kThreads, 2) bn_moments_merge(const MomentsArguments a) {
  const i64 stride = static_cast<i64>(gridDim.x) * blockDim.x;
  for (i64 c = firstChannel(); c < a.c; c += stride) {
    const i64 more = a.otherCount[c];
    if (more <= 0) {
      continue;
    }
    const i64 count = a.count[c];
    const double share = static_cast<double>(more) / static_cast<double>(count + more);
    const double delta = a.otherMean[c] - a.mean[c];
    a.mean[c] += delta * share;
    a.m2[c] += a.otherM2[c] + delta * delta * share * static_cast<double>(count);
    a.count[c] = count + more;
  }
}

extern "C" __global__ void __launch_bounds__(kThreads, 2)
    bn_moments_finish_f32(const MomentsArguments a) {
  finish<float>(a);
}

extern "C" __global__ void __launch_bounds__(kThreads, 2)
    bn_moments_finish_f64(const MomentsArguments a) {
  finish<double>(a);
}
