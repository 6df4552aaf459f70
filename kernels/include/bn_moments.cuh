// Mean and sum of squared deviations, without cancellation.
//
// Values are taken as distance from a pivot (the channel's first element), so that a constant
// channel gives exactly its value and m2 = 0. A thread reads a batch of values at a time, finds the
// batch's mean and m2 in registers in two passes, and merges them into its own by Chan's formula.
// Source: Chan, Golub, LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing Sample
// Variances", 1979.
#pragma once

#include "bn_reduce.cuh"

// Relative to a pivot. The count is kept apart: it is the same for all channels of a thread.
template <typename A>
struct alignas(2 * sizeof(A)) Moments {
  A mean;
  A m2;
};

// Merges K new values into moments of `count` values; `share` is K / (count + K).
template <typename A, int K>
__device__ inline void mergeBatch(Moments<A>& into, A count, A share, const A (&distance)[K]) {
  A terms[K];
#pragma unroll
  for (int i = 0; i < K; ++i) {
    terms[i] = distance[i];
  }
  const A batchMean = treeSum<A, K>(terms) * (A(1) / A(K));
#pragma unroll
  for (int i = 0; i < K; ++i) {
    const A deviation = distance[i] - batchMean;
    terms[i] = deviation * deviation;
  }
  const A delta = batchMean - into.mean;
  into.mean += delta * share;
  into.m2 += treeSum<A, K>(terms) + delta * delta * (count * share);
}

// Merges U rows of V channels.
template <typename T, int V, int U>
__device__ inline void mergeRows(
    const Pack<T, V> (&packs)[U], const Acc<T> (&pivot)[V], Moments<Acc<T>> (&own)[V],
    Acc<T>& count) {
  typedef Acc<T> A;
  constexpr A K = U;
  const A share = K / (count + K);
#pragma unroll
  for (int k = 0; k < V; ++k) {
    A distance[U];
#pragma unroll
    for (int u = 0; u < U; ++u) {
      distance[u] = widen(packs[u].v[k]) - pivot[k];
    }
    mergeBatch<A, U>(own[k], count, share, distance);
  }
  count += K;
}

// Likewise the next U rows in memory, `stride` elements apart.
template <typename T, int V, int U>
__device__ inline void readRows(
    const void* x, i64 element, i64 stride, const Acc<T> (&pivot)[V], Moments<Acc<T>> (&own)[V],
    Acc<T>& count) {
  Pack<T, V> packs[U];
#pragma unroll
  for (int u = 0; u < U; ++u) {
    packs[u] = loadPack<T, V>(x, element + u * stride);
  }
  mergeRows<T, V, U>(packs, pivot, own, count);
}

// Merges the moments of all threads of a block; `total` values in all.
template <typename A>
__device__ inline Moments<A> mergeBlock(const Moments<A>& own, A count, A total) {
  Moments<A> all;
  all.mean = blockSum<A>(own.mean * (count / total));
  const A delta = own.mean - all.mean;
  all.m2 = blockSum<A>(own.m2 + delta * delta * count);
  return all;
}

// Merges the moments of threads with the same lane, V channels at once; `total` values in all.
template <typename A, int V, int WARPS = kWarps>
__device__ inline void mergeColumns(Moments<A> (&own)[V], A count, A total, int lanes) {
  A sums[V];
  A means[V];
#pragma unroll
  for (int k = 0; k < V; ++k) {
    means[k] = own[k].mean * (count / total);
  }
  columnSum<A, V, WARPS>(means, lanes);
#pragma unroll
  for (int k = 0; k < V; ++k) {
    const A delta = own[k].mean - means[k];
    sums[k] = own[k].m2 + delta * delta * count;
  }
  columnSum<A, V, WARPS>(sums, lanes);
#pragma unroll
  for (int k = 0; k < V; ++k) {
    own[k].mean = means[k];
    own[k].m2 = sums[k];
  }
}
