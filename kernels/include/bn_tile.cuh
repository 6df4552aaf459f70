// Tiles of a channel-last tensor that stay on chip.
//
// A tile is a group of neighbouring channels and one split of the rows. lanes threads lie along the
// channels, V each; the others along the rows. A thread takes a row per step and keeps what it read of
// the first steps in shared memory, in slots of its own: as if it had more registers, so nobody waits,
// and neighbouring threads use neighbouring banks. The rows that do not fit are read again, the
// newest first, since the L2 cache has them still.
#pragma once

#include "bn_elementwise.cuh"
#include "bn_epilogue.cuh"

extern __shared__ uint4 dynamicShared[];

// Rows of a split; none where rounding up the others' has left none.
template <typename Arguments>
__device__ inline i64 rowsOf(i64 split, const Arguments& a) {
  const i64 rows = splitCount(split, a.chunk, a.m);
  return rows > 0 ? rows : 0;
}

// Most channels of a tile: 8 lanes of 16 bytes, or a warp of single elements.
template <typename T, int V>
constexpr int kMostColumns = V > 1 ? 8 * V : 32;

struct Tile {
  int index;     // of the group
  int rank;      // of the split
  i64 begin;     // first row of the split
  i64 rows;      // of the split
  int steps;     // the same for all threads, so that they meet at barriers
  int kept;      // steps whose values stay on chip
  int own;       // steps of this thread
  i64 stride;    // elements from one step to the next
  i64 element;   // of this thread's first step
  i64 col;       // this thread's first channel
  i64 c;
  int lanes;
  int slots;
  int slot;
  bool inside;   // there is such a channel

  template <typename Arguments>
  __device__ Tile(const Arguments& a, int group, int packSize) : index(group), c(a.c) {
    lanes = static_cast<int>(a.lanes);
    // Or the compiler computes all that follows before a loop over tiles, and has no registers left.
    asm volatile("" : "+r"(lanes));
    slots = blockDim.x / lanes;
    slot = threadIdx.x / lanes;
    rank = static_cast<int>(blockIdx.x % static_cast<unsigned>(a.splits));
    begin = rank * a.chunk;
    rows = rowsOf(rank, a);
    steps = static_cast<int>((rows + slots - 1) / slots);
    const i64 most = a.resident / slots;
    kept = steps < most ? steps : static_cast<int>(most);
    stride = slots * c;
    col = group * a.group + (threadIdx.x & (lanes - 1)) * packSize;
    inside = col < c;
    element = (begin + slot) * c + col;
    own = inside && slot + (steps - 1) * static_cast<i64>(slots) < rows ? steps : steps - 1;
    own = inside ? own : 0;
  }

  template <int V>
  __device__ Place at(int step) const {
    Place at = columnPlace(begin + slot + step * static_cast<i64>(slots), col, c);
    at.sharing = lanes < 8 / V ? lanes : 8 / V;
    at.valid = step < own;
    return at;
  }
};

// A tile's columns are numbered so that the lanes' first channels come first: what a warp does for
// neighbouring columns then uses neighbouring banks.
struct Columns {
  int count;
  i64 channel;  // of column threadIdx.x
  bool mine;    // this thread does what is done once per column

  __device__ Columns(const Tile& tile, i64 group, int packSize) : count(tile.lanes * packSize) {
    const int column = threadIdx.x % count;
    channel = tile.index * group + (column % tile.lanes) * packSize + column / tile.lanes;
    mine = threadIdx.x < count && channel < tile.c;
  }
};

// Column of value k of a lane.
__device__ inline int columnOf(const Tile& tile, int k) {
  return k * tile.lanes + (threadIdx.x & (tile.lanes - 1));
}

// Packs that a thread keeps in shared memory, one per step.
template <typename T, int V>
struct Kept {
  typedef typename Word<sizeof(T) * V>::type W;
  W* first;

  // At a place in shared memory for the whole block.
  __device__ explicit Kept(void* place) : first(static_cast<W*>(place) + threadIdx.x) {}

  // The place behind one of so many steps.
  __device__ static void* behind(void* place, i64 steps) {
    return static_cast<W*>(place) + steps * blockDim.x;
  }

  __device__ void put(int step, const Pack<T, V>& pack) const {
    W word;
    memcpy(&word, &pack, sizeof(word));
    first[step * blockDim.x] = word;
  }

  __device__ Pack<T, V> get(int step) const {
    const W word = first[step * blockDim.x];
    Pack<T, V> pack;
    memcpy(&pack, &word, sizeof(pack));
    return pack;
  }
};

// Everything that is written, last step first. Op as in bn_elementwise.cuh; with KEPT, items come from
// op.kept(step, place) instead of op.load(place).
template <bool KEPT, int V, typename Op>
__device__ inline void writeSteps(
    const Op& op, const Tile& tile, const typename Op::Channel (&channels)[V], int from, int to) {
  // What comes from shared memory is there at once; of V = 8 the registers hold no more.
  constexpr int U = V > 4 ? 2 : kUnroll<Op, V>;
#pragma unroll 1
  for (int top = to - 1; top >= from; top -= U) {
    typename Op::template Item<V> items[U] = {};
    Place at[U];
#pragma unroll
    for (int u = 0; u < U; ++u) {
      at[u] = tile.at<V>(top - u);
      at[u].valid = at[u].valid && top - u >= from;
      if (at[u].valid) {
        if constexpr (KEPT) {
          items[u] = op.template kept<V>(top - u, at[u]);
        } else {
          items[u] = op.template load<V>(at[u]);
        }
      }
    }
    computeAndStore<Op, V, U>(op, items, at, channels);
  }
}
