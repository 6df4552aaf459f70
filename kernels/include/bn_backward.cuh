// Sums of a backward pass over every channel; the kernel for frozen statistics also writes dx.
//
//   g = dy where the activation passes, else 0
//   S1 = sum(g),  S2 = sum(g * (x - mean));  dBeta = S1,  dGamma = S2 * invStd
//
// Blocks, splits and the last block's merge are those of bn_statistics.cu.
#pragma once

#include "bn_elementwise.cuh"
#include "bn_epilogue.cuh"

template <typename T, int V>
struct GradientPack {
  Pack<T, V> x;
  Pack<T, V> dy;
  Pack<T, V> residual;
  unsigned bits;
};

// Reads what decides whether the activation passes: the mask if there is one, else the residual.
template <typename T, int V, typename Arguments>
__device__ inline void loadActivation(
    const Arguments& a, const Place& at, GradientPack<T, V>& pack) {
  if (a.relu != 0 && a.mask != nullptr) {
    pack.bits = loadMask(a.mask, at);
  } else if (a.relu != 0 && a.residual != nullptr) {
    pack.residual = loadPack<T, V>(a.residual, at.element);
  }
}

// Reads what the gradient of V elements needs.
template <typename T, int V, typename Arguments>
__device__ inline void loadGradient(
    const Arguments& a, const Place& at, GradientPack<T, V>& pack) {
  pack.x = loadPack<T, V>(a.x, at.element);
  pack.dy = loadPack<T, V>(a.dy, at.element);
  loadActivation<T, V>(a, at, pack);
}

template <typename T, int V, typename Arguments>
__device__ inline GradientPack<T, V> loadGradient(const Arguments& a, const Place& at) {
  GradientPack<T, V> pack;
  loadGradient<T, V>(a, at, pack);
  return pack;
}

// dy where the activation passes, else 0; `linear` is (x - mean) * scale + shift of the element.
template <typename T, int V, typename Arguments>
__device__ inline Acc<T> maskedGradient(
    const Arguments& a, const GradientPack<T, V>& pack, int k, Acc<T> linear) {
  typedef Acc<T> A;
  const A dy = widen(pack.dy.v[k]);
  if (a.relu == 0) {
    return dy;
  }
  if (a.mask != nullptr) {
    return ((pack.bits >> k) & 1u) != 0 ? dy : A(0);
  }
  const A z = a.residual != nullptr ? linear + widen(pack.residual.v[k]) : linear;
  return z <= A(0) ? A(0) : dy;
}

template <typename A>
struct BackwardChannel {
  A mean;
  A invStd;
  A scale;
  A shift;
};

// `spread`: invStd, or with frozen statistics the variance.
template <typename A, bool FROZEN>
__device__ inline BackwardChannel<A> channelOf(
    const BackwardReduceArguments& a, A mean, A spread, A gamma, A beta) {
  BackwardChannel<A> c;
  c.mean = mean;
  c.invStd = FROZEN ? A(1) / sqrt(spread + static_cast<A>(a.epsilon)) : spread;
  c.scale = gamma * c.invStd;
  c.shift = beta;
  return c;
}

template <typename A, bool FROZEN>
__device__ inline BackwardChannel<A> backwardChannel(const BackwardReduceArguments& a, i64 index) {
  return channelOf<A, FROZEN>(
      a, parameter<A>(a.mean, index, A(0)), parameter<A>(a.spread, index, A(1)),
      parameter<A>(a.gamma, index, A(1)), parameter<A>(a.beta, index, A(0)));
}

template <typename A>
struct alignas(2 * sizeof(A)) Sums {
  A ofDy;
  A ofProduct;
};

// What element k adds to the sums. Leaves g in dy[k]; with frozen statistics also dx in x[k].
template <typename T, int V, bool FROZEN, typename Arguments>
__device__ inline Sums<Acc<T>> element(
    const Arguments& a, GradientPack<T, V>& pack, int k, const BackwardChannel<Acc<T>>& c) {
  typedef Acc<T> A;
  const A distance = widen(pack.x.v[k]) - c.mean;
  const A g = maskedGradient<T, V>(a, pack, k, distance * c.scale + c.shift);
  if (FROZEN) {
    narrow(g * c.scale, pack.x.v[k]);
  }
  narrow(g, pack.dy.v[k]);
  Sums<A> sums = {g, g * distance};
  return sums;
}

template <typename T, int V>
__device__ inline void storeFrozen(
    const BackwardReduceArguments& a, const Place& at, const GradientPack<T, V>& pack) {
  storePack<T, V>(a.dx, at.element, pack.x);
  if (a.dResidual != nullptr) {
    storePack<T, V>(a.dResidual, at.element, pack.dy);
  }
}

// What dx needs of a channel, from its sums over a batch of m values.
template <typename A>
__device__ inline BackwardCoefficients<A> backwardCoefficients(
    A mean, A scale, double invStd, double sumOfDy, double sumOfProduct, i64 values) {
  const double m = static_cast<double>(values);
  BackwardCoefficients<A> c;
  c.mean = mean;
  c.scale = scale;
  c.shiftOfDy = static_cast<A>(sumOfDy / m);
  c.slope = static_cast<A>(invStd * invStd * (sumOfProduct / m));
  return c;
}

// dx of one element.
template <typename A>
__device__ inline A gradientOfX(const BackwardCoefficients<A>& c, A g, A distance) {
  return c.scale * ((g - c.shiftOfDy) - distance * c.slope);
}

// Writes a channel's gradients and, in training, the coefficients for bn_backward_apply.cu.
template <typename A, bool FROZEN>
__device__ inline void finishBackward(
    const BackwardReduceArguments& a, i64 index, double sumOfDy, double sumOfProduct) {
  const BackwardChannel<A> c = backwardChannel<A, FROZEN>(a, index);
  const double invStd = asDouble(c.invStd);
  setStatistic<A>(a.dBeta, index, sumOfDy);
  // An empty batch has no statistics to multiply by.
  setStatistic<A>(a.dGamma, index, a.m > 0 ? sumOfProduct * invStd : 0.0);
  if (!FROZEN) {
    static_cast<BackwardCoefficients<A>*>(a.coefficients)[index] =
        backwardCoefficients<A>(c.mean, c.scale, invStd, sumOfDy, sumOfProduct, a.m);
  }
}

// The next U packs of one channel.
template <typename T, int V, int U, bool FROZEN>
__device__ inline void reducePacks(
    const BackwardReduceArguments& a, RowCursor& cursor, const BackwardChannel<Acc<T>>& c,
    Sums<Acc<T>>& own) {
  typedef Acc<T> A;
  GradientPack<T, V> packs[U];
  Place at[U];
#pragma unroll
  for (int u = 0; u < U; ++u) {
    at[u] = flatPlace(cursor.next(), V, 0);
    packs[u] = loadGradient<T, V>(a, at[u]);
  }
  A ofDy[U * V];
  A ofProduct[U * V];
#pragma unroll
  for (int i = 0; i < U * V; ++i) {
    const Sums<A> one = element<T, V, FROZEN>(a, packs[i / V], i % V, c);
    ofDy[i] = one.ofDy;
    ofProduct[i] = one.ofProduct;
  }
  own.ofDy += treeSum<A, U * V>(ofDy);
  own.ofProduct += treeSum<A, U * V>(ofProduct);
  if (FROZEN) {
#pragma unroll
    for (int u = 0; u < U; ++u) {
      storeFrozen<T, V>(a, at[u], packs[u]);
    }
  }
}

template <typename T, int V, bool FROZEN>
__device__ inline void backwardChannelSecond(const BackwardReduceArguments& a) {
  typedef Acc<T> A;
  constexpr int U = V > 4 ? 2 : 4;
  Sums<A>* const partials = static_cast<Sums<A>*>(a.partials);
  const i64 begin = blockIdx.y * a.chunk;
  const i64 packs = (begin + splitCount(blockIdx.y, a.chunk, a.m)) / V;
  const int step = blockDim.x;
  for (i64 channel = blockIdx.x; channel < a.c; channel += gridDim.x) {
    const BackwardChannel<A> c = backwardChannel<A, FROZEN>(a, channel);
    i64 pack = begin / V + threadIdx.x;
    RowCursor cursor(channel, a.c, a.hw, V, pack, step);
    Sums<A> own = {0, 0};
    for (; pack + (U - 1) * step < packs; pack += U * step) {
      reducePacks<T, V, U, FROZEN>(a, cursor, c, own);
    }
    for (; pack < packs; pack += step) {
      reducePacks<T, V, 1, FROZEN>(a, cursor, c, own);
    }
    own.ofDy = blockSum<A>(own.ofDy);
    own.ofProduct = blockSum<A>(own.ofProduct);
    double sumOfDy = asDouble(own.ofDy);
    double sumOfProduct = asDouble(own.ofProduct);
    if (a.splits > 1) {
      Sums<A>* const its = partials + channel * a.splits;
      if (threadIdx.x == 0) {
        its[blockIdx.y] = own;
      }
      if (!lastToArrive(a.tickets + channel, static_cast<unsigned>(a.splits))) {
        continue;
      }
      sumOfDy = 0;
      sumOfProduct = 0;
      for (i64 s = threadIdx.x; s < a.splits; s += step) {
        sumOfDy += asDouble(__ldcg(&its[s].ofDy));
        sumOfProduct += asDouble(__ldcg(&its[s].ofProduct));
      }
      sumOfDy = blockSum<double>(sumOfDy);
      sumOfProduct = blockSum<double>(sumOfProduct);
    }
    if (threadIdx.x == 0) {
      finishBackward<A, FROZEN>(a, channel, sumOfDy, sumOfProduct);
    }
  }
}
