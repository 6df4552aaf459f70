// The backward pass of training in one launch that reads x and dy once.
//
//   g = dy where the activation passes, else 0;  dResidual = g
//   dBeta = sum(g),  dGamma = sum(g * (x - mean)) * invStd
//   dx = gamma * invStd * (g - dBeta / m - xHat * dGamma / m)
//
// The activation passes where the mask's bit is set; without a mask, unless z <= 0 (bn_backward.cuh).
// Tiers and grid: those of bn_forward_onepass.cu. dx may be the same memory as dy.
//
// Not taken: dy itself as the kept tensor (mask or residual would be read twice).
#include "bn_backward_onepass.cuh"

#define BN_BACKWARD_ONEPASS(name, T)                                      \
  extern "C" __global__ void __launch_bounds__(kOnepassThreads)           \
      bn_backward_onepass_nchw_##name(const BackwardOnepassArguments a) { \
    backwardOnepass<T, GridExchange<2, BackwardOnepassArguments>>(a);     \
  }

BN_BACKWARD_ONEPASS(f32, float)
BN_BACKWARD_ONEPASS(f64, double)
BN_BACKWARD_ONEPASS(f16, f16)
BN_BACKWARD_ONEPASS(bf16, bf16)
