// Forward training, channel last, x read once where the tile stays on chip.
#pragma once

#include "bn_forward.cuh"
#include "bn_moments.cuh"
#include "bn_tile.cuh"

// The channels' coefficients are handed over by the kernel itself.
struct NoSource {
  template <typename Arguments>
  __device__ explicit NoSource(const Arguments&) {}
};

template <typename T, int V>
struct ForwardTileOp : ForwardOp<T, NoSource> {
  typedef ForwardOp<T, NoSource> Base;
  Kept<T, V> keptX;

  __device__ explicit ForwardTileOp(const ForwardOnepassArguments& a) : Base(a), keptX(dynamicShared) {}

  template <int SAME_V>
  __device__ typename Base::template Item<V> kept(int step, const Place& at) const {
    return Base::template complete<V>(keptX.get(step), at);
  }
};

// Reads and keeps the next U rows of V channels; adds their distance from the pivot to the sums.
template <typename T, int V, int U>
__device__ inline void keepRows(
    const void* x, i64 element, i64 stride, const Kept<T, V>& kept, int step,
    const Acc<T> (&pivot)[V], Acc<T> (&sums)[V]) {
  typedef Acc<T> A;
  Pack<T, V> packs[U];
#pragma unroll
  for (int u = 0; u < U; ++u) {
    packs[u] = loadPack<T, V>(x, element + u * stride);
  }
#pragma unroll
  for (int u = 0; u < U; ++u) {
    kept.put(step + u, packs[u]);
  }
#pragma unroll
  for (int k = 0; k < V; ++k) {
    A distance[U];
#pragma unroll
    for (int u = 0; u < U; ++u) {
      distance[u] = widen(packs[u].v[k]) - pivot[k];
    }
    sums[k] += treeSum<A, U>(distance);
  }
}

// Mean, then squares about it, of the first `steps` steps of this thread, which stay on chip.
template <typename T, int V>
__device__ inline void keepTile(
    const void* x, const Tile& tile, const Kept<T, V>& kept, int steps, const Acc<T> (&pivot)[V],
    Moments<Acc<T>> (&own)[V]) {
  typedef Acc<T> A;
  constexpr int U = 8;
  A sums[V] = {};
  int step = 0;
#pragma unroll 1
  for (; step + U <= steps; step += U) {
    keepRows<T, V, U>(x, tile.element + step * tile.stride, tile.stride, kept, step, pivot, sums);
  }
#pragma unroll 1
  for (; step < steps; ++step) {
    keepRows<T, V, 1>(x, tile.element + step * tile.stride, tile.stride, kept, step, pivot, sums);
  }
  const A share = steps > 0 ? A(1) / static_cast<A>(steps) : A(0);
#pragma unroll
  for (int k = 0; k < V; ++k) {
    own[k].mean = sums[k] * share;
    own[k].m2 = 0;
  }
#pragma unroll 2
  for (int i = 0; i < steps; ++i) {
    const Pack<T, V> pack = kept.get(i);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      const A deviation = (widen(pack.v[k]) - pivot[k]) - own[k].mean;
      own[k].m2 += deviation * deviation;
    }
  }
}

// Moments of this block's rows, all of them read once. Every thread of a lane gets them.
template <typename T, int V>
__device__ inline void readTile(
    const void* x, const Tile& tile, const Kept<T, V>& kept, const Acc<T> (&pivot)[V],
    Moments<Acc<T>> (&own)[V]) {
  typedef Acc<T> A;
  constexpr int U = V > 4 ? 4 : 8;
  int step = tile.own < tile.kept ? tile.own : tile.kept;
  keepTile<T, V>(x, tile, kept, step, pivot, own);
  A count = static_cast<A>(step);
#pragma unroll 1
  for (; step + U <= tile.own; step += U) {
    readRows<T, V, U>(x, tile.element + step * tile.stride, tile.stride, pivot, own, count);
  }
#pragma unroll 1
  for (; step < tile.own; ++step) {
    readRows<T, V, 1>(x, tile.element + step * tile.stride, tile.stride, pivot, own, count);
  }
  mergeColumns<A, V>(own, count, static_cast<A>(tile.rows > 0 ? tile.rows : 1), tile.lanes);
}

// Merges the parts of all splits, for the thread's column.
//
// Means are taken as distances from the first part's mean. So S2 - S1^2 / m, in double precision, loses
// at most as many units as there are splits: the first part alone, whose distance is 0, makes the true
// difference at least 1 / splits of what is subtracted.
template <typename Parts>
__device__ inline void mergeParts(
    const ForwardOnepassArguments& a, const Parts& parts, int columns, double& mean, double& m2) {
  const int column = threadIdx.x % columns;
  if (a.splits == 1) {
    mean = asDouble(parts.mine[column].mean);
    m2 = asDouble(parts.mine[column].m2);
    return;
  }
  const double start = asDouble(parts.part(0, column).mean);
  double sum = 0;
  double squares = 0;
#pragma unroll 8
  for (i64 s = threadIdx.x / columns; s < a.splits; s += blockDim.x / columns) {
    const auto part = parts.part(s, column);
    const double count = static_cast<double>(rowsOf(s, a));
    const double distance = asDouble(part.mean) - start;
    sum += count * distance;
    squares += asDouble(part.m2) + count * distance * distance;
  }
  sum = groupSum(sum, columns);
  squares = groupSum(squares, columns);
  const double share = sum / static_cast<double>(a.m);
  mean = start + share;
  m2 = squares - sum * share;
}

// One tile; Parts as in bn_tile_parts.cuh.
template <typename T, int V, template <typename> class Parts>
__device__ inline void forwardTile(const ForwardOnepassArguments& a, int group) {
  typedef Acc<T> A;
  __shared__ Moments<A> mine[kMostColumns<T, V>];
  __shared__ A pivots[kMostColumns<T, V>];
  __shared__ Coefficients<A> coefficients[kMostColumns<T, V>];
  const Tile tile(a, group, V);
  const Columns columns(tile, a.group, V);
  const ForwardTileOp<T, V> op(a);
  void* const room = Kept<T, V>::behind(dynamicShared, a.resident / tile.slots);
  const Parts<Moments<A>> parts(a, tile, columns.count, mine, room);
  A pivot[V] = {};
  if (tile.inside) {
    const Pack<T, V> first = loadPack<T, V>(a.x, tile.col);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      pivot[k] = widen(first.v[k]);
    }
  }
  Moments<A> own[V];
  readTile<T, V>(a.x, tile, op.keptX, pivot, own);
  if (threadIdx.x < tile.lanes) {
#pragma unroll
    for (int k = 0; k < V; ++k) {
      mine[columnOf(tile, k)] = own[k];
      pivots[columnOf(tile, k)] = pivot[k];
    }
  }
  parts.tell(tile);
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
  writeSteps<false, V>(op, tile, channels, tile.kept, tile.steps);
  writeSteps<true, V>(op, tile, channels, 0, tile.kept);
  if (tile.rank == 0) {
    const i64 groups = (a.c + a.group - 1) / a.group;
    advanceBatches(a.finish, a.m, a.tickets, static_cast<unsigned>(groups));
  }
  // The next tile overwrites `coefficients`.
  __syncthreads();
}
