// Forward training, channel last, x read once where the tile stays on chip.
#pragma once

#include "bn_forward.cuh"
#include "bn_moments.cuh"
#include "bn_tile.cuh"

// y of a pack. What is fused is known to the compiler: it is a third of all instructions, and half
// types need half of what a multiprocessor can issue without it.
template <typename T, int V, bool RELU, bool RESIDUAL>
struct ForwardTileOp {
  typedef Acc<T> A;
  typedef Coefficients<A> Channel;

  struct Item {
    Pack<T, V> x;
    Pack<T, V> residual;
  };

  const ForwardOnepassArguments& a;
  Kept<T, V> keptX;

  __device__ Item complete(const Pack<T, V>& x, const Place& at) const {
    Item item = {};
    item.x = x;
    if constexpr (RESIDUAL) {
      item.residual = loadPack<T, V>(a.residual, at.element);
    }
    return item;
  }

  __device__ Item load(const Place& at) const {
    return complete(loadPack<T, V>(a.x, at.element), at);
  }

  __device__ Item kept(int step, const Place& at) const { return complete(keptX.get(step), at); }

  // Overwrites x by y; gives the mask's bits.
  __device__ unsigned compute(Item& item, const Channel (&channels)[V]) const {
    A z[V];
    unsigned bits = 0;
#pragma unroll
    for (int k = 0; k < V; ++k) {
      z[k] = normalized<A>(widen(item.x.v[k]), channels[k]);
      if constexpr (RESIDUAL) {
        z[k] += widen(item.residual.v[k]);
      }
      if constexpr (RELU) {
        const bool cut = z[k] <= A(0);
        z[k] = cut ? A(0) : z[k];
        bits |= static_cast<unsigned>(!cut) << k;
      }
    }
    narrowPack<T, V>(z, item.x);
    return bits;
  }

  __device__ void store(const Place& at, const Item& item, unsigned bits) const {
    if (at.valid) {
      storePack<T, V>(a.y, at.element, item.x);
    }
    if (RELU && a.mask != nullptr) {
      storeMask(a.mask, at, bits);
    }
  }
};

// Steps that a thread writes at a time, and of a group of copies: enough stores back to back.
constexpr int kForwardSteps = 4;

// Steps that a thread merges at a time, since that costs as much as two or three values; and loads
// in flight of what is not kept: of 512 threads 64 KiB, where a multiprocessor's part of 4.8 TB/s
// times 0.8 microseconds is 29 KiB.
constexpr int kForwardLoads = 8;

template <typename T, int V>
using ForwardComing = Coming<T, V, kForwardSteps, 1>;

// What is kept of a tile, or of the one so many channels further on; nothing where that is 0.
template <typename T, int V>
__device__ inline ForwardComing<T, V> forwardComing(
    const ForwardOnepassArguments& a, const Tile& tile, i64 further, bool any) {
  return {{a.x}, {Kept<T, V>(dynamicShared)}, tile.element + further, tile.stride,
          any ? tile.held(further) : 0};
}

// Merges N steps of what is kept, which are there; goes on behind them.
template <int N, typename T, int V>
__device__ inline void mergeKept(
    const Kept<T, V>& kept, int& step, const Acc<T> (&pivot)[V], Moments<Acc<T>> (&own)[V],
    Acc<T>& count) {
  Pack<T, V> packs[N];
#pragma unroll
  for (int u = 0; u < N; ++u) {
    packs[u] = kept.get(step + u);
  }
  mergeRows<T, V, N>(packs, pivot, own, count);
  step += N;
}

// Moments of this block's rows, all of them read once. Every thread of a lane gets them.
template <typename T, int V>
__device__ inline void readTile(
    const void* x, const Tile& tile, const Kept<T, V>& kept, const Acc<T> (&pivot)[V],
    Moments<Acc<T>> (&own)[V]) {
  typedef Acc<T> A;
  constexpr int N = kForwardLoads;
  const int held = tile.held(0);
  A count = 0;
  int step = 0;
#pragma unroll 1
  while (step + N <= held) {
    ForwardComing<T, V>::await(step + N, tile.kept);
    mergeKept<N>(kept, step, pivot, own, count);
  }
  ForwardComing<T, V>::await(tile.kept, tile.kept);
  if (step + 4 <= held) {
    mergeKept<4>(kept, step, pivot, own, count);
  }
  if (step + 2 <= held) {
    mergeKept<2>(kept, step, pivot, own, count);
  }
  if (step < held) {
    mergeKept<1>(kept, step, pivot, own, count);
  }
#pragma unroll 1
  for (; step + N <= tile.own; step += N) {
    readRows<T, V, N>(x, tile.element + step * tile.stride, tile.stride, pivot, own, count);
  }
#pragma unroll 1
  for (; step < tile.own; ++step) {
    readRows<T, V, 1>(x, tile.element + step * tile.stride, tile.stride, pivot, own, count);
  }
  const A total = static_cast<A>(tile.rows > 0 ? tile.rows : 1);
  mergeColumns<A, V, kTileWarps>(own, count, total, tile.lanes);
}

// Merges the parts of all splits, for the thread's column.
//
// Means are taken as distances from the first part's mean. So S2 - S1^2 / m, in double precision, loses
// at most as many units as there are splits: the first part alone, whose distance is 0, makes the true
// difference at least 1 / splits of what is subtracted.
template <typename Parts>
__device__ inline void mergeParts(
    const ForwardOnepassArguments& a, const Parts& parts, int columns, double& mean, double& m2) {
  const int column = threadIdx.x & (columns - 1);
  if (a.splits == 1) {
    mean = asDouble(parts.mine[column].mean);
    m2 = asDouble(parts.mine[column].m2);
    return;
  }
  const double start = asDouble(parts.part(0, column).mean);
  double sum = 0;
  double squares = 0;
  eachPart(parts, a.splits, columns, [&](i64 split, const auto& part) {
    const double count = static_cast<double>(rowsOf(split, a));
    const double distance = asDouble(part.mean) - start;
    sum += count * distance;
    squares += asDouble(part.m2) + count * distance * distance;
  });
  sum = groupSum<kTileWarps>(sum, columns);
  squares = groupSum<kTileWarps>(squares, columns);
  const double share = sum / static_cast<double>(a.m);
  mean = start + share;
  m2 = squares - sum * share;
}

// Writes y, and asks for the next tile.
template <typename T, int V, bool RELU, bool RESIDUAL>
__device__ inline void writeTile(
    const ForwardOnepassArguments& a, const Tile& tile, const Coefficients<Acc<T>> (&channels)[V],
    const ForwardComing<T, V>& next) {
  const ForwardTileOp<T, V, RELU, RESIDUAL> op = {a, next.to[0]};
  writeOthers<V, kForwardSteps>(op, tile, channels);
  writeKept<V>(op, tile, channels, next);
}

// One tile of `groups`, whose kept rows have been asked for; Parts as in bn_tile_parts.cuh. Asks for
// those of the tile so many groups further on, if that is not 0.
template <typename T, int V, template <typename> class Parts>
__device__ inline void forwardTile(
    const ForwardOnepassArguments& a, int group, int further, int groups) {
  typedef Acc<T> A;
  __shared__ Moments<A> mine[kMostColumns<T, V>];
  __shared__ A pivots[kMostColumns<T, V>];
  __shared__ Coefficients<A> coefficients[kMostColumns<T, V>];
  const Tile tile(a, group, V);
  const Columns columns(tile, a.group, V);
  const Kept<T, V> kept(dynamicShared);
  void* const room = Kept<T, V>::behind(dynamicShared, a.resident / tile.slots);
  Parts<Moments<A>> parts(a, tile, columns.count, mine, room);
  A pivot[V] = {};
  if (tile.inside) {
    const Pack<T, V> first = loadPack<T, V>(a.x, tile.col);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      pivot[k] = widen(first.v[k]);
    }
  }
  Moments<A> own[V] = {};
  readTile<T, V>(a.x, tile, kept, pivot, own);
  if (threadIdx.x < tile.lanes) {
#pragma unroll
    for (int k = 0; k < V; ++k) {
      mine[columnOf(tile, k)] = own[k];
      pivots[columnOf(tile, k)] = pivot[k];
    }
  }
  parts.tell(tile);
  const auto next = forwardComing<T, V>(a, tile, further * a.group, further != 0);
  if (a.residual != nullptr) {
    Coming<T, V, kForwardSteps, 1> residual = forwardComing<T, V>(a, tile, 0, true);
    residual.from[0] = a.residual;
    residual.prefetch();
  } else if (tile.kept == tile.steps) {
    next.prefetch();
  }
  parts.await();
  double mean;
  double m2;
  mergeParts(a, parts, columns.count, mean, m2);
  if (columns.mine) {
    const BatchStatistics s = batchStatistics(a.finish, asDouble(pivots[threadIdx.x]), mean, m2, a.m);
    coefficients[threadIdx.x] = coefficientsOf<A>(a.finish, columns.channel, s);
    if (tile.rank == 0) {
      recordStatistics<A>(a.finish, columns.channel, s, a.m);
    }
  }
  __syncthreads();
  Coefficients<A> channels[V] = {};
  if (tile.inside) {
#pragma unroll
    for (int k = 0; k < V; ++k) {
      channels[k] = coefficients[columnOf(tile, k)];
    }
  }
  if (a.relu == 0) {
    a.residual == nullptr ? writeTile<T, V, false, false>(a, tile, channels, next)
                          : writeTile<T, V, false, true>(a, tile, channels, next);
  } else {
    a.residual == nullptr ? writeTile<T, V, true, false>(a, tile, channels, next)
                          : writeTile<T, V, true, true>(a, tile, channels, next);
  }
  if (tile.rank == 0) {
    advanceBatches(a.finish, a.m, a.tickets, static_cast<unsigned>(groups));
  }
  // The next tile overwrites `coefficients`.
  __syncthreads();
}

// Asks for what is kept of a block's first tile.
template <typename T, int V>
__device__ inline void startForward(const ForwardOnepassArguments& a, int group) {
  const Tile tile(a, group, V);
  forwardComing<T, V>(a, tile, 0, true).all(tile.kept);
}
