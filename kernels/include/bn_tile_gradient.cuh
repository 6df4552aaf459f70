// What a thread of the backward pass does with the rows of a tile (bn_tile.cuh), where the activation
// passes anything at all, where a mask says, or where y is positive.
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

// How it is known where the activation passed: everywhere, by the mask, or by y's sign.
enum Gate { kOpen, kByMask, kByValue };

// Turns dy[k] into g; `linear` is (x - mean) * scale + shift of the element.
template <int GATE, typename T, int V>
__device__ inline void cutGradient(
    const BackwardOnepassArguments& a, GradientPack<T, V>& pack, int k, Acc<T> linear) {
  bool cut = false;
  if constexpr (GATE == kByMask) {
    cut = ((pack.bits >> k) & 1u) == 0;
  } else if constexpr (GATE == kByValue) {
    const Acc<T> z = a.residual != nullptr ? linear + widen(pack.residual.v[k]) : linear;
    cut = z <= Acc<T>(0);
  }
  pack.dy.v[k] = cut ? T{} : pack.dy.v[k];
}

// dx and dResidual of a pack; what is kept is g already. The gate is known to the compiler, as what
// is fused in bn_forward_tile.cuh.
template <int GATE, typename T, int V>
struct BackwardTileOp {
  typedef Acc<T> A;
  typedef GradientPack<T, V> Item;
  typedef typename BackwardOp<T, BackwardOnepassArguments>::Channel Channel;

  const BackwardOnepassArguments& a;
  KeptGradient<T, V> on;

  __device__ Item load(const Place& at) const {
    Item item = {};
    item.x = loadPack<T, V>(a.x, at.element);
    item.dy = loadPack<T, V>(a.dy, at.element);
    if constexpr (GATE == kByMask) {
      item.bits = loadMask(a.mask, at);
    } else if (GATE == kByValue && a.residual != nullptr) {
      item.residual = loadPack<T, V>(a.residual, at.element);
    }
    return item;
  }

  __device__ Item kept(int step, const Place&) const {
    Item item = {};
    item.x = on.x.get(step);
    item.dy = on.g.get(step);
    return item;
  }

  // Overwrites x by dx and dy by g.
  __device__ unsigned compute(Item& item, const Channel (&channels)[V]) const {
    A dx[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      const BackwardCoefficients<A>& c = channels[k].c;
      const A distance = widen(item.x.v[k]) - c.mean;
      cutGradient<GATE, T, V>(a, item, k, distance * c.scale + channels[k].shift);
      dx[k] = gradientOfX(c, A(widen(item.dy.v[k])), distance);
    }
    narrowPack<T, V>(dx, item.x);
    return 0;
  }

  __device__ void store(const Place& at, const Item& item, unsigned) const {
    if (at.valid) {
      storePack<T, V>(a.dx, at.element, item.x);
      if (a.dResidual != nullptr) {
        storePack<T, V>(a.dResidual, at.element, item.dy);
      }
    }
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

// Steps that a thread takes at a time: what fits into 128 registers.
template <int V>
constexpr int kBackwardSteps = V == 4 ? 4 : 2;

template <typename T, int V>
using BackwardComing = Coming<T, V, kBackwardSteps<V>, 2>;

// What is kept of a tile, or of the one so many channels further on.
template <typename T, int V>
__device__ inline BackwardComing<T, V> backwardComing(
    const BackwardOnepassArguments& a, const Tile& tile, const KeptGradient<T, V>& on, i64 further,
    bool any) {
  return {{a.x, a.dy}, {on.x, on.g}, tile.element + further, tile.stride,
          any ? tile.held(further) : 0};
}

// What a gate has to read of U steps: the mask's bytes as they are, or the residual.
template <int GATE, typename T, int V, int U>
struct Passed {
  unsigned bytes[U];
  Pack<T, V> residual[U];

  __device__ void ask(const BackwardOnepassArguments& a, const Tile& tile, int step, int held) {
    if constexpr (GATE != kOpen) {
      const bool any = GATE == kByMask || a.residual != nullptr;
#pragma unroll
      for (int u = 0; u < U; ++u) {
        if (any && step + u < held) {
          const Place at = tile.at<V>(step, u);
          if constexpr (GATE == kByMask) {
            bytes[u] = a.mask[at.maskByte];
          } else {
            residual[u] = loadPack<T, V>(a.residual, at.element);
          }
        }
      }
    }
  }
};

// Adds U steps, and turns their dy into g.
template <int GATE, typename T, int V, int U>
__device__ inline void addSteps(
    const BackwardOnepassArguments& a, GradientPack<T, V> (&packs)[U],
    const BackwardChannel<Acc<T>> (&c)[V], Sums<Acc<T>> (&own)[V]) {
  typedef Acc<T> A;
#pragma unroll
  for (int k = 0; k < V; ++k) {
    A ofDy[U];
    A ofProduct[U];
#pragma unroll
    for (int u = 0; u < U; ++u) {
      const A distance = widen(packs[u].x.v[k]) - c[k].mean;
      cutGradient<GATE, T, V>(a, packs[u], k, distance * c[k].scale + c[k].shift);
      ofDy[u] = widen(packs[u].dy.v[k]);
      ofProduct[u] = ofDy[u] * distance;
    }
    own[k].ofDy += treeSum<A, U>(ofDy);
    own[k].ofProduct += treeSum<A, U>(ofProduct);
  }
}

// What is kept.
template <int GATE, typename T, int V>
__device__ inline void addKept(
    const BackwardOnepassArguments& a, const Tile& tile, const KeptGradient<T, V>& on,
    const BackwardChannel<Acc<T>> (&c)[V], Sums<Acc<T>> (&own)[V]) {
  constexpr int U = kBackwardSteps<V>;
  const int held = tile.held(0);
  const int bit = static_cast<int>(tile.col & 7);
  Passed<GATE, T, V, U> passed = {};
  passed.ask(a, tile, 0, held);
#pragma unroll 1
  for (int step = 0; step < tile.kept; step += U) {
    GradientPack<T, V> packs[U] = {};
#pragma unroll
    for (int u = 0; u < U; ++u) {
      packs[u].residual = passed.residual[u];
      packs[u].bits = passed.bytes[u] >> bit;
    }
    // Asked for a group ahead: a byte takes as long as a pack.
    passed.ask(a, tile, step + U, held);
    BackwardComing<T, V>::await(step + U, tile.kept);
#pragma unroll
    for (int u = 0; u < U; ++u) {
      if (step + u < held) {
        packs[u].x = on.x.get(step + u);
        packs[u].dy = on.g.get(step + u);
      }
    }
    // Steps that are not there have dy = 0, and add nothing.
    addSteps<GATE, T, V, U>(a, packs, c, own);
#pragma unroll
    for (int u = 0; u < U; ++u) {
      if (GATE != kOpen && step + u < held) {
        on.g.put(step + u, packs[u].dy);
      }
    }
  }
}

// U steps of what is not kept.
template <int GATE, typename T, int V, int U>
__device__ inline void addOthers(
    const BackwardTileOp<GATE, T, V>& op, const Tile& tile, int step,
    const BackwardChannel<Acc<T>> (&c)[V], Sums<Acc<T>> (&own)[V]) {
  GradientPack<T, V> packs[U] = {};
#pragma unroll
  for (int u = 0; u < U; ++u) {
    packs[u] = op.load(tile.at<V>(step, u));
  }
  addSteps<GATE, T, V, U>(op.a, packs, c, own);
}

// Sums over this block's rows, all of them read once. Every thread of a lane gets them.
template <int GATE, typename T, int V>
__device__ inline void readTile(
    const BackwardOnepassArguments& a, const Tile& tile, const KeptGradient<T, V>& on,
    Sums<Acc<T>> (&own)[V]) {
  typedef Acc<T> A;
  constexpr int U = kBackwardSteps<V>;
  BackwardChannel<A> c[V];
  savedChannels<A, V>(a, tile, c);
  addKept<GATE, T, V>(a, tile, on, c, own);
  const BackwardTileOp<GATE, T, V> op = {a, on};
  int step = tile.held(0);
#pragma unroll 1
  for (; step + U <= tile.own; step += U) {
    addOthers<GATE, T, V, U>(op, tile, step, c, own);
  }
#pragma unroll 1
  for (; step < tile.own; ++step) {
    addOthers<GATE, T, V, 1>(op, tile, step, c, own);
  }
}
