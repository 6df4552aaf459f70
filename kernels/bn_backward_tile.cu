// The backward pass of training in one pass, channel last: x and dy are read once and dx written once
// where the tiles stay on chip; what does not is read again.
//
//   g = dy where the activation passes, else 0;  dResidual = g
//   dBeta = sum(g),  dGamma = sum(g * (x - mean)) * invStd
//   dx = gamma * invStd * (g - dBeta / m - xHat * dGamma / m)
//
// Grid: that of bn_forward_tile.cu. dx may be the same memory as dy.
//
// Not taken: keeping dy and the mask's bits apart (g needs no second look at the mask).
#include "bn_backward_tile.cuh"
#include "bn_tile_parts.cuh"

namespace {

template <typename T, int V>
__device__ inline void tiles(const BackwardOnepassArguments& a) {
  const int groups = static_cast<int>((a.c + a.group - 1) / a.group);
  const unsigned splits = static_cast<unsigned>(a.splits);
  const int atOnce = static_cast<int>(gridDim.x / splits);
  int group = blockIdx.x / splits;
  startBackward<T, V>(a, group);
#pragma unroll 1
  for (; group < groups; group += atOnce) {
    backwardTile<T, V, GridParts>(a, group, groups - group > atOnce ? atOnce : 0);
  }
}

}  // namespace

#define BN_BACKWARD_TILE(name, T)                                                           \
  extern "C" __global__ void __launch_bounds__(kTileThreads)                                \
      bn_backward_tile_nhwc_##name(const BackwardOnepassArguments a) {                      \
    a.wide != 0 ? tiles<T, kWide<T>>(a) : tiles<T, 1>(a);                                   \
  }

BN_BACKWARD_TILE(f32, float)
BN_BACKWARD_TILE(f64, double)
BN_BACKWARD_TILE(f16, f16)
BN_BACKWARD_TILE(bf16, bf16)
