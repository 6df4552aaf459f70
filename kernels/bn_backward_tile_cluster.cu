// bn_backward_tile.cu with a tile in the shared memory of a cluster's blocks, which tell each other
// their sums through it. Compute capability 9.0 and newer.
//
// Grid: x = clusters of 2, 4, 8 or 16 blocks (the entry's _x2, ...), one per tile; a block's rank is its
// split. Blocks of one cluster run at the same time by definition, so the launch is an ordinary one.
//
// Not taken: reading the others' parts (a round trip after the barrier, and a second barrier before a
// block may end).
#include "bn_backward_tile.cuh"
#include "bn_tile_cluster.cuh"

namespace {

template <typename T, int V, int SPLITS>
__device__ inline void tile(const BackwardOnepassArguments& a) {
  const int group = blockIdx.x / SPLITS;
  startBackward<T, V>(a, group);
  backwardTile<T, V, ClusterOf<SPLITS>::template Parts>(a, group, 0);
}

}  // namespace

#define BN_BACKWARD_TILE_CLUSTER(name, T, SPLITS)                                            \
  extern "C" __global__ void __launch_bounds__(kThreads, 2) __cluster_dims__(SPLITS, 1, 1)  \
      bn_backward_tile_cluster_nhwc_##name##_x##SPLITS(const BackwardOnepassArguments a) {    \
    a.wide != 0 ? tile<T, kWide<T>, SPLITS>(a) : tile<T, 1, SPLITS>(a);                     \
  }

#define BN_BACKWARD_TILE_CLUSTERS(name, T)  \
  BN_BACKWARD_TILE_CLUSTER(name, T, 2)      \
  BN_BACKWARD_TILE_CLUSTER(name, T, 4)      \
  BN_BACKWARD_TILE_CLUSTER(name, T, 8)      \
  BN_BACKWARD_TILE_CLUSTER(name, T, 16)

BN_BACKWARD_TILE_CLUSTERS(f32, float)
BN_BACKWARD_TILE_CLUSTERS(f16, f16)
BN_BACKWARD_TILE_CLUSTERS(bf16, bf16)
