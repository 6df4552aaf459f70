// The sums of bn_backward.cuh, channel last.
#pragma once

#include "bn_backward.cuh"

// Adds U rows of V channels, whose packs `last` gets when they have been used.
template <typename T, int V, int U, bool FROZEN, typename Arguments, typename Last>
__device__ inline void reduceRows(
    const Arguments& a, i64 row, i64 col, int slots, const BackwardChannel<Acc<T>> (&c)[V],
    Sums<Acc<T>> (&own)[V], const Last& last) {
  typedef Acc<T> A;
  // What is not read is zero, or a loop would carry the last round's value along.
  GradientPack<T, V> packs[U] = {};
  Place at[U];
#pragma unroll
  for (int u = 0; u < U; ++u) {
    at[u] = columnPlace(row + u * slots, col, a.c);
    loadGradient<T, V>(a, at[u], packs[u]);
  }
#pragma unroll
  for (int k = 0; k < V; ++k) {
    A ofDy[U];
    A ofProduct[U];
#pragma unroll
    for (int u = 0; u < U; ++u) {
      const Sums<A> one = element<T, V, FROZEN>(a, packs[u], k, c[k]);
      ofDy[u] = one.ofDy;
      ofProduct[u] = one.ofProduct;
    }
    own[k].ofDy += treeSum<A, U>(ofDy);
    own[k].ofProduct += treeSum<A, U>(ofProduct);
  }
#pragma unroll
  for (int u = 0; u < U; ++u) {
    last(u, at[u], packs[u]);
  }
}

// A parameter of V neighbouring channels, 16 bytes at a time where the array allows it: the lanes'
// channels lie apart, so each access touches a sector per lane, however little it uses of it.
template <typename A, int V>
__device__ inline void parameters(const void* values, i64 channel, A otherwise, A (&mine)[V]) {
  constexpr int kAtOnce = 16 / sizeof(A);
  if (V % kAtOnce == 0 && values != nullptr && reinterpret_cast<size_t>(values) % 16 == 0) {
    const A* const from = static_cast<const A*>(values) + channel;
#pragma unroll
    for (int k = 0; k < V; k += kAtOnce) {
      const uint4 word = __ldg(reinterpret_cast<const uint4*>(from + k));
      memcpy(mine + k, &word, sizeof(word));
    }
  } else {
#pragma unroll
    for (int k = 0; k < V; ++k) {
      mine[k] = parameter<A>(values, channel + k, otherwise);
    }
  }
}

// backwardChannel of V neighbours.
template <typename A, int V, bool FROZEN>
__device__ inline void backwardChannels(
    const BackwardReduceArguments& a, i64 channel, BackwardChannel<A> (&c)[V]) {
  A mean[V];
  A spread[V];
  A gamma[V];
  A beta[V];
  parameters<A, V>(a.mean, channel, A(0), mean);
  parameters<A, V>(a.spread, channel, A(1), spread);
  parameters<A, V>(a.gamma, channel, A(1), gamma);
  parameters<A, V>(a.beta, channel, A(0), beta);
#pragma unroll
  for (int k = 0; k < V; ++k) {
    c[k] = channelOf<A, FROZEN>(a, mean[k], spread[k], gamma[k], beta[k]);
  }
}

// Adds up the sums of all threads of a lane; each gets the result.
template <typename A, int V, int WARPS = kWarps>
__device__ inline void addColumns(Sums<A> (&own)[V], int lanes) {
  A ofDy[V];
  A ofProduct[V];
#pragma unroll
  for (int k = 0; k < V; ++k) {
    ofDy[k] = own[k].ofDy;
    ofProduct[k] = own[k].ofProduct;
  }
  columnSum<A, V, WARPS>(ofDy, lanes);
  columnSum<A, V, WARPS>(ofProduct, lanes);
#pragma unroll
  for (int k = 0; k < V; ++k) {
    own[k].ofDy = ofDy[k];
    own[k].ofProduct = ofProduct[k];
  }
}

// Sums over one split of V channels; all threads of a lane get them.
template <typename T, int V, bool FROZEN>
__device__ inline void reduceTile(
    const BackwardReduceArguments& a, i64 col, int lanes, Sums<Acc<T>> (&own)[V]) {
  typedef Acc<T> A;
  constexpr int U = V > 4 ? 2 : 4;
  const int slots = blockDim.x / lanes;
  const i64 begin = blockIdx.y * a.chunk;
  const i64 end = col < a.c ? begin + splitCount(blockIdx.y, a.chunk, a.m) : begin;
  BackwardChannel<A> c[V];
  if (col < a.c) {
    backwardChannels<A, V, FROZEN>(a, col, c);
  }
  const auto last = [&a](int, const Place& at, const GradientPack<T, V>& pack) {
    if (FROZEN) {
      storeFrozen<T, V>(a, at, pack);
    }
  };
  i64 row = begin + threadIdx.x / lanes;
  for (; row + (U - 1) * slots < end; row += U * slots) {
    reduceRows<T, V, U, FROZEN>(a, row, col, slots, c, own, last);
  }
  for (; row < end; row += slots) {
    reduceRows<T, V, 1, FROZEN>(a, row, col, slots, c, own, last);
  }
  addColumns<A, V>(own, lanes);
}

// The last block of a tile of `width` channels.
template <typename A, bool FROZEN>
__device__ inline void finishTile(const BackwardReduceArguments& a, i64 firstChannel, int width) {
  const Sums<A>* const partials = static_cast<const Sums<A>*>(a.partials);
  const i64 channel = firstChannel + threadIdx.x % width;
  const int groups = blockDim.x / width;
  const i64 splits = channel < a.c ? a.splits : 0;
  double sumOfDy = 0;
  double sumOfProduct = 0;
#pragma unroll 4
  for (i64 s = threadIdx.x / width; s < splits; s += groups) {
    sumOfDy += asDouble(__ldcg(&partials[s * a.c + channel].ofDy));
    sumOfProduct += asDouble(__ldcg(&partials[s * a.c + channel].ofProduct));
  }
  sumOfDy = groupSum(sumOfDy, width);
  sumOfProduct = groupSum(sumOfProduct, width);
  if (threadIdx.x < width && channel < a.c) {
    finishBackward<A, FROZEN>(a, channel, sumOfDy, sumOfProduct);
  }
}

template <typename T, int V, bool FROZEN>
__device__ inline void backwardChannelLast(const BackwardReduceArguments& a) {
  typedef Acc<T> A;
  const int lanes = static_cast<int>(a.lanes);
  const int width = lanes * V;
  const i64 firstChannel = static_cast<i64>(blockIdx.x) * width;
  const i64 col = firstChannel + (threadIdx.x & (lanes - 1)) * V;
  Sums<A> own[V] = {};
  reduceTile<T, V, FROZEN>(a, col, lanes, own);
  if (threadIdx.x < lanes && col < a.c) {
    Sums<A>* const partials = static_cast<Sums<A>*>(a.partials) + blockIdx.y * a.c + col;
#pragma unroll
    for (int k = 0; k < V; ++k) {
      if (a.splits == 1) {
        finishBackward<A, FROZEN>(a, col + k, asDouble(own[k].ofDy), asDouble(own[k].ofProduct));
      } else {
        partials[k] = own[k];
      }
    }
  }
  if (a.splits > 1 && lastToArrive(a.tickets + blockIdx.x, static_cast<unsigned>(a.splits))) {
    finishTile<A, FROZEN>(a, firstChannel, width);
  }
}
