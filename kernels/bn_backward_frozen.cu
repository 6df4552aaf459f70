// The backward pass with frozen statistics, in one pass: mean and variance are constants, so dx needs
// no sums.
//
//   invStd = 1 / sqrt(variance + epsilon),  g = dy where the activation passes, else 0
//   dx = gamma * invStd * g,  dResidual = g
//   dBeta = sum(g),  dGamma = sum(g * (x - mean)) * invStd
//
// Grid: that of bn_statistics.cu. dx may be the same memory as dy.
//
// Not taken: two launches as in training (reads dy twice).
#include "bn_backward_last.cuh"

#define BN_BACKWARD_FROZEN(name, T)                                                         \
  extern "C" __global__ void __launch_bounds__(kThreads, 2)                                 \
      bn_backward_frozen_nchw_##name(const BackwardReduceArguments a) {                     \
    a.wide != 0 ? backwardChannelSecond<T, kWide<T>, true>(a)                               \
                : backwardChannelSecond<T, 1, true>(a);                                     \
  }                                                                                         \
  extern "C" __global__ void __launch_bounds__(kThreads, 2)                                 \
      bn_backward_frozen_nhwc_##name(const BackwardReduceArguments a) {                     \
    a.wide != 0 ? backwardChannelLast<T, kWide<T>, true>(a)                                 \
                : backwardChannelLast<T, 1, true>(a);                                       \
  }

BN_BACKWARD_FROZEN(f32, float)
BN_BACKWARD_FROZEN(f64, double)
BN_BACKWARD_FROZEN(f16, f16)
BN_BACKWARD_FROZEN(bf16, bf16)
