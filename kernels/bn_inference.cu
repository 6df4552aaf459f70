// Normalization by running statistics: modes INFERENCE and FROZEN.
//
//   invStd = 1 / sqrt(variance + epsilon)
//   z = (x - mean) * gamma * invStd + beta + residual,  y = relu ? max(z, 0) : z
//
// One launch: a thread computes the coefficients of the channels it meets, once per channel and not
// per element. Grid: see walkFlat (channel second) and walkColumns (channel last) in
// bn_elementwise.cuh. y may be the same memory as x or residual.
//
// Not taken: a launch before this one for the coefficients (one more launch;
// the square roots are few against the memory accesses).
#include "bn_forward.cuh"
#include "bn_reduce.cuh"

namespace {

template <typename A>
struct RunningSource {
  const void* mean;
  const void* variance;
  const void* gamma;
  const void* beta;
  A epsilon;

  __device__ explicit RunningSource(const InferenceArguments& a)
      : mean(a.mean),
        variance(a.variance),
        gamma(a.gamma),
        beta(a.beta),
        epsilon(static_cast<A>(a.epsilon)) {}

  __device__ Coefficients<A> coefficients(i64 channel) const {
    const A invStd = A(1) / sqrt(parameter<A>(variance, channel, A(1)) + epsilon);
    Coefficients<A> c;
    c.mean = parameter<A>(mean, channel, A(0));
    c.scale = parameter<A>(gamma, channel, A(1)) * invStd;
    c.shift = parameter<A>(beta, channel, A(0));
    c.zero = A(0);
    return c;
  }
};

template <typename T>
using Source = RunningSource<Acc<T>>;

}  // namespace

#define BN_INFERENCE(name, T)                                                               \
  extern "C" __global__ void __launch_bounds__(kThreads, kFlatBlocks<T>)                    \
      bn_inference_nchw_##name(const InferenceArguments a) {                                \
    forwardSecond<T, Source<T>>(a);                                                         \
  }                                                                                         \
  extern "C" __global__ void __launch_bounds__(kThreads, kColumnBlocks)                     \
      bn_inference_nhwc_##name(const InferenceArguments a) {                                \
    forwardLast<T, Source<T>>(a);                                                           \
  }

BN_INFERENCE(f32, float)
BN_INFERENCE(f64, double)
BN_INFERENCE(f16, f16)
BN_INFERENCE(bf16, bf16)
