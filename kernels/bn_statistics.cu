// Batch statistics of every channel, and all that follows from them once per channel.
//
//   mean = sum(x) / m,  m2 = sum((x - mean)^2),  v = m2 / m,  invStd = 1 / sqrt(v + epsilon)
//   coefficients for bn_normalize, saved statistics, running statistics (bn_epilogue.cuh)
//
// Channel second: grid x = channels (taken in turn), y = splits of a channel; a block reads one
// split. Channel last: grid x = tiles of lanes * V channels, y = splits of the rows; a thread reads
// V channels. Every split leaves a partial (mean, m2); the block that arrives last merges them in
// the order of the splits, so the result does not depend on which block that is.
//
// Not taken: sums of x and x^2 (cancels), Welford's update per element (a division each; a batch of
// values in registers needs one per batch), a second kernel for the merge (one more launch).
#include "bn_epilogue.cuh"
#include "bn_moments.cuh"
#include "bn_walk.cuh"

namespace {

// Merges the next U packs of one channel.
template <typename T, int V, int U>
__device__ inline void readBatch(
    const void* x, RowCursor& cursor, Acc<T> pivot, Moments<Acc<T>>& own, Acc<T>& count) {
  typedef Acc<T> A;
  Pack<T, V> packs[U];
#pragma unroll
  for (int u = 0; u < U; ++u) {
    packs[u] = loadPack<T, V>(x, cursor.next());
  }
  A distance[U * V];
#pragma unroll
  for (int i = 0; i < U * V; ++i) {
    distance[i] = widen(packs[i / V].v[i % V]) - pivot;
  }
  constexpr A K = U * V;
  mergeBatch<A, U * V>(own, count, K / (count + K), distance);
  count += K;
}

// Moments of the values begin..end-1 of a channel, relative to the pivot.
template <typename T, int V>
__device__ inline Moments<Acc<T>> readSplit(
    const StatisticsArguments& a, i64 channel, i64 begin, i64 end, Acc<T> pivot) {
  constexpr int U = V > 1 ? 4 : 8;
  const int step = blockDim.x;
  i64 pack = begin / V + threadIdx.x;
  const i64 packs = end / V;
  RowCursor cursor(channel, a.c, a.hw, V, pack, step);
  Moments<Acc<T>> own = {0, 0};
  Acc<T> count = 0;
  for (; pack + (U - 1) * step < packs; pack += U * step) {
    readBatch<T, V, U>(a.x, cursor, pivot, own, count);
  }
  for (; pack < packs; pack += step) {
    readBatch<T, V, 1>(a.x, cursor, pivot, own, count);
  }
  return mergeBlock<Acc<T>>(own, count, static_cast<Acc<T>>(end - begin));
}

// Merges the partials of all splits of a channel; every thread gets the result.
template <typename A>
__device__ inline void mergeSplits(
    const StatisticsArguments& a, const Moments<A>* partials, double& mean, double& m2) {
  const double m = static_cast<double>(a.m);
  double sum = 0;
  for (i64 s = threadIdx.x; s < a.splits; s += blockDim.x) {
    sum += asDouble(__ldcg(&partials[s].mean)) * (splitCount(s, a.chunk, a.m) / m);
  }
  mean = blockSum<double>(sum);
  double squares = 0;
  for (i64 s = threadIdx.x; s < a.splits; s += blockDim.x) {
    const double delta = asDouble(__ldcg(&partials[s].mean)) - mean;
    squares += asDouble(__ldcg(&partials[s].m2)) + delta * delta * splitCount(s, a.chunk, a.m);
  }
  m2 = blockSum<double>(squares);
}

template <typename T, int V>
__device__ inline void channelSecond(const StatisticsArguments& a) {
  typedef Acc<T> A;
  Moments<A>* const partials = static_cast<Moments<A>*>(a.partials);
  const i64 begin = blockIdx.y * a.chunk;
  const i64 end = begin + splitCount(blockIdx.y, a.chunk, a.m);
  for (i64 channel = blockIdx.x; channel < a.c; channel += gridDim.x) {
    const A pivot = widen(loadPack<T, 1>(a.x, channel * a.hw).v[0]);
    const Moments<A> block = readSplit<T, V>(a, channel, begin, end, pivot);
    double mean = asDouble(block.mean);
    double m2 = asDouble(block.m2);
    if (a.splits > 1) {
      if (threadIdx.x == 0) {
        partials[channel * a.splits + blockIdx.y] = block;
      }
      if (!lastToArrive(a.tickets + channel, static_cast<unsigned>(a.splits))) {
        continue;
      }
      mergeSplits<A>(a, partials + channel * a.splits, mean, m2);
    }
    if (threadIdx.x == 0) {
      finishChannel<A>(a.finish, channel, pivot, mean, m2, a.m);
    }
    if (channel + gridDim.x >= a.c) {
      const unsigned groups = a.c < gridDim.x ? static_cast<unsigned>(a.c) : gridDim.x;
      advanceBatches(a.finish, a.m, a.tickets + (a.splits > 1 ? a.c : 0), groups);
    }
  }
}

// Moments of rows begin..end-1 of V channels from `col`; none where there is no such channel.
template <typename T, int V>
__device__ inline void readTile(
    const StatisticsArguments& a, i64 col, i64 begin, i64 end, const Acc<T> (&pivot)[V],
    Moments<Acc<T>> (&own)[V]) {
  typedef Acc<T> A;
  constexpr int U = V > 4 ? 4 : 8;
  const int lanes = static_cast<int>(a.lanes);
  const int slots = blockDim.x / lanes;
  const i64 stride = slots * a.c;
  const i64 last = col < a.c ? end : begin;
  A count = 0;
  i64 row = begin + threadIdx.x / lanes;
  for (; row + (U - 1) * slots < last; row += U * slots) {
    readRows<T, V, U>(a.x, row * a.c + col, stride, pivot, own, count);
  }
  for (; row < last; row += slots) {
    readRows<T, V, 1>(a.x, row * a.c + col, stride, pivot, own, count);
  }
  mergeColumns<A, V>(own, count, static_cast<A>(end - begin), lanes);
}

// Merges the partials of all splits of column threadIdx.x % width of a tile.
template <typename A>
__device__ inline void mergeTile(
    const StatisticsArguments& a, i64 channel, int width, double& mean, double& m2) {
  const Moments<A>* const partials = static_cast<const Moments<A>*>(a.partials) + channel;
  const double m = static_cast<double>(a.m);
  const int groups = blockDim.x / width;
  const int group = threadIdx.x / width;
  const i64 splits = channel < a.c ? a.splits : 0;
  double sum = 0;
#pragma unroll 4
  for (i64 s = group; s < splits; s += groups) {
    sum += asDouble(__ldcg(&partials[s * a.c].mean)) * (splitCount(s, a.chunk, a.m) / m);
  }
  mean = groupSum(sum, width);
  double squares = 0;
#pragma unroll 4
  for (i64 s = group; s < splits; s += groups) {
    const double delta = asDouble(__ldcg(&partials[s * a.c].mean)) - mean;
    squares += asDouble(__ldcg(&partials[s * a.c].m2)) +
               delta * delta * splitCount(s, a.chunk, a.m);
  }
  m2 = groupSum(squares, width);
}

template <typename T, int V>
__device__ inline void channelLast(const StatisticsArguments& a) {
  typedef Acc<T> A;
  const int lanes = static_cast<int>(a.lanes);
  const int width = lanes * V;
  const i64 firstChannel = static_cast<i64>(blockIdx.x) * width;
  const i64 col = firstChannel + (threadIdx.x & (lanes - 1)) * V;
  A pivot[V] = {};
  Moments<A> own[V] = {};
  if (col < a.c) {
    const Pack<T, V> first = loadPack<T, V>(a.x, col);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      pivot[k] = widen(first.v[k]);
    }
  }
  const i64 begin = blockIdx.y * a.chunk;
  readTile<T, V>(a, col, begin, begin + splitCount(blockIdx.y, a.chunk, a.m), pivot, own);
  const bool writes = threadIdx.x < lanes && col < a.c;
  if (a.splits == 1) {
    if (writes) {
#pragma unroll
      for (int k = 0; k < V; ++k) {
        finishChannel<A>(
            a.finish, col + k, pivot[k], asDouble(own[k].mean), asDouble(own[k].m2), a.m);
      }
    }
    advanceBatches(a.finish, a.m, a.tickets, gridDim.x);
    return;
  }
  if (writes) {
#pragma unroll
    for (int k = 0; k < V; ++k) {
      static_cast<Moments<A>*>(a.partials)[blockIdx.y * a.c + col + k] = own[k];
    }
  }
  if (lastToArrive(a.tickets + blockIdx.x, static_cast<unsigned>(a.splits))) {
    const i64 channel = firstChannel + threadIdx.x % width;
    double mean;
    double m2;
    mergeTile<A>(a, channel, width, mean, m2);
    if (threadIdx.x < width && channel < a.c) {
      const A itsPivot = widen(loadPack<T, 1>(a.x, channel).v[0]);
      finishChannel<A>(a.finish, channel, itsPivot, mean, m2, a.m);
    }
    advanceBatches(a.finish, a.m, a.tickets + gridDim.x, gridDim.x);
  }
}

}  // namespace

#define BN_STATISTICS(name, T)                                                              \
  extern "C" __global__ void __launch_bounds__(kThreads, 2)                                 \
      bn_statistics_nchw_##name(const StatisticsArguments a) {                              \
    a.wide != 0 ? channelSecond<T, kWide<T>>(a) : channelSecond<T, 1>(a);                   \
  }                                                                                         \
  extern "C" __global__ void __launch_bounds__(kThreads, 2)                                 \
      bn_statistics_nhwc_##name(const StatisticsArguments a) {                              \
    a.wide != 0 ? channelLast<T, kWide<T>>(a) : channelLast<T, 1>(a);                       \
  }

BN_STATISTICS(f32, float)
BN_STATISTICS(f64, double)
BN_STATISTICS(f16, f16)
BN_STATISTICS(bf16, bf16)
