// How the blocks that share the channels of a tile tell each other their parts of a result.
//
// A part is a pair of accumulators per column: (mean, m2), or two sums. Every block gets all parts and
// merges them in the same order, so all have the same bits. `Parts` has
//   Parts(arguments, tile, columns, mine, room)
//                       mine: this block's parts, in shared memory; room: where more is free
//   tell(tile)           leaves this block's part for the others
//   await()              returns when all parts can be read
//   part(split, column)  where there is more than one split
//   kAtOnce              of which so many are read before the first is used
#pragma once

#include "bn_exchange.cuh"
#include "bn_tile.cuh"

// The blocks of one launch, all of them resident; or one block alone.
template <typename P>
struct GridParts {
  // Each is a trip to the second-level cache; 132 splits of 64 columns are 17 for a thread of 512.
  static constexpr int kAtOnce = 8;

  P* all;
  unsigned* barrier;
  i64 splits;
  int columns;
  unsigned old;
  const P* mine;

  template <typename Arguments>
  __device__ GridParts(const Arguments& a, const Tile& tile, int columnCount, const P* own, void*)
      : splits(a.splits), columns(columnCount), old(0), mine(own) {
    all = static_cast<P*>(a.partials) + splits * tile.index * columns;
    barrier = a.barriers + blockIdx.x / static_cast<unsigned>(splits);
  }

  __device__ void tell(const Tile& tile) {
    __syncthreads();
    if (splits == 1) {
      return;
    }
    if (threadIdx.x < columns) {
      all[tile.rank * columns + threadIdx.x] = mine[threadIdx.x];
    }
    old = arriveAtBlocks(barrier, static_cast<unsigned>(splits), tile.rank == 0);
  }

  __device__ void await() const {
    if (splits > 1) {
      awaitBlocks(barrier, old);
    }
  }

  __device__ P part(i64 split, int column) const {
    // Not from the first-level cache, which may not know what other multiprocessors wrote.
    typedef typename Word<sizeof(P)>::type W;
    const W word = __ldcg(reinterpret_cast<const W*>(all + split * columns + column));
    P part;
    memcpy(&part, &word, sizeof(part));
    return part;
  }
};
