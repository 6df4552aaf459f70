// bn_forward_onepass.cu for channels that do not fit on chip: what fits is kept, the rest read again.
//
// A block keeps the first `resident` values of its chunk. The others it reads for their moments, after
// those that it keeps, and again when it writes them, newest first and before what it keeps, since the
// second-level cache still has them. One channel per group, in a cooperative grid.
//
// Not taken: a kernel for both (in the usual case the moments of nothing would cost registers); parts
// of groups of several channels (their rows are short: such channels fit, or a device has no memory for
// the tensor).
#include "bn_forward_onepass.cuh"
#include "bn_moments.cuh"

template <typename T, int V>
struct ForwardRest {
  typedef Acc<T> A;
  static constexpr bool kNone = false;
  // Packs that are read before the first is used: what registers are left for.
  static constexpr int kAtOnce = sizeof(T) == 4 ? 4 : 2;
  // Rounds that packs are brought to the L2 cache ahead: 64 KiB of a multiprocessor's 512 threads.
  static constexpr int kAhead = 8;
  Moments<A> own;  // of this thread's values, relative to the block's first
  A count;

  __device__ void merge(const Pack<T, V>& pack, A pivot) {
    A distance[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      distance[k] = widen(pack.v[k]) - pivot;
    }
    mergeBatch<A, V>(own, count, A(V) / (count + A(V)), distance);
    count += A(V);
  }

  __device__ static void askFor(const void* tensor, i64 element, bool valid) {
    if (tensor != nullptr && valid) {
      prefetchPack<T>(tensor, element, 1);
    }
  }

  template <typename Pass>
  __device__ void add(Pass& pass, const Share<V>& s) {
    const A pivot = pass.pivotOf(0, s.hw);
    Path<V> path(s, s.packs, s.count / V, false);
    own.mean = 0;
    own.m2 = 0;
    count = 0;
#pragma unroll 1
    for (int round = 0; round < path.rounds; round += kAtOnce) {
      Pack<T, V> packs[kAtOnce];
#pragma unroll
      for (int u = 0; u < kAtOnce; ++u) {
        const i64 element = path.cursor.next();
        if (path.has(round + u)) {
          packs[u] = loadPack<T, V>(pass.a.x, element);
        }
      }
#pragma unroll
      for (int u = 0; u < kAtOnce; ++u) {
        if (path.has(round + u)) {
          merge(packs[u], pivot);
        }
      }
    }
    A sum[1] = {own.mean * count};
    addToChannel<A, 1>(sum, pass.chip.sums(0));
  }

  // Deviations from the block's center, and their squares, by Chan's formula.
  template <typename Pass>
  __device__ void square(Pass& pass, const Share<V>& s) {
    const A off = (pass.pivotOf(0, s.hw) - pass.centerOf(0)) + own.mean;
    A found[2] = {off * count, own.m2 + off * off * count};
    addToChannel<A, 2>(found, pass.chip.sums(1));
  }

  template <typename Pass>
  __device__ static void askForBoth(const Pass& pass, i64 element, bool valid) {
    askFor(pass.a.x, element, valid);
    askFor(pass.a.residual, element, valid);
  }

  template <typename Pass>
  __device__ void write(const Pass& pass, const Share<V>& s) const {
    constexpr int U = V > 4 || sizeof(T) > 4 ? 1 : 2;  // what registers are left for
    typedef ForwardOp<T, NoSource> Op;
    const Op op(pass.a);
    const typename Pass::C c = pass.chip.coefficients()[0];
    Path<V> path(s, s.packs, s.count / V, true);
    PackCursor ahead = path.cursor;
#pragma unroll 1
    for (int next = path.rounds - 1; next >= path.rounds - kAhead; --next) {
      askForBoth(pass, ahead.previous(), next >= 0 && path.has(next));
    }
#pragma unroll 1
    for (int top = path.rounds - 1; top >= 0; top -= U) {
      typename Op::template Item<V> items[U];
      Place at[U];
#pragma unroll
      for (int u = 0; u < U; ++u) {
        at[u] = flatPlace(path.cursor.previous(), V, 0);
        at[u].valid = top - u >= 0 && path.has(top - u);
        askForBoth(pass, ahead.previous(), top - u >= kAhead);
        if (at[u].valid) {
          items[u] = op.template load<V>(at[u]);
        }
      }
#pragma unroll
      for (int u = 0; u < U; ++u) {
        unsigned bits = 0;
        if (at[u].valid) {
#pragma unroll
          for (int k = 0; k < V; ++k) {
            bits |= static_cast<unsigned>(op.template compute<V>(items[u], k, c)) << k;
          }
        }
        op.template store<V>(at[u], items[u], bits);
      }
    }
  }
};

#define BN_FORWARD_PARTIAL(name, T)                                                 \
  extern "C" __global__ void __launch_bounds__(kOnepassThreads)                      \
      bn_forward_partial_nchw_##name(const ForwardOnepassArguments a) {                  \
    ForwardOnepassArguments alone = a;                                               \
    alone.group = 1; /* known to the compiler, which forgets about several channels */ \
    forwardOnepass<T, GridExchange<3, ForwardOnepassArguments>, ForwardRest>(alone);     \
  }

BN_FORWARD_PARTIAL(f32, float)
BN_FORWARD_PARTIAL(f64, double)
BN_FORWARD_PARTIAL(f16, f16)
BN_FORWARD_PARTIAL(bf16, bf16)
