// Forward training in one pass, channel second; bn_forward_onepass.cu and bn_forward_cluster.cu.
//
// A block reads its part of a group of channels into shared memory and sums it on the way. Mean first,
// then squared deviations from the copy: true two-pass statistics. Blocks that share a group merge
// theirs by Chan's formula; then each normalizes its own copy. The squared deviations are taken from a
// mean rounded to the type of the sums; their own sum says how far that is off, and corrects both.
// Source: Chan, Golub, LeVeque, "Algorithms for Computing the Sample Variance", 1983, formula 1.7.
#pragma once

#include "bn_exchange.cuh"
#include "bn_forward.cuh"
#include "bn_forward_parts.cuh"
#include "bn_onepass_load.cuh"
#include "bn_onepass_sums.cuh"

template <typename T, int V, typename Exchange, typename Rest>
struct ForwardOnepass {
  typedef Acc<T> A;
  typedef Coefficients<A> C;
  // Packs that a thread takes at once, and how many times that it asks ahead: 128 KiB of 256 threads.
  static constexpr int kPacks = 4;
  static constexpr int kGroups = 8;
  // Rounds that the residual is brought to the L2 cache ahead: 8 MiB for 132 times 512 threads.
  static constexpr int kResidualAhead = 8;
  static constexpr int kPartsAtOnce = sizeof(A) > 4 ? 1 : Exchange::kAtOnce;  // as registers allow
  typedef PackLoader<T, V, 1, kPacks, kGroups, NothingAhead> Loader;

  const ForwardOnepassArguments& a;
  OnChip<T, V, C> chip;
  Exchange exchange;
  Rest rest;

  __device__ explicit ForwardOnepass(const ForwardOnepassArguments& arguments)
      : a(arguments), chip(arguments, 1, Exchange::inboxBytes(arguments)), exchange(arguments) {}

  // The first value of a channel in this block.
  __device__ A pivotOf(int channel, int hw) const {
    return widen(reinterpret_cast<const T*>(chip.kept(0))[channel * hw]);
  }

  // Takes one turn's packs and adds up each channel's distances to its pivot.
  __device__ void keep(const Share<V>& s, int turn, Loader& loader) {
    Path<V> path(s, a.group, turn);
    A pivot[V] = {};
    A value[1][V] = {};
    A count = 0;
#pragma unroll 1
    for (int round = 0; round < path.rounds; round += kPacks) {
      loader.ask();
      i64 elements[kPacks];
#pragma unroll
      for (int u = 0; u < kPacks; ++u) {
        elements[u] = path.cursor.next();
      }
      Pack<T, V> packs[1][kPacks];
      loader.take(path, round, elements, packs);
#pragma unroll
      for (int u = 0; u < kPacks; ++u) {
        if (path.has(round + u)) {
          count += A(1);
#pragma unroll
          for (int k = 0; k < V; ++k) {
            const A x = widen(packs[0][u].v[k]);
            if (u == 0 && round == 0) {
              pivot[k] = x;
            }
            value[0][k] += x - pivot[k];
          }
        }
      }
    }
    __syncthreads();
    const ThreadChannels<V> channels(s, path);
    if (path.has(0)) {
#pragma unroll
      for (int k = 0; k < V; ++k) {
        value[0][k] += count * (pivot[k] - pivotOf(channels.v[k], s.hw));
      }
    }
    addToChannels<A, V, 1>(value, s, channels, a.group, turn, chip.scratch(), chip.sums(0));
  }

  // Puts what deviations are taken from, the mean, rounded, into the place of the first sum.
  __device__ void setCenters(const Share<V>& s) {
#pragma unroll 1
    for (int channel = threadIdx.x; channel < s.channels; channel += blockDim.x) {
      A& sum = chip.sums(0)[channel];
      sum = pivotOf(channel, s.hw) + sum / static_cast<A>(s.count);
    }
    __syncthreads();
  }

  __device__ A centerOf(int channel) const { return chip.sums(0)[channel]; }

  // Adds up deviations, and their squares.
  __device__ void square(const Share<V>& s, int turn) {
    const Path<V> path(s, a.group, turn);
    const ThreadChannels<V> channels(s, path);
    A center[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      center[k] = centerOf(channels.v[k]);
    }
    A found[2][V] = {};  // their sum corrects that of their squares
#pragma unroll 2
    for (int round = 0; round < path.rounds; ++round) {
      if (path.has(round)) {
        const Pack<T, V> pack = chip.kept(0)[path.at(round)];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          const A deviation = widen(pack.v[k]) - center[k];
          found[0][k] += deviation;
          found[1][k] += deviation * deviation;
        }
      }
    }
    addToChannels<A, V, 2>(found, s, channels, a.group, turn, chip.scratch(), chip.sums(1));
  }

  // Pivot, mean relative to it, and m2 of a channel's values in this block.
  __device__ Parts<3> ownParts(const Share<V>& s, int channel) const {
    const double count = static_cast<double>(s.count);
    const double off = asDouble(chip.sums(1)[channel]);
    const double m2 = asDouble(chip.sums(2)[channel]) - off * off / count;
    Parts<3> parts;
    parts.v[0] = asDouble(pivotOf(channel, s.hw));
    parts.v[1] = (asDouble(centerOf(channel)) - parts.v[0]) + off / count;
    parts.v[2] = m2 < 0 ? 0 : m2;
    return parts;
  }

  __device__ void setParts(int channel, const Parts<3>& parts) {
    for (int i = 0; i < 3; ++i) {
      chip.number(i)[channel] = parts.v[i];
    }
  }

  // Leaves the statistics of the whole batch on the chip.
  __device__ void merge(const Share<V>& s) {
    if (exchange.size() == 1) {
#pragma unroll 1
      for (int channel = threadIdx.x; channel < s.channels; channel += blockDim.x) {
        setParts(channel, ownParts(s, channel));
      }
      return;
    }
    const int warp = threadIdx.x >> 5;
    const int warps = blockDim.x >> 5;
    exchange.ready();
#pragma unroll 1
    for (int channel = warp; channel < s.channels; channel += warps) {
      exchange.put(channel, ownParts(s, channel));
    }
    exchange.meet();
#pragma unroll 1
    for (int channel = warp; channel < s.channels; channel += warps) {
      const Parts<3> parts = mergeParts<kPartsAtOnce>(exchange, a.m, a.chunk, channel);
      if ((threadIdx.x & 31) == 0) {
        setParts(channel, parts);
      }
    }
    __syncthreads();
  }

  // Coefficients for all, and the results that one block of the group writes.
  __device__ void finish(const Share<V>& s) {
#pragma unroll 1
    for (int channel = threadIdx.x; channel < s.channels; channel += blockDim.x) {
      const BatchStatistics found = batchStatistics(
          a.finish, chip.number(0)[channel], chip.number(1)[channel], chip.number(2)[channel], a.m);
      const i64 index = s.firstChannel + channel;
      chip.coefficients()[channel] = coefficientsOf<A>(a.finish, index, found);
      if (exchange.rank() == 0) {
        recordStatistics<A>(a.finish, index, found, a.m);
      }
    }
    __syncthreads();
  }

  // The first rounds of a path are asked for before the blocks of a group meet.
  __device__ void askForResidual(Path<V>& path, bool ask) const {
    if (a.residual == nullptr) {
      return;
    }
#pragma unroll 1
    for (int round = 0; round < kResidualAhead; ++round) {
      const i64 element = path.cursor.next();
      if (ask && path.has(round)) {
        prefetchPack<T>(a.residual, element, 1);
      }
    }
  }

  template <bool FUSED>
  __device__ void normalize(const Share<V>& s, int turn) {
    // Packs that are read before the first is used; with a residual the registers hold fewer.
    constexpr int U = (FUSED || sizeof(T) > 4 ? 8 : 16) / (V > 4 ? 8 : 4);
    typedef ForwardOp<T, NoSource, FUSED> Op;
    const Op op(a);
    const Path<V> path(s, a.group, turn);
    const ThreadChannels<V> channels(s, path);
    PackCursor cursor = path.cursor;
    Path<V> ahead = path;  // for the residual
    askForResidual(ahead, turn > 0);
    C c[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      c[k] = chip.coefficients()[channels.v[k]];
    }
#pragma unroll 1
    for (int round = 0; round < path.rounds; round += U) {
      typename Op::template Item<V> items[U];
      Place at[U];
#pragma unroll
      for (int u = 0; u < U; ++u) {
        at[u] = flatPlace(cursor.next(), V, 0);
        at[u].valid = path.has(round + u);
        if (at[u].valid) {
          items[u].x = chip.kept(0)[path.at(round + u)];
          if (a.residual != nullptr) {
            items[u].residual = loadPack<T, V>(a.residual, at[u].element);
            const i64 next = ahead.cursor.next();
            if (path.has(round + u + kResidualAhead)) {
              prefetchPack<T>(a.residual, next, 1);
            }
          }
        }
      }
#pragma unroll
      for (int u = 0; u < U; ++u) {
        unsigned bits = 0;
        if (at[u].valid) {
#pragma unroll
          for (int k = 0; k < V; ++k) {
            bits |= static_cast<unsigned>(op.template compute<V>(items[u], k, c[k])) << k;
          }
        }
        op.template store<V>(at[u], items[u], bits);
      }
    }
  }

  __device__ void run() {
    const i64 groups = (a.c + a.group - 1) / a.group;
#pragma unroll 1
    for (i64 group = exchange.slot(); group < groups; group += exchange.slots()) {
      const Share<V> s(a, group, exchange.rank());
      const void* const tensors[1] = {a.x};
      Loader loader(tensors, NothingAhead(), chip, s, a.group);
      exchange.start();
      chip.clearSums();
      __syncthreads();
#pragma unroll 1
      for (int turn = 0; turn < s.turns; ++turn) {
        keep(s, turn, loader);
      }
      rest.add(*this, s);
      setCenters(s);
#pragma unroll 1
      for (int turn = 0; turn < s.turns; ++turn) {
        square(s, turn);
      }
      rest.square(*this, s);
      Path<V> first(s, a.group, 0);
      askForResidual(first, true);
      merge(s);
      finish(s);
      rest.write(*this, s);
#pragma unroll 1
      for (int turn = 0; turn < s.turns; ++turn) {
        // With a rest to write there are no registers for two ways.
        Rest::kNone && !isFused(a) ? normalize<false>(s, turn) : normalize<true>(s, turn);
      }
      __syncthreads();
    }
    if (exchange.rank() == 0 && threadIdx.x == 0) {
      const i64 atWork = exchange.slots() < groups ? exchange.slots() : groups;
      advanceBatchesAlone(a.finish, a.m, a.tickets, static_cast<unsigned>(atWork));
    }
  }
};

// Rest: what to do with values that are not kept (NoRest).
template <typename T, typename Exchange, template <typename, int> class Rest = NoRest>
__device__ inline void forwardOnepass(const ForwardOnepassArguments& a) {
  a.wide != 0 ? ForwardOnepass<T, kWide<T>, Exchange, Rest<T, kWide<T>>>(a).run()
              : ForwardOnepass<T, 1, Exchange, Rest<T, 1>>(a).run();
}
