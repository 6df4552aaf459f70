// The backward pass of training, channel last, x and dy read once where the tile stays on chip.
#pragma once

#include "bn_backward_last.cuh"
#include "bn_backward_op.cuh"
#include "bn_tile.cuh"

// x, and dy where the activation passed, else 0: so no mask and no residual is read again.
template <typename T, int V>
struct KeptGradient {
  Kept<T, V> x;
  Kept<T, V> g;

  __device__ explicit KeptGradient(void* placeOfG) : x(dynamicShared), g(placeOfG) {}
};

template <typename T, int V>
struct KeptBackwardOp : BackwardOp<T, BackwardOnepassArguments> {
  typedef BackwardOp<T, BackwardOnepassArguments> Base;
  typedef typename Base::template Item<V> KeptItem;
  KeptGradient<T, V> on;

  __device__ KeptBackwardOp(const BackwardOnepassArguments& a, const KeptGradient<T, V>& chip)
      : Base(a), on(chip) {}

  template <int SAME_V>
  __device__ KeptItem kept(int step, const Place&) const {
    KeptItem item;
    item.x = on.x.get(step);
    item.dy = on.g.get(step);
    return item;
  }

  template <int SAME_V>
  __device__ bool compute(KeptItem& item, int k, const typename Base::Channel& channel) const {
    const Acc<T> distance = widen(item.x.v[k]) - channel.c.mean;
    Base::template finish<V>(item, k, channel, distance, widen(item.dy.v[k]));
    return true;
  }
};

template <typename A>
__device__ inline BackwardChannel<A> savedChannel(const BackwardOnepassArguments& a, i64 index) {
  BackwardChannel<A> c;
  c.mean = parameter<A>(a.mean, index, A(0));
  c.invStd = parameter<A>(a.invStd, index, A(1));
  c.scale = parameter<A>(a.gamma, index, A(1)) * c.invStd;
  c.shift = parameter<A>(a.beta, index, A(0));
  return c;
}

// One parameter of V channels per thread. A warp reads it densely and hands it around, since the
// threads' own channels lie apart.
template <typename A, int V>
__device__ inline void loadColumns(
    const void* values, const Tile& tile, A otherwise, A (&mine)[V]) {
  constexpr int kParts = kMostColumns<A, V> > 32 ? 2 : 1;
  const int lane = threadIdx.x & (tile.lanes - 1);
  const int columns = tile.lanes * V;
  A parts[kParts];
#pragma unroll
  for (int i = 0; i < kParts; ++i) {
    const int column = i * 32 + (threadIdx.x & 31);
    const i64 channel = tile.col - lane * V + column;
    const bool exists = column < columns && channel < tile.c;
    parts[i] = exists ? parameter<A>(values, channel, otherwise) : otherwise;
  }
#pragma unroll
  for (int k = 0; k < V; ++k) {
    const int column = lane * V + k;
    const A low = __shfl_sync(kAllLanes, parts[0], column & 31);
    const A high = kParts > 1 ? __shfl_sync(kAllLanes, parts[kParts - 1], column & 31) : low;
    mine[k] = column < 32 ? low : high;
  }
}

// savedChannel of V channels.
template <typename A, int V>
__device__ inline void savedChannels(
    const BackwardOnepassArguments& a, const Tile& tile, BackwardChannel<A> (&c)[V]) {
  A mean[V];
  A invStd[V];
  A gamma[V];
  A beta[V];
  loadColumns<A, V>(a.mean, tile, A(0), mean);
  loadColumns<A, V>(a.invStd, tile, A(1), invStd);
  loadColumns<A, V>(a.gamma, tile, A(1), gamma);
  loadColumns<A, V>(a.beta, tile, A(0), beta);
#pragma unroll
  for (int k = 0; k < V; ++k) {
    c[k].mean = mean[k];
    c[k].invStd = invStd[k];
    c[k].scale = gamma[k] * invStd[k];
    c[k].shift = beta[k];
  }
}

// Sums over this block's rows, all of them read once. Every thread of a lane gets them.
template <typename T, int V>
__device__ inline void readTile(
    const BackwardOnepassArguments& a, const Tile& tile, const KeptGradient<T, V>& on,
    Sums<Acc<T>> (&own)[V]) {
  typedef Acc<T> A;
  // What fits into 128 registers.
  constexpr int U = V == 4 ? 4 : 2;
  BackwardChannel<A> c[V];
  savedChannels<A, V>(a, tile, c);
  const i64 first = tile.begin + tile.slot;
  const int slots = tile.slots;
  const int kept = tile.own < tile.kept ? tile.own : tile.kept;
  int step = 0;
  const auto keep = [&](int u, const Place&, const GradientPack<T, V>& pack) {
    on.x.put(step + u, pack.x);
    on.g.put(step + u, pack.dy);
  };
  const auto forget = [](int, const Place&, const GradientPack<T, V>&) {};
#pragma unroll 1
  for (; step + U <= kept; step += U) {
    reduceRows<T, V, U, false>(a, first + step * i64(slots), tile.col, slots, c, own, keep);
  }
#pragma unroll 1
  for (; step < kept; ++step) {
    reduceRows<T, V, 1, false>(a, first + step * i64(slots), tile.col, slots, c, own, keep);
  }
#pragma unroll 1
  for (; step + U <= tile.own; step += U) {
    reduceRows<T, V, U, false>(a, first + step * i64(slots), tile.col, slots, c, own, forget);
  }
#pragma unroll 1
  for (; step < tile.own; ++step) {
    reduceRows<T, V, 1, false>(a, first + step * i64(slots), tile.col, slots, c, own, forget);
  }
  addColumns<A, V>(own, tile.lanes);
}

// Sum of the parts of all splits, for the thread's column.
template <typename Parts>
__device__ inline void addParts(
    i64 splits, const Parts& parts, int columns, double& sumOfDy, double& sumOfProduct) {
  const int column = threadIdx.x % columns;
  if (splits == 1) {
    sumOfDy = asDouble(parts.mine[column].ofDy);
    sumOfProduct = asDouble(parts.mine[column].ofProduct);
    return;
  }
  sumOfDy = 0;
  sumOfProduct = 0;
#pragma unroll 4
  for (i64 s = threadIdx.x / columns; s < splits; s += blockDim.x / columns) {
    const auto part = parts.part(s, column);
    sumOfDy += asDouble(part.ofDy);
    sumOfProduct += asDouble(part.ofProduct);
  }
  sumOfDy = groupSum(sumOfDy, columns);
  sumOfProduct = groupSum(sumOfProduct, columns);
}

// One tile; Parts as in bn_tile_parts.cuh.
template <typename T, int V, template <typename> class Parts>
__device__ inline void backwardTile(const BackwardOnepassArguments& a, int group) {
  typedef Acc<T> A;
  typedef BackwardOp<T, BackwardOnepassArguments> Op;
  constexpr int MOST = kMostColumns<T, V>;
  __shared__ Sums<A> mine[MOST];
  __shared__ BackwardCoefficients<A> coefficients[MOST];
  __shared__ A shifts[MOST];
  const Tile tile(a, group, V);
  const Columns columns(tile, a.group, V);
  const i64 most = a.resident / tile.slots;
  const KeptGradient<T, V> on(Kept<T, V>::behind(dynamicShared, most));
  void* const room = Kept<T, V>::behind(dynamicShared, 2 * most);
  const Parts<Sums<A>> parts(a, tile, columns.count, mine, room);
  Sums<A> own[V] = {};
  readTile<T, V>(a, tile, on, own);
  if (threadIdx.x < tile.lanes) {
#pragma unroll
    for (int k = 0; k < V; ++k) {
      mine[columnOf(tile, k)] = own[k];
    }
  }
  parts.tell(tile);
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
  typename Op::Channel channels[V] = {};
  if (tile.inside) {
#pragma unroll
    for (int k = 0; k < V; ++k) {
      channels[k].c = coefficients[columnOf(tile, k)];
      channels[k].shift = shifts[columnOf(tile, k)];
    }
  }
  writeSteps<false, V>(Op(a), tile, channels, tile.kept, tile.steps);
  writeSteps<true, V>(KeptBackwardOp<T, V>(a, on), tile, channels, 0, tile.kept);
  // The next tile overwrites `coefficients`.
  __syncthreads();
}
