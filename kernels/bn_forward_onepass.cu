// Forward training in one launch that reads x once.
//
//   mean = sum(x) / m,  v = sum((x - mean)^2) / m,  invStd = 1 / sqrt(v + epsilon)
//   z = (x - mean) * gamma * invStd + beta + residual,  y = relu ? max(z, 0) : z
//   saved and running statistics (bn_epilogue.cuh)
//
// Tier block: grid x = groups of channels, `splits` 1. Tier grid: `splits` blocks next to each other
// share a group and wait for each other, so the launch is cooperative; groups are taken in turn if
// more than fit. y may be the same memory as x or residual. Shared memory: OnChip in bn_onepass.cuh.
//
// Not taken: registers as the store (the indices would have to be constants, so a kernel per size); a
// second exchange for the mean (each block's own mean serves as well, merged by Chan's formula).
#include "bn_forward_onepass.cuh"

#define BN_FORWARD_ONEPASS(name, T)                                   \
  extern "C" __global__ void __launch_bounds__(kOnepassThreads)       \
      bn_forward_onepass_nchw_##name(const ForwardOnepassArguments a) { \
    forwardOnepass<T, GridExchange<3, ForwardOnepassArguments>>(a);                            \
  }

BN_FORWARD_ONEPASS(f32, float)
BN_FORWARD_ONEPASS(f64, double)
BN_FORWARD_ONEPASS(f16, f16)
BN_FORWARD_ONEPASS(bf16, bf16)
