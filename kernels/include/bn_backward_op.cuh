// dx and dResidual, one element after the other.
//
//   g = dy where the activation passes, else 0;  dResidual = g
//   dx = scale * ((g - shiftOfDy) - (x - mean) * slope)
#pragma once

#include "bn_backward.cuh"

template <typename T, typename Arguments>
struct BackwardOp {
  typedef Acc<T> A;
  // Three tensors are read: two packs each fill the registers that a block of 256 threads may use.
  static constexpr int kPacks = 2;

  struct Channel {
    BackwardCoefficients<A> c;
    A shift;
  };

  template <int V>
  using Item = GradientPack<T, V>;

  const Arguments& a;

  __device__ explicit BackwardOp(const Arguments& arguments) : a(arguments) {}

  template <int V>
  __device__ Item<V> load(const Place& at) const {
    return loadGradient<T, V>(a, at);
  }

  __device__ Channel channel(i64 index) const {
    Channel channel;
    channel.c = loadCoefficients<BackwardCoefficients<A>>(a.coefficients, index);
    channel.shift = parameter<A>(a.beta, index, A(0));
    return channel;
  }

  template <int V>
  __device__ bool compute(Item<V>& item, int k, const Channel& channel) const {
    const A distance = widen(item.x.v[k]) - channel.c.mean;
    const A linear = distance * channel.c.scale + channel.shift;
    finish<V>(item, k, channel, distance, maskedGradient<T, V>(a, item, k, linear));
    return true;
  }

  // Leaves dx in x[k] and dResidual in dy[k].
  template <int V>
  __device__ void finish(Item<V>& item, int k, const Channel& channel, A distance, A g) const {
    narrow(gradientOfX(channel.c, g, distance), item.x.v[k]);
    narrow(g, item.dy.v[k]);
  }

  template <int V>
  __device__ void store(const Place& at, const Item<V>& item, unsigned) const {
    if (!at.valid) {
      return;
    }
    storePack<T, V>(a.dx, at.element, item.x);
    if (a.dResidual != nullptr) {
      storePack<T, V>(a.dResidual, at.element, item.dy);
    }
  }
};
