// Normalization by the coefficients that bn_statistics left.
//
//   z = (x - mean) * scale + shift + residual,  y = relu ? max(z, 0) : z
//   mask bit = not (z <= 0)
//
// Grid: see walkFlat (channel second) and walkColumns (channel last) in bn_elementwise.cuh. y may be
// the same memory as x or residual.
//
// Not taken: x * scale + shift' with the mean folded into shift' (a constant channel is then not exactly
// beta); a block per channel (16-byte accesses only where hw is a multiple of the pack).
#include "bn_forward.cuh"
#include "bn_reduce.cuh"

namespace {

template <typename A>
struct BatchSource {
  const void* all;
  __device__ explicit BatchSource(const NormalizeArguments& a) : all(a.coefficients) {}
  __device__ Coefficients<A> coefficients(i64 channel) const {
    return loadCoefficients<Coefficients<A>>(all, channel);
  }
};

template <typename T>
using Source = BatchSource<Acc<T>>;

}  // namespace

#define BN_NORMALIZE(name, T)                                                               \
  extern "C" __global__ void __launch_bounds__(kThreads, kFlatBlocks<T>)                    \
      bn_normalize_nchw_##name(const NormalizeArguments a) {                                \
    forwardSecond<T, Source<T>>(a);                                                         \
  }                                                                                         \
  extern "C" __global__ void __launch_bounds__(kThreads, kColumnBlocks)                     \
      bn_normalize_nhwc_##name(const NormalizeArguments a) {                                \
    forwardLast<T, Source<T>>(a);                                                           \
  }

BN_NORMALIZE(f32, float)
BN_NORMALIZE(f64, double)
BN_NORMALIZE(f16, f16)
BN_NORMALIZE(bf16, bf16)
