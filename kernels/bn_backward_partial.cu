// bn_backward_onepass.cu for channels that do not fit on chip: what fits is kept, the rest read again.
//
// Which is which, and in which order: bn_forward_partial.cu. x, dy and what decides about the activation
// are read again.
#include "bn_backward_onepass.cuh"

template <typename T, int V>
struct BackwardRest {
  static constexpr bool kNone = false;
  typedef Acc<T> A;
  // Packs of two or three tensors each that are read at once: what registers are left for.
  static constexpr int U = V > 4 ? 1 : 2;

  template <typename Pass>
  __device__ void add(Pass& pass, const Share<V>& s) {
    const A mean = parameter<A>(pass.a.mean, s.firstChannel, A(0));
    Path<V> path(s, s.packs, s.count / V, false);
    A ofDy[V] = {};
    A ofProduct[V] = {};
#pragma unroll 1
    for (int round = 0; round < path.rounds; round += U) {
      GradientPack<T, V> packs[U];
#pragma unroll
      for (int u = 0; u < U; ++u) {
        const i64 element = path.cursor.next();
        if (path.has(round + u)) {
          loadGradient<T, V>(pass.a, flatPlace(element, V, 0), packs[u]);
        }
      }
#pragma unroll
      for (int u = 0; u < U; ++u) {
        if (path.has(round + u)) {
#pragma unroll
          for (int k = 0; k < V; ++k) {
            const A distance = widen(packs[u].x.v[k]) - mean;
            const A z = pass.recomputes() ? pass.linear(0, distance) : A(0);
            const A g = maskedGradient<T, V>(pass.a, packs[u], k, z);
            ofDy[k] += g;
            ofProduct[k] += g * distance;
          }
        }
      }
    }
    A found[2] = {treeSum<A, V>(ofDy), treeSum<A, V>(ofProduct)};
    addToChannel<A, 2>(found, pass.chip.sums(0));
  }

  template <typename Pass>
  __device__ void write(const Pass& pass, const Share<V>& s) const {
    const typename Pass::C c = pass.chip.coefficients()[0];
    const A beta = parameter<A>(pass.a.beta, s.firstChannel, A(0));
    Path<V> path(s, s.packs, s.count / V, true);
#pragma unroll 1
    for (int top = path.rounds - 1; top >= 0; top -= U) {
      GradientPack<T, V> packs[U];
      i64 elements[U];
#pragma unroll
      for (int u = 0; u < U; ++u) {
        elements[u] = path.cursor.previous();
        if (top - u >= 0 && path.has(top - u)) {
          loadGradient<T, V>(pass.a, flatPlace(elements[u], V, 0), packs[u]);
        }
      }
#pragma unroll
      for (int u = 0; u < U; ++u) {
        if (top - u >= 0 && path.has(top - u)) {
#pragma unroll
          for (int k = 0; k < V; ++k) {
            const A distance = widen(packs[u].x.v[k]) - c.mean;
            const A g = maskedGradient<T, V>(pass.a, packs[u], k, distance * c.scale + beta);
            narrow(g, packs[u].dy.v[k]);
            narrow(gradientOfX<A>(c, g, distance), packs[u].x.v[k]);
          }
          storePack<T, V>(pass.a.dx, elements[u], packs[u].x);
          if (pass.a.dResidual != nullptr) {
            storePack<T, V>(pass.a.dResidual, elements[u], packs[u].dy);
          }
        }
      }
    }
  }
};

#define BN_BACKWARD_PARTIAL(name, T)                                                 \
  extern "C" __global__ void __launch_bounds__(kOnepassThreads)                      \
      bn_backward_partial_nchw_##name(const BackwardOnepassArguments a) {                  \
    BackwardOnepassArguments alone = a;                                               \
    alone.group = 1; /* known to the compiler, which forgets about several channels */ \
    backwardOnepass<T, GridExchange<2, BackwardOnepassArguments>, BackwardRest>(alone);     \
  }

BN_BACKWARD_PARTIAL(f32, float)
BN_BACKWARD_PARTIAL(f64, double)
BN_BACKWARD_PARTIAL(f16, f16)
BN_BACKWARD_PARTIAL(bf16, bf16)
