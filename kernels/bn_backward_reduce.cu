// Sums of the backward pass in training: dBeta, dGamma, and the coefficients of dx.
//
//   g = dy where the activation passes, else 0
//   dBeta = sum(g),  dGamma = sum(g * (x - mean)) * invStd
//   dx = gamma * invStd * (g - dBeta / m - xHat * dGamma / m), computed by bn_backward_apply
//
// The activation passes where the mask's bit is set; without a mask, unless z <= 0 with
// z = (x - mean) * gamma * invStd + beta + residual. Grid: that of bn_statistics.cu.
//
// Not taken: sums of g * x (cancels against the mean); one launch with bn_backward_apply (a block would
// wait for others).
#include "bn_backward_last.cuh"

#define BN_BACKWARD_REDUCE(name, T)                                                         \
  extern "C" __global__ void __launch_bounds__(kThreads, 2)                                 \
      bn_backward_reduce_nchw_##name(const BackwardReduceArguments a) {                     \
    a.wide != 0 ? backwardChannelSecond<T, kWide<T>, false>(a)                              \
                : backwardChannelSecond<T, 1, false>(a);                                    \
  }                                                                                         \
  extern "C" __global__ void __launch_bounds__(kThreads, 2)                                 \
      bn_backward_reduce_nhwc_##name(const BackwardReduceArguments a) {                     \
    a.wide != 0 ? backwardChannelLast<T, kWide<T>, false>(a)                                \
                : backwardChannelLast<T, 1, false>(a);                                      \
  }

BN_BACKWARD_REDUCE(f32, float)
BN_BACKWARD_REDUCE(f64, double)
BN_BACKWARD_REDUCE(f16, f16)
BN_BACKWARD_REDUCE(bf16, bf16)
