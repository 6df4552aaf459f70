// Gradients of x and of the residual in training, from the coefficients of bn_backward_reduce.
//
//   g = dy where the activation passes, else 0;  dResidual = g
//   dx = scale * ((g - shiftOfDy) - (x - mean) * slope)
//      = gamma * invStd * (g - dBeta / m - xHat * dGamma / m)
//
// Grid: see walkFlat (channel second) and walkColumns (channel last) in bn_elementwise.cuh. dx may be
// the same memory as dy.
#include "bn_backward.cuh"

namespace {

template <typename T>
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

  const BackwardApplyArguments& a;

  __device__ explicit BackwardOp(const BackwardApplyArguments& arguments) : a(arguments) {}

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

  // Leaves dx in x[k] and dResidual in dy[k].
  template <int V>
  __device__ bool compute(Item<V>& item, int k, const Channel& channel) const {
    const BackwardCoefficients<A>& c = channel.c;
    const A distance = widen(item.x.v[k]) - c.mean;
    const A g = maskedGradient<T, V>(a, item, k, distance * c.scale + channel.shift);
    narrow(gradientOfX(c, g, distance), item.x.v[k]);
    narrow(g, item.dy.v[k]);
    return true;
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

template <typename T, int V>
__device__ inline void channelSecond(const BackwardApplyArguments& a) {
  walkFlat<BackwardOp<T>, V>(BackwardOp<T>(a), a.c, a.hw, a.rows);
}

template <typename T, int V>
__device__ inline void channelLast(const BackwardApplyArguments& a) {
  walkColumns<BackwardOp<T>, V>(BackwardOp<T>(a), a.c, a.rows, static_cast<int>(a.lanes));
}

}  // namespace

#define BN_BACKWARD_APPLY(name, T)                                                          \
  extern "C" __global__ void __launch_bounds__(kThreads, 2)                                 \
      bn_backward_apply_nchw_##name(const BackwardApplyArguments a) {                       \
    a.wide != 0 ? channelSecond<T, kWide<T>>(a) : channelSecond<T, 1>(a);                   \
  }                                                                                         \
  extern "C" __global__ void __launch_bounds__(kThreads, 2)                                 \
      bn_backward_apply_nhwc_##name(const BackwardApplyArguments a) {                       \
    a.wide != 0 ? channelLast<T, kWide<T>>(a) : channelLast<T, 1>(a);                       \
  }

BN_BACKWARD_APPLY(f32, float)
BN_BACKWARD_APPLY(f64, double)
BN_BACKWARD_APPLY(f16, f16)
BN_BACKWARD_APPLY(bf16, bf16)
