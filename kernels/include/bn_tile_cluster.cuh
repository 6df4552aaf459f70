// Parts of a tile (see bn_tile_parts.cuh) that the blocks of a cluster store into each other's shared
// memory, so that each reads its own. Needs compute capability 9.0.
#pragma once

#include "bn_cluster.cuh"
#include "bn_tile.cuh"

template <int SPLITS>
struct ClusterOf {
  template <typename P>
  struct Parts {
    // Read before the first is used: what a thread of 256 has of 16 splits of 64 columns.
    static constexpr int kAtOnce = 4;

    P* inbox;
    int columns;
    const P* mine;

    template <typename Arguments>
    __device__ Parts(const Arguments&, const Tile&, int columnCount, const P* own, void* room)
        : inbox(static_cast<P*>(room)), columns(columnCount), mine(own) {
      clusterStarted();
    }

    __device__ void tell(const Tile& tile) const {
      __syncthreads();
      clusterWait();
      for (int i = threadIdx.x; i < SPLITS * columns; i += blockDim.x) {
        const int column = i % columns;
        storeInBlock(inbox + tile.rank * columns + column, i / columns, mine[column]);
      }
      clusterArrive();
    }

    __device__ void await() const { clusterWait(); }

    __device__ P part(i64 split, int column) const { return inbox[split * columns + column]; }
  };
};
