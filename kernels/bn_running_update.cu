// Running statistics from batch statistics that another library computed.
//
//   r = (1 - a) * r + a * s, see updateRunning in bn_epilogue.cuh, which bn_statistics uses too
//
// `spread` is the population variance, or invStd: then v = 1 / invStd^2 - epsilon, never below 0.
// Grid: x = blocks of blockDim.x channels, taken in turn.
#include "bn_epilogue.cuh"

namespace {

template <typename A>
__device__ inline void update(const RunningUpdateArguments& a) {
  const i64 stride = static_cast<i64>(gridDim.x) * blockDim.x;
  for (i64 c = static_cast<i64>(blockIdx.x) * blockDim.x + threadIdx.x; c < a.c; c += stride) {
    double variance = statistic<A>(a.spread, c);
    if (a.spreadIsInvStd != 0) {
      const double rest = 1.0 / (variance * variance) - a.finish.epsilon;
      variance = rest < 0 ? 0 : rest;
    }
    updateRunning<A>(a.finish, c, statistic<A>(a.mean, c), variance, a.m);
  }
  advanceBatches(a.finish, a.m, a.tickets, gridDim.x);
}

}  // namespace

extern "C" __global__ void __launch_bounds__(kThreads, 2)
    bn_running_update_f32(const RunningUpdateArguments a) {
  update<float>(a);
}

extern "C" __global__ void __launch_bounds__(kThreads, 2)
    bn_running_update_f64(const RunningUpdateArguments a) {
  update<double>(a);
}
