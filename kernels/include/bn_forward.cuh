// y = act((x - mean) * scale + shift + residual), one element after the other; and its mask.
#pragma once

#include "bn_elementwise.cuh"
#include "bn_epilogue.cuh"

// Source has coefficients(channel): where mean, scale and shift come from.
template <typename T, typename Source>
struct ForwardOp {
  typedef Acc<T> A;
  typedef Coefficients<A> Channel;
  static constexpr int kPacks = 4;

  template <int V>
  struct Item {
    Pack<T, V> x;
    Pack<T, V> residual;
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
    if (residual != nullptr) {
      item.residual = loadPack<T, V>(residual, at.element);
    }
    return item;
  }

  __device__ Channel channel(i64 index) const { return source.coefficients(index); }

  // Overwrites x[k] by y[k].
  template <int V>
  __device__ bool compute(Item<V>& item, int k, const Channel& c) const {
    A z = ((widen(item.x.v[k]) - c.meanHigh) - c.meanLow) * c.scale + c.shift;
    if (residual != nullptr) {
      z += widen(item.residual.v[k]);
    }
    const bool cut = relu && z <= A(0);
    narrow(cut ? A(0) : z, item.x.v[k]);
    return !cut;
  }

  template <int V>
  __device__ void store(const Place& at, const Item<V>& item, unsigned bits) const {
    if (at.valid) {
      storePack<T, V>(y, at.element, item.x);
    }
    if (mask != nullptr) {
      storeMask(mask, at, bits);
    }
  }
};
