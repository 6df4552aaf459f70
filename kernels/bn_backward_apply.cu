// Gradients of x and of the residual in training, from the coefficients of bn_backward_reduce.
//
//   g = dy where the activation passes, else 0;  dResidual = g
//   dx = scale * ((g - shiftOfDy) - (x - mean) * slope)
//      = gamma * invStd * (g - dBeta / m - xHat * dGamma / m)
//
// Grid: see walkFlat (channel second) and walkColumns (channel last) in bn_elementwise.cuh. dx may be
// the same memory as dy.
#include "bn_backward_op.cuh"

namespace {

template <typename T, int V>
__device__ inline void channelSecond(const BackwardApplyArguments& a) {
  typedef BackwardOp<T, BackwardApplyArguments> Op;
  walkFlat<Op, V>(Op(a), a.c, a.hw, a.rows);
}

template <typename T, int V>
__device__ inline void channelLast(const BackwardApplyArguments& a) {
  typedef BackwardOp<T, BackwardApplyArguments> Op;
  walkColumns<Op, V>(Op(a), a.c, a.rows, static_cast<int>(a.lanes));
}

// A thread of f16 holds the coefficients of 8 channels.
template <typename T>
constexpr int kApplyBlocks = sizeof(T) < 4 ? 2 : kColumnBlocks;

}  // namespace

#define BN_BACKWARD_APPLY(name, T)                                                          \
  extern "C" __global__ void __launch_bounds__(kThreads, kFlatBlocks<T>)                    \
      bn_backward_apply_nchw_##name(const BackwardApplyArguments a) {                       \
    a.wide != 0 ? channelSecond<T, kWide<T>>(a) : channelSecond<T, 1>(a);                   \
  }                                                                                         \
  extern "C" __global__ void __launch_bounds__(kThreads, kApplyBlocks<T>)                   \
      bn_backward_apply_nhwc_##name(const BackwardApplyArguments a) {                       \
    a.wide != 0 ? channelLast<T, kWide<T>>(a) : channelLast<T, 1>(a);                       \
  }

BN_BACKWARD_APPLY(f32, float)
BN_BACKWARD_APPLY(f64, double)
BN_BACKWARD_APPLY(f16, f16)
BN_BACKWARD_APPLY(bf16, bf16)
