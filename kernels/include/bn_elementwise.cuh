// Walks over all elements for kernels that read tensors once and write tensors once.
//
// An operation `Op` has
//   kPacks                        items that a thread reads before it uses the first
//   Item<V>                       registers of V neighbouring elements
//   Channel                       what an element needs to know about its channel
//   load<V>(Place)                reads an item
//   channel(i64)                  reads or computes a Channel
//   compute<V>(item, k, channel)  element k of the item; gives its mask bit
//   store<V>(Place, item, bits)   called by every thread, also where the place is not valid
//
// The mask has one bit per element, set where the activation passes. Channel second: bit e % 8 of
// byte e / 8 for element e. Channel last: every row of c starts a new byte.
#pragma once

#include "bn_types.cuh"
#include "bn_walk.cuh"

// Where V neighbouring elements are, and their mask bits.
struct Place {
  i64 element;
  i64 maskByte;
  int maskBit;
  int sharing;  // neighbouring threads whose bits are in the same byte
  bool valid;
};

__device__ inline unsigned loadMask(const unsigned char* mask, const Place& at) {
  return mask[at.maskByte] >> at.maskBit;
}

// Every thread of a warp has to call this.
__device__ inline void storeMask(unsigned char* mask, const Place& at, unsigned bits) {
  unsigned byte = bits << at.maskBit;
  for (int offset = 1; offset < at.sharing; offset <<= 1) {
    byte |= __shfl_xor_sync(0xffffffffu, byte, offset);
  }
  if (at.valid && at.maskBit == 0) {
    mask[at.maskByte] = static_cast<unsigned char>(byte);
  }
}

// Packs in flight per thread; Op::kPacks where they are of 16 bytes.
template <typename Op, int V>
constexpr int kUnroll = V > 1 ? Op::kPacks : 2;

// Blocks of kThreads that a multiprocessor holds at a time: while one computes and writes, the others'
// reads are under way. 3 leave 80 registers, which is enough but for f64, channel second.
template <typename T>
constexpr int kFlatBlocks = sizeof(T) > 4 ? 2 : 3;
constexpr int kColumnBlocks = 3;

__device__ inline Place flatPlace(i64 element, int packSize, i64 end) {
  Place at;
  at.element = element;
  at.maskByte = element >> 3;
  at.maskBit = static_cast<int>(element & 7);
  at.sharing = 8 / packSize;
  at.valid = element < end;
  return at;
}

// Channel last, without the bounds; they are the caller's.
__device__ inline Place columnPlace(i64 row, i64 col, i64 c) {
  Place at;
  at.element = row * c + col;
  at.maskByte = row * ((c + 7) >> 3) + (col >> 3);
  at.maskBit = static_cast<int>(col & 7);
  at.sharing = 1;
  at.valid = true;
  return at;
}

// One block's share, channel second: blockDim.x * kUnroll<Op, V> packs of V from element `first`. CUT:
// a channel may end within a pack.
template <typename Op, int V, bool CUT>
__device__ inline void walkChunk(const Op& op, i64 c, i64 hw, i64 first, i64 end) {
  constexpr int U = kUnroll<Op, V>;
  const int step = blockDim.x * V;
  const int own = threadIdx.x * V;
  typename Op::template Item<V> items[U];
#pragma unroll
  for (int u = 0; u < U; ++u) {
    const Place at = flatPlace(first + own + u * step, V, end);
    if (at.valid) {
      items[u] = op.template load<V>(at);
    }
  }
  const ChannelFinder finder(first, c, hw);
  i64 known = -1;
  typename Op::Channel channel;
#pragma unroll
  for (int u = 0; u < U; ++u) {
    const Place at = flatPlace(first + own + u * step, V, end);
    unsigned bits = 0;
    if (at.valid) {
      int left;
      i64 index = finder.find(own + u * step, left);
      if (index != known) {
        channel = op.channel(index);
        known = index;
      }
#pragma unroll
      for (int k = 0; k < V; ++k) {
        if (CUT && k == left) {
          index = index + 1 == c ? 0 : index + 1;
          channel = op.channel(index);
          known = index;
          left += hw < V ? static_cast<int>(hw) : V;
        }
        bits |= static_cast<unsigned>(op.template compute<V>(items[u], k, channel)) << k;
      }
    }
    op.template store<V>(at, items[u], bits);
  }
}

template <typename Op, int V, bool CUT>
__device__ inline void walkChunks(const Op& op, i64 c, i64 hw, i64 end) {
  const i64 chunk = static_cast<i64>(blockDim.x) * V * kUnroll<Op, V>;
  const i64 stride = chunk * gridDim.x;
  for (i64 first = chunk * blockIdx.x; first < end; first += stride) {
    walkChunk<Op, V, CUT>(op, c, hw, first, end);
  }
}

// Channel second: the tensor as one run of `rows` rows of hw, whose channels repeat every c rows.
// Grid: any number of blocks, each takes chunks in turn. With 16-byte packs the last few elements
// go one by one, so that no pack and no mask byte is cut.
template <typename Op, int V>
__device__ inline void walkFlat(const Op& op, i64 c, i64 hw, i64 rows) {
  const i64 elements = rows * hw;
  const i64 end = V > 1 ? elements & ~static_cast<i64>(7) : elements;
  if (V == 1 || hw % V == 0) {
    walkChunks<Op, V, false>(op, c, hw, end);
  } else {
    walkChunks<Op, V, true>(op, c, hw, end);
  }
  if (V > 1 && end < elements && blockIdx.x == gridDim.x - 1) {
    walkChunk<Op, 1, false>(op, c, hw, end, elements);
  }
}

// Channel last: U items whose element k belongs to channels[k].
template <typename Op, int V, int U>
__device__ inline void computeAndStore(
    const Op& op, typename Op::template Item<V> (&items)[U], const Place (&at)[U],
    const typename Op::Channel (&channels)[V]) {
#pragma unroll
  for (int u = 0; u < U; ++u) {
    unsigned bits = 0;
    if (at[u].valid) {
#pragma unroll
      for (int k = 0; k < V; ++k) {
        bits |= static_cast<unsigned>(op.template compute<V>(items[u], k, channels[k])) << k;
      }
    }
    op.template store<V>(at[u], items[u], bits);
  }
}

// Channel last: rows of c. Grid: x tiles of lanes * V channels, y blocks that take rows in turn; a
// thread keeps its channels for all its rows.
template <typename Op, int V>
__device__ inline void walkColumns(const Op& op, i64 c, i64 rows, int lanes) {
  constexpr int U = kUnroll<Op, V>;
  const int lane = threadIdx.x & (lanes - 1);
  const int slot = threadIdx.x / lanes;
  const int slots = blockDim.x / lanes;
  const i64 col = (static_cast<i64>(blockIdx.x) * lanes + lane) * V;
  typename Op::Channel channels[V];
  if (col < c) {
#pragma unroll
    for (int k = 0; k < V; ++k) {
      channels[k] = op.channel(col + k);
    }
  }
  const i64 stride = static_cast<i64>(slots) * U * gridDim.y;
  for (i64 first = static_cast<i64>(slots) * U * blockIdx.y; first < rows; first += stride) {
    typename Op::template Item<V> items[U];
    Place at[U];
#pragma unroll
    for (int u = 0; u < U; ++u) {
      const i64 row = first + u * slots + slot;
      at[u] = columnPlace(row, col, c);
      at[u].sharing = lanes < 8 / V ? lanes : 8 / V;
      at[u].valid = row < rows && col < c;
      if (at[u].valid) {
        items[u] = op.template load<V>(at[u]);
      }
    }
    computeAndStore<Op, V, U>(op, items, at, channels);
  }
}
