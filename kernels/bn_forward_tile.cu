// Forward training in one pass, channel last: x is read once and y written once where the tiles stay
// on chip; what does not is read again.
//
//   mean = sum(x) / m,  v = sum((x - mean)^2) / m,  invStd = 1 / sqrt(v + epsilon)
//   y = act((x - mean) * invStd * gamma + beta + residual), saved and running statistics
//
// Grid: `splits` blocks next to each other share a tile's channels, each with a chunk of the rows.
// Tiles are taken in turn by gridDim.x / splits groups of blocks. With more than one split all blocks
// have to be resident (cooperative launch), since they wait for each other's (mean, m2); once per tile.
// One block per tile waits for nobody. y may be the same memory as x or residual.
//
// Not taken: tiles of 32 bytes of channels (half of a DRAM access); keeping rows in registers (of 8
// channels a thread has 32 coefficients); a second exchange for squares about the merged mean (Chan's
// merge of the blocks' own squares is as exact); squares from the chip once a thread knows its mean (a
// second look at what is there costs half types a seventh of the time that their memory traffic takes);
// two buffers, so that one tile is written while the next one's blocks tell each other their sums (the
// buffers hold half of the rows each, and the L2 cache can take the next rows meanwhile).
#include "bn_forward_tile.cuh"
#include "bn_tile_parts.cuh"

namespace {

template <typename T, int V>
__device__ inline void tiles(const ForwardOnepassArguments& a) {
  const int groups = static_cast<int>((a.c + a.group - 1) / a.group);
  const unsigned splits = static_cast<unsigned>(a.splits);
  const int atOnce = static_cast<int>(gridDim.x / splits);
  int group = blockIdx.x / splits;
  startForward<T, V>(a, group);
#pragma unroll 1
  for (; group < groups; group += atOnce) {
    forwardTile<T, V, GridParts>(a, group, groups - group > atOnce ? atOnce : 0, groups);
  }
}

}  // namespace

#define BN_FORWARD_TILE(name, T)                                                            \
  extern "C" __global__ void __launch_bounds__(kTileThreads)                                \
      bn_forward_tile_nhwc_##name(const ForwardOnepassArguments a) {                        \
    a.wide != 0 ? tiles<T, kWide<T>>(a) : tiles<T, 1>(a);                                   \
  }

BN_FORWARD_TILE(f32, float)
BN_FORWARD_TILE(f64, double)
BN_FORWARD_TILE(f16, f16)
BN_FORWARD_TILE(bf16, bf16)
