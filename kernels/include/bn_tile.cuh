// Tiles of a channel-last tensor that stay on chip.
//
// A tile is a group of neighbouring channels and one split of the rows. lanes threads lie along the
// channels, V each; the others along the rows. A thread takes a row per step and keeps what it read of
// the first steps in shared memory, in slots of its own: as if it had more registers, so nobody waits,
// and neighbouring threads use neighbouring banks. The rows that do not fit are read again, the
// newest first, since the L2 cache has them still.
//
// All that is kept is asked for at once, and the next tile's as soon as a slot's value has been
// used: so memory always has something to do but while blocks tell each other their sums, and for
// that time the next rows are asked into the L2 cache.
#pragma once

#include "bn_elementwise.cuh"
#include "bn_epilogue.cuh"
#include "bn_tile_copies.cuh"

// Most threads of a block (Tile.java): at 128 registers each, all registers of a multiprocessor.
constexpr int kTileThreads = 512;
constexpr int kTileWarps = kTileThreads / 32;

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
  int byRows;    // steps of this thread, if there were no end of channels
  int own;       // steps of this thread
  i64 stride;    // elements from one step to the next
  i64 element;   // of this thread's first step
  i64 maskStride;
  i64 maskByte;  // likewise, in the mask
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
    // Threads and lanes are powers of two, and so are slots; a division takes some twenty instructions.
    const int ofLanes = exponentOf(lanes);
    slots = static_cast<int>(blockDim.x) >> ofLanes;
    slot = static_cast<int>(threadIdx.x) >> ofLanes;
    const int ofSlots = exponentOf(slots);
    rank = static_cast<int>(blockIdx.x % static_cast<unsigned>(a.splits));
    begin = rank * a.chunk;
    rows = rowsOf(rank, a);
    steps = static_cast<int>((rows + slots - 1) >> ofSlots);
    const i64 most = a.resident >> ofSlots;
    kept = steps < most ? steps : static_cast<int>(most);
    stride = slots * c;
    col = group * a.group + (threadIdx.x & (lanes - 1)) * packSize;
    inside = col < c;
    element = (begin + slot) * c + col;
    const i64 maskRow = (c + 7) >> 3;
    maskStride = slots * maskRow;
    maskByte = (begin + slot) * maskRow + (col >> 3);
    byRows = slot + (steps - 1) * static_cast<i64>(slots) < rows ? steps : steps - 1;
    own = inside ? byRows : 0;
  }

  // Steps that this thread keeps of the tile so many channels further on.
  __device__ int held(i64 channels) const {
    const int most = byRows < kept ? byRows : kept;
    return col + channels < c ? most : 0;
  }

  // Of step first + u, where u is a constant: written so that an address of several costs one product.
  template <int V>
  __device__ Place at(int first, int u) const {
    Place at;
    at.element = (element + first * stride) + u * stride;
    at.maskByte = (maskByte + first * maskStride) + u * maskStride;
    at.maskBit = static_cast<int>(col & 7);
    at.sharing = lanes < 8 / V ? lanes : 8 / V;
    at.valid = first + u < own;
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
    const int column = threadIdx.x & (count - 1);
    channel = tile.index * group + (column & (tile.lanes - 1)) * packSize +
              (column >> exponentOf(tile.lanes));
    mine = threadIdx.x < count && channel < tile.c;
  }
};

// Column of value k of a lane.
__device__ inline int columnOf(const Tile& tile, int k) {
  return k * tile.lanes + (threadIdx.x & (tile.lanes - 1));
}

// use(split, part) for each of the parts (bn_tile_parts.cuh) that this thread has of its column, which
// many threads share.
template <typename Parts, typename Use>
__device__ inline void eachPart(const Parts& parts, i64 splits, int columns, Use use) {
  constexpr int U = Parts::kAtOnce;
  const int column = threadIdx.x & (columns - 1);
  const int ofColumns = exponentOf(columns);
  const int step = static_cast<int>(blockDim.x) >> ofColumns;
#pragma unroll 1
  for (i64 first = static_cast<int>(threadIdx.x) >> ofColumns; first < splits; first += U * step) {
    decltype(parts.part(0, 0)) several[U];
#pragma unroll
    for (int u = 0; u < U; ++u) {
      const i64 split = first + u * step;
      several[u] = parts.part(split < splits ? split : splits - 1, column);
    }
#pragma unroll
    for (int u = 0; u < U; ++u) {
      if (first + u * step < splits) {
        use(first + u * step, several[u]);
      }
    }
  }
}

// What writes a tile: `Op` has
//   Item                           registers of V neighbouring elements
//   Channel                        what they need to know about their channel
//   load(Place), kept(step, Place)  reads an item, from memory or from the chip
//   compute(item, channels)        gives its mask's bits
//   store(Place, item, bits)       called by every thread, also where the place is not valid

// Writes U steps from `first`, those of them that are in [from, to).
template <int V, int U, typename Op, typename Read>
__device__ inline void writeSteps(
    const Op& op, const Tile& tile, const typename Op::Channel (&channels)[V], int first, int from,
    int to, const Read& read) {
  typename Op::Item items[U] = {};
#pragma unroll
  for (int u = 0; u < U; ++u) {
    const Place at = tile.at<V>(first, u);
    if (at.valid && first + u >= from && first + u < to) {
      items[u] = read(first + u, at);
    }
  }
  // So that places are computed again, rather than kept in registers.
  asm volatile("" : "+r"(first));
#pragma unroll
  for (int u = 0; u < U; ++u) {
    Place at = tile.at<V>(first, u);
    at.valid = at.valid && first + u >= from && first + u < to;
    const unsigned bits = op.compute(items[u], channels);
    op.store(at, items[u], bits);
  }
}

// Everything that is written of the steps that were not kept, last step first.
template <int V, int U, typename Op>
__device__ inline void writeOthers(
    const Op& op, const Tile& tile, const typename Op::Channel (&channels)[V]) {
  const auto read = [&op](int, const Place& at) { return op.load(at); };
#pragma unroll 1
  for (int end = tile.steps; end > tile.kept; end -= U) {
    writeSteps<V, U>(op, tile, channels, end - U, tile.kept, end, read);
  }
}

// Everything that is written of the steps that were kept, while the next tile's come into their
// slots.
template <int V, typename Op, typename Next>
__device__ inline void writeKept(
    const Op& op, const Tile& tile, const typename Op::Channel (&channels)[V], const Next& next) {
  constexpr int U = Next::U;
  const auto read = [&op](int step, const Place& at) { return op.kept(step, at); };
#pragma unroll 1
  for (int step = 0; step < tile.kept; step += U) {
    typename Next::Batch batch = {};
    next.begin(step, batch);
    writeSteps<V, U>(op, tile, channels, step, 0, tile.kept, read);
    next.end(step, batch);
  }
}
