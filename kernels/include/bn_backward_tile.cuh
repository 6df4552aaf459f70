// The backward pass of training, channel last, x and dy read once where the tile stays on chip.
#pragma once

#include "bn_tile_gradient.cuh"

__device__ inline int gateOf(const BackwardOnepassArguments& a) {
  return a.relu == 0 ? kOpen : a.mask != nullptr ? kByMask : kByValue;
}

// Sum of the parts of all splits, for the thread's column.
template <typename Parts>
__device__ inline void addParts(
    i64 splits, const Parts& parts, int columns, double& sumOfDy, double& sumOfProduct) {
  const int column = threadIdx.x & (columns - 1);
  if (splits == 1) {
    sumOfDy = asDouble(parts.mine[column].ofDy);
    sumOfProduct = asDouble(parts.mine[column].ofProduct);
    return;
  }
  sumOfDy = 0;
  sumOfProduct = 0;
  eachPart(parts, splits, columns, [&](i64, const auto& part) {
    sumOfDy += asDouble(part.ofDy);
    sumOfProduct += asDouble(part.ofProduct);
  });
  sumOfDy = groupSum<kTileWarps>(sumOfDy, columns);
  sumOfProduct = groupSum<kTileWarps>(sumOfProduct, columns);
}

// Where a block keeps x and g.
template <typename T, int V>
__device__ inline KeptGradient<T, V> keptGradient(
    const BackwardOnepassArguments& a, const Tile& tile) {
  return KeptGradient<T, V>(Kept<T, V>::behind(dynamicShared, a.resident / tile.slots));
}

// One tile, whose kept rows have been asked for; Parts as in bn_tile_parts.cuh. Asks for those of the
// tile so many groups further on, if that is not 0.
template <typename T, int V, template <typename> class Parts>
__device__ inline void backwardTile(const BackwardOnepassArguments& a, int group, int further) {
  typedef Acc<T> A;
  typedef typename BackwardTileOp<kOpen, T, V>::Channel Channel;
  constexpr int MOST = kMostColumns<T, V>;
  __shared__ Sums<A> mine[MOST];
  __shared__ BackwardCoefficients<A> coefficients[MOST];
  __shared__ A shifts[MOST];
  const Tile tile(a, group, V);
  const Columns columns(tile, a.group, V);
  const KeptGradient<T, V> on = keptGradient<T, V>(a, tile);
  void* const room = Kept<T, V>::behind(dynamicShared, 2 * (a.resident / tile.slots));
  Parts<Sums<A>> parts(a, tile, columns.count, mine, room);
  const int gate = gateOf(a);
  Sums<A> own[V] = {};
  if (gate == kOpen) {
    readTile<kOpen, T, V>(a, tile, on, own);
  } else if (gate == kByMask) {
    readTile<kByMask, T, V>(a, tile, on, own);
  } else {
    readTile<kByValue, T, V>(a, tile, on, own);
  }
  addColumns<A, V, kTileWarps>(own, tile.lanes);
  if (threadIdx.x < tile.lanes) {
#pragma unroll
    for (int k = 0; k < V; ++k) {
      mine[columnOf(tile, k)] = own[k];
    }
  }
  parts.tell(tile);
  const auto next = backwardComing<T, V>(a, tile, on, further * a.group, further != 0);
  if (tile.kept == tile.steps) {
    next.prefetch();
  }
  parts.await();
  double sumOfDy;
  double sumOfProduct;
  addParts(a.splits, parts, columns.count, sumOfDy, sumOfProduct);
  if (columns.mine) {
    const BackwardChannel<A> c = savedChannel<A>(a, columns.channel);
    const double invStd = asDouble(c.invStd);
    coefficients[threadIdx.x] =
        backwardCoefficients<A>(c.mean, c.scale, invStd, sumOfDy, sumOfProduct, a.m);
    shifts[threadIdx.x] = c.shift;
    if (tile.rank == 0) {
      setStatistic<A>(a.dBeta, columns.channel, sumOfDy);
      setStatistic<A>(a.dGamma, columns.channel, sumOfProduct * invStd);
    }
  }
  __syncthreads();
  Channel channels[V] = {};
  if (tile.inside) {
#pragma unroll
    for (int k = 0; k < V; ++k) {
      channels[k].c = coefficients[columnOf(tile, k)];
      channels[k].shift = shifts[columnOf(tile, k)];
    }
  }
  if (gate == kOpen) {
    writeOthers<V, 2>(BackwardTileOp<kOpen, T, V>{a, on}, tile, channels);
  } else if (gate == kByMask) {
    writeOthers<V, 2>(BackwardTileOp<kByMask, T, V>{a, on}, tile, channels);
  } else {
    writeOthers<V, 2>(BackwardTileOp<kByValue, T, V>{a, on}, tile, channels);
  }
  writeKept<V>(BackwardTileOp<kOpen, T, V>{a, on}, tile, channels, next);
  // The next tile overwrites `coefficients`.
  __syncthreads();
}

// Asks for what is kept of a block's first tile.
template <typename T, int V>
__device__ inline void startBackward(const BackwardOnepassArguments& a, int group) {
  const Tile tile(a, group, V);
  backwardComing<T, V>(a, tile, keptGradient<T, V>(a, tile), 0, true).all(tile.kept);
}
