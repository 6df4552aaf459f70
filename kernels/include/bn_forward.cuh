// y = act((x - mean) * scale + shift + residual), one element after the other; and its mask.
#pragma once

#include "bn_elementwise.cuh"
#include "bn_epilogue.cuh"

template <typename A>
__device__ inline A normalized(A x, const Coefficients<A>& c) {
  return (x - c.mean) * c.scale + c.shift;
}

// For kernels that hand over the channels' coefficients themselves.
struct NoSource {
  template <typename Arguments>
  __device__ explicit NoSource(const Arguments&) {}
};

// Source has coefficients(channel): where mean, scale and shift come from. FUSED: there may be a
// residual, an activation and its mask; without, an element takes half of the instructions, and those
// of half precision have time for little more.
template <typename T, typename Source, bool FUSED = true>
struct ForwardOp {
  typedef Acc<T> A;
  typedef Coefficients<A> Channel;
  static constexpr int kPacks = FUSED ? 2 : 4;

  template <int V>
  struct Item {
    Pack<T, V> x;
    Pack<T, V> residual;
    PackWriter<T, V> y;
  };

  const void* x;
  const void* residual;
  void* y;
  unsigned char* mask;
  bool relu;
  Source source;

  template <typename Arguments>
  __device__ explicit ForwardOp(const Arguments& a)
      : x(a.x), residual(a.residual), y(a.y), mask(a.mask), relu(a.relu != 0), source(a) {}

  template <int V>
  __device__ Item<V> load(const Place& at) const {
    return complete<V>(loadPack<T, V>(x, at.element), at);
  }

  // An item whose x is known.
  template <int V>
  __device__ Item<V> complete(const Pack<T, V>& known, const Place& at) const {
    Item<V> item;
    item.x = known;
    if (FUSED && residual != nullptr) {
      item.residual = loadPack<T, V>(residual, at.element);
    }
    return item;
  }

  __device__ Channel channel(i64 index) const { return source.coefficients(index); }

  // Overwrites x[k] by y[k]; in the order of k.
  template <int V>
  __device__ bool compute(Item<V>& item, int k, const Channel& c) const {
    A z = normalized<A>(widen(item.x.v[k]), c);
    if (!FUSED) {
      item.y.put(z, k, item.x);
      return true;
    }
    if (residual != nullptr) {
      z += widen(item.residual.v[k]);
    }
    const bool cut = relu && z <= A(0);
    item.y.put(cut ? A(0) : z, k, item.x);
    return !cut;
  }

  template <int V>
  __device__ void store(const Place& at, const Item<V>& item, unsigned bits) const {
    if (at.valid) {
      storePack<T, V>(y, at.element, item.x);
    }
    if (FUSED && mask != nullptr) {
      storeMask(mask, at, bits);
    }
  }
};

template <typename Arguments>
__device__ inline bool isFused(const Arguments& a) {
  return a.relu != 0 || a.residual != nullptr;
}

// All elements, channel second: grid and threads as walkFlat has them.
template <typename T, int V, typename Source, typename Arguments>
__device__ inline void forwardSecondBy(const Arguments& a) {
  if (isFused(a)) {
    typedef ForwardOp<T, Source, true> Op;
    walkFlat<Op, V>(Op(a), a.c, a.hw, a.rows);
  } else {
    typedef ForwardOp<T, Source, false> Op;
    walkFlat<Op, V>(Op(a), a.c, a.hw, a.rows);
  }
}

template <typename T, typename Source, typename Arguments>
__device__ inline void forwardSecond(const Arguments& a) {
  a.wide != 0 ? forwardSecondBy<T, kWide<T>, Source>(a) : forwardSecondBy<T, 1, Source>(a);
}

// All elements, channel last: grid and threads as walkColumns has them.
template <typename T, int V, typename Source, typename Arguments>
__device__ inline void forwardLastBy(const Arguments& a) {
  if (isFused(a)) {
    typedef ForwardOp<T, Source, true> Op;
    walkColumns<Op, V>(Op(a), a.c, a.rows, static_cast<int>(a.lanes));
  } else {
    typedef ForwardOp<T, Source, false> Op;
    walkColumns<Op, V>(Op(a), a.c, a.rows, static_cast<int>(a.lanes));
  }
}

template <typename T, typename Source, typename Arguments>
__device__ inline void forwardLast(const Arguments& a) {
  a.wide != 0 ? forwardLastBy<T, kWide<T>, Source>(a) : forwardLastBy<T, 1, Source>(a);
}
