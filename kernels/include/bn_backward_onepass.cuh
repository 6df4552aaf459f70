// The backward pass of training in one pass, channel second; bn_backward_onepass.cu and
// bn_backward_cluster.cu.
//
// A block reads x and dy of its part of a group of channels, keeps x and g (dy where the activation
// passes, else 0) in shared memory, and sums on the way; so mask and residual are read once, too. The
// blocks of a group add up their sums; then each computes dx from what it kept.
#pragma once

#include "bn_backward.cuh"
#include "bn_exchange.cuh"
#include "bn_onepass_load.cuh"
#include "bn_onepass_sums.cuh"

// What decides about the activation is read when it is needed, from the second-level cache.
template <typename T>
struct ActivationAhead {
  const unsigned char* mask;
  const void* residual;

  __device__ void ask(i64 element) const {
    if (mask != nullptr) {
      prefetchPack<unsigned char>(mask, element, 8);
    } else if (residual != nullptr) {
      prefetchPack<T>(residual, element, 1);
    }
  }
};

// Whether there are registers for a way without an activation besides the one with: bf16 lacks a few
// on 8.0, and all on 7.5, which converts by integer arithmetic.
template <typename T>
constexpr bool kTwoWaysOf = true;
template <>
constexpr bool kTwoWaysOf<bf16> = false;

template <typename T, int V, typename Exchange, typename Rest>
struct BackwardOnepass {
  typedef Acc<T> A;
  typedef BackwardCoefficients<A> C;
  // As forward, of two tensors.
  static constexpr int kPacks = 2;
  static constexpr int kGroups = 8;
  // With a rest there are no registers for two ways.
  static constexpr bool kTwoWays = Rest::kNone && kTwoWaysOf<T>;
  typedef ActivationAhead<T> Ahead;
  typedef PackLoader<T, V, 2, kPacks, kGroups, Ahead> Loader;

  const BackwardOnepassArguments& a;
  OnChip<T, V, C> chip;
  Exchange exchange;
  Rest rest;

  __device__ explicit BackwardOnepass(const BackwardOnepassArguments& arguments)
      : a(arguments), chip(arguments, 2, Exchange::inboxBytes(arguments)), exchange(arguments) {}

  __device__ A scaleOf(i64 channel) const {
    return parameter<A>(a.gamma, channel, A(1)) * parameter<A>(a.invStd, channel, A(0));
  }

  // Without a mask the sign of z decides, see maskedGradient.
  __device__ bool recomputes() const { return a.relu != 0 && a.mask == nullptr; }

  // What z needs, until the coefficients proper take its place.
  __device__ void prepareMask(const Share<V>& s) {
#pragma unroll 1
    for (int i = threadIdx.x; i < s.channels; i += blockDim.x) {
      C c;
      c.scale = scaleOf(s.firstChannel + i);
      c.shiftOfDy = parameter<A>(a.beta, s.firstChannel + i, A(0));
      chip.coefficients()[i] = c;
    }
  }

  __device__ A linear(int channel, A distance) const {
    const C& c = chip.coefficients()[channel];
    return distance * c.scale + c.shiftOfDy;
  }

  // Takes one turn's packs, puts g into the place of dy, and adds up g and g * (x - mean).
  template <bool RELU>
  __device__ void take(
      const Share<V>& s, Path<V> path, const ThreadChannels<V>& channels, Loader& loader,
      A (&found)[2][V]) {
    A mean[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      mean[k] = parameter<A>(a.mean, s.firstChannel + channels.v[k], A(0));
    }
#pragma unroll 1
    for (int round = 0; round < path.rounds; round += kPacks) {
      loader.ask();
      i64 elements[kPacks];
      GradientPack<T, V> packs[kPacks];
#pragma unroll
      for (int u = 0; u < kPacks; ++u) {
        elements[u] = path.cursor.next();
        if (RELU && path.has(round + u)) {
          loadActivation<T, V>(a, flatPlace(elements[u], V, 0), packs[u]);
        }
      }
      Pack<T, V> taken[2][kPacks];
      loader.take(path, round, elements, taken);
#pragma unroll
      for (int u = 0; u < kPacks; ++u) {
        if (path.has(round + u)) {
          packs[u].x = taken[0][u];
          packs[u].dy = taken[1][u];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            const A distance = widen(packs[u].x.v[k]) - mean[k];
            A g;
            if (RELU) {
              const A z = recomputes() ? linear(channels.v[k], distance) : A(0);
              g = maskedGradient<T, V>(a, packs[u], k, z);
              narrow(g, packs[u].dy.v[k]);
            } else {
              g = widen(packs[u].dy.v[k]);
            }
            found[0][k] += g;
            found[1][k] += g * distance;
          }
          if (RELU) {
            chip.kept(1)[path.at(round + u)] = packs[u].dy;
          }
        }
      }
    }
  }

  // Likewise, and adds up over the block.
  __device__ void keep(const Share<V>& s, int turn, Loader& loader) {
    const Path<V> path(s, a.group, turn);
    const ThreadChannels<V> channels(s, path);
    A found[2][V] = {};
    kTwoWays && a.relu == 0 ? take<false>(s, path, channels, loader, found)
                            : take<true>(s, path, channels, loader, found);
    addToChannels<A, V, 2>(found, s, channels, a.group, turn, chip.scratch(), chip.sums(0));
  }

  // Leaves the sums of the whole batch on the chip.
  __device__ void merge(const Share<V>& s) {
    if (exchange.size() == 1) {
#pragma unroll 1
      for (int i = threadIdx.x; i < s.channels; i += blockDim.x) {
        chip.number(0)[i] = asDouble(chip.sums(0)[i]);
        chip.number(1)[i] = asDouble(chip.sums(1)[i]);
      }
      return;
    }
    const int warp = threadIdx.x >> 5;
    const int warps = blockDim.x >> 5;
    const int lane = threadIdx.x & 31;
    exchange.ready();
#pragma unroll 1
    for (int i = warp; i < s.channels; i += warps) {
      const Parts<2> own = {{asDouble(chip.sums(0)[i]), asDouble(chip.sums(1)[i])}};
      exchange.put(i, own);
    }
    exchange.meet();
#pragma unroll 1
    for (int i = warp; i < s.channels; i += warps) {
      Parts<2> sum = {{0, 0}};
      eachPart<Exchange::kAtOnce>(exchange, i, [&](int, const Parts<2>& part) {
        sum.v[0] += part.v[0];
        sum.v[1] += part.v[1];
      });
      sum.v[0] = warpSum(sum.v[0]);
      sum.v[1] = warpSum(sum.v[1]);
      if (lane == 0) {
        chip.number(0)[i] = sum.v[0];
        chip.number(1)[i] = sum.v[1];
      }
    }
    __syncthreads();
  }

  // Coefficients for all, and the gradients that one block of the group writes.
  __device__ void finish(const Share<V>& s) {
#pragma unroll 1
    for (int i = threadIdx.x; i < s.channels; i += blockDim.x) {
      const i64 channel = s.firstChannel + i;
      const double invStd = asDouble(parameter<A>(a.invStd, channel, A(0)));
      const double sumOfDy = chip.number(0)[i];
      const double sumOfProduct = chip.number(1)[i];
      chip.coefficients()[i] = backwardCoefficients<A>(
          parameter<A>(a.mean, channel, A(0)), scaleOf(channel), invStd, sumOfDy, sumOfProduct, a.m);
      if (exchange.rank() == 0) {
        setStatistic<A>(a.dBeta, channel, sumOfDy);
        setStatistic<A>(a.dGamma, channel, sumOfProduct * invStd);
      }
    }
    __syncthreads();
  }

  __device__ void apply(const Share<V>& s, int turn) {
    const Path<V> path(s, a.group, turn);
    const ThreadChannels<V> channels(s, path);
    PackCursor cursor = path.cursor;
    C c[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      c[k] = chip.coefficients()[channels.v[k]];
    }
#pragma unroll 1
    for (int round = 0; round < path.rounds; ++round) {
      const i64 element = cursor.next();
      if (path.has(round)) {
        Pack<T, V> x = chip.kept(0)[path.at(round)];
        const Pack<T, V> g = chip.kept(1)[path.at(round)];
        PackWriter<T, V> dx;
#pragma unroll
        for (int k = 0; k < V; ++k) {
          dx.put(gradientOfX<A>(c[k], widen(g.v[k]), widen(x.v[k]) - c[k].mean), k, x);
        }
        storePack<T, V>(a.dx, element, x);
        if (a.dResidual != nullptr) {
          storePack<T, V>(a.dResidual, element, g);
        }
      }
    }
  }

  __device__ void run() {
    const i64 groups = (a.c + a.group - 1) / a.group;
#pragma unroll 1
    for (i64 group = exchange.slot(); group < groups; group += exchange.slots()) {
      const Share<V> s(a, group, exchange.rank());
      const void* const tensors[2] = {a.x, a.dy};
      const Ahead ahead = {a.relu != 0 ? a.mask : nullptr, a.relu != 0 ? a.residual : nullptr};
      Loader loader(tensors, ahead, chip, s, a.group);
      exchange.start();
      chip.clearSums();
      if (recomputes()) {
        prepareMask(s);
      }
      __syncthreads();
#pragma unroll 1
      for (int turn = 0; turn < s.turns; ++turn) {
        keep(s, turn, loader);
      }
      rest.add(*this, s);
      merge(s);
      finish(s);
      rest.write(*this, s);
#pragma unroll 1
      for (int turn = 0; turn < s.turns; ++turn) {
        apply(s, turn);
      }
      __syncthreads();
    }
  }
};

// Rest: what to do with values that are not kept (NoRest).
template <typename T, typename Exchange, template <typename, int> class Rest = NoRest>
__device__ inline void backwardOnepass(const BackwardOnepassArguments& a) {
  if (a.wide != 0) {
    BackwardOnepass<T, kWide<T>, Exchange, Rest<T, kWide<T>>>(a).run();
  } else {
    BackwardOnepass<T, 1, Exchange, Rest<T, 1>>(a).run();
  }
}
